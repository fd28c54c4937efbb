"""Markdown."""

import pytest

from streams.core.markdown import MAX_CHARS, is_markdown, to_html

LINK = "[cobalt](https://x.example/cobalt)"


@pytest.mark.parametrize(
    "body",
    [
        f"# Congo halts exports\n\nThe {LINK} stays.",
        f"The {LINK} stays ![ship](/ship.jpg)",
        "## What it means\n\n**Congo** digs most.",
        "[Home](/) [Mines](#mines)",
    ],
)
def test_two_marks_make_markdown(body: str) -> None:
    """Links, images, headings, bold words."""
    assert is_markdown(body)


@pytest.mark.parametrize(
    "body",
    [
        "Congo halts exports.",
        f"The {LINK} stays.",
        "** Subject to approval. ** Unaudited. #1 in cobalt, #Congo\n#Cobalt #Nickel",
        "2 ** 3 and 3 ** 4 are # 2",
        "As said [1](see the note) and [2](p. 4)",
        "*** \n***\n****\n** a ** b **",
    ],
)
def test_stray_marks_make_none(body: str) -> None:
    """Footnotes, hashtags, ornaments and single slips stand in plain text too."""
    assert not is_markdown(body)


def test_what_would_take_too_long_is_plain_text() -> None:
    """Lists of a megabyte take half a gigabyte."""
    assert not is_markdown(f"# A\n# B\n{'- a' * MAX_CHARS}")


def test_tables_and_html_are_kept() -> None:
    """As the scraper wrote them."""
    html = to_html("| ore | t |\n|---|---|\n| tin | 5 |\n\n<aside>Advert</aside>\n")
    assert "<td>tin</td>" in html
    assert "<aside>Advert</aside>" in html
