"""Pages in an article's place: refused by what they say; articles about the same things are none."""

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.document import read
from streams.core.lines_phrases import read_phrases
from streams.core.notices import MAX_CHARS, notice

RESIDUE = json.loads(files("streams").joinpath("data", "residue.json").read_text(encoding="utf-8"))
NOTICES = read_phrases(RESIDUE).notices
MISSING = "Sorry, the page you requested could not be found. Please check the address, or try again later."


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        ("Oops!", MISSING, "an error page"),
        (None, "Access Denied\nYou do not have permission to access this resource on this server.", "an error page"),
        (
            "Nickel at five-year high",
            "We use cookies to improve your visit.\nOur partners process data such as unique identifiers, with your consent.",
            "a request for consent",
        ),
        ("mine-gazette.example", "Checking your browser before you go on. Please enable JavaScript.", "a check for robots"),
        ("Members", "Please log in to continue. Forgot your password?", "a login"),
    ],
)
def test_a_page_in_the_place_of_an_article_is_told(title: str | None, text: str, kind: str) -> None:
    """By what it is."""
    assert notice(read(title, text), NOTICES) == kind


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Copper slips", "Copper fell on Monday as stocks rose in Shanghai."),
        (
            "Banners must offer both",
            "“Reject all” must stand beside “accept cookies”.\nThe court left open how large the buttons may be, for now.",
        ),
        (
            "Regulator fines publisher over cookie banner",
            "A publisher must pay two million euros because its pages said “we use cookies” without asking, a court ruled in May.",
        ),
    ],
)
def test_an_article_is_none(title: str, text: str) -> None:
    """Though it may quote one."""
    assert notice(read(title, text), NOTICES) is None


def test_a_long_text_is_an_article() -> None:
    """No such page has so much to say."""
    assert notice(read(None, (MISSING + " ") * (MAX_CHARS // len(MISSING) + 1)), NOTICES) is None


@given(st.none() | st.text(), st.text())
def test_any_text_can_be_judged(title: str | None, text: str) -> None:
    """Nothing is raised."""
    assert notice(read(title, text), NOTICES) in {None, *NOTICES}
