"""One reading of an article: equal lengths, right offsets, words that are runs of letters and digits."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from streams.core import document


def test_the_title_comes_before_the_text() -> None:
    """Title, line feed, text: the offset says where the text begins."""
    read = document.read("Tin Rises", "Traders spoke of it.")
    assert read.full == "Tin Rises\nTraders spoke of it."
    assert read.full[read.offset :] == "Traders spoke of it."
    assert read.words == ["tin", "rises", "traders", "spoke", "of", "it"]


def test_an_article_without_title_is_its_text() -> None:
    """Neither a missing nor an empty title leaves a line feed behind."""
    for title in (None, ""):
        read = document.read(title, "Tin")
        assert (read.full, read.offset) == ("Tin", 0)


def test_the_dotted_capital_i_keeps_its_length() -> None:
    """`'İ'.lower()` is two code points: here it is one, and its word stays whole."""
    read = document.read(None, "İzmir smelter")
    assert read.words == ["izmir", "smelter"]
    assert read.lower.index("smelter") == read.full.index("smelter")


def test_typographic_marks_part_words_as_plain_ones_do() -> None:
    """Curly quotes and dashes are no part of a word."""
    assert document.split("\u201ctin\u2019s\u201d \u2013 5\u2026") == document.split('"tin\'s" - 5...') == ["tin", "s", "5"]


@given(st.text() | st.text(alphabet="aé_ '\u2019\x1c\x85²\t-\u20260"))
@example("a\x1cb\u2028c")
@example("naïve \u2018café\u2019")
@example("".join(map(chr, range(0x3F0, 0x450))))
def test_words_are_what_the_regular_expression_finds(text: str) -> None:
    r"""Each way of splitting gives the runs of letters and digits."""
    assert document.split(text) == re.findall(r"[^\W_]+", text)


@given(st.text(), st.text() | st.text(alphabet="aAéÉ \u2019\u2026"))
@example("Tin", "up in Perú \u2013 a lot")
@example("TIN", "UP IN PERÚ")
@example("", "".join(map(chr, range(0x3F0, 0x450))))
def test_any_text_can_be_read_with_offsets_kept(title: str, text: str) -> None:
    """Lower case has the length of the original, the words are its words, and the offset points at the text."""
    read = document.read(title, text)
    assert read.lower == document.lower(read.full)
    assert len(read.lower) == len(read.full)
    assert (read.words, read.vocabulary) == (document.split(read.lower), frozenset(read.words))
    assert read.utf8 == document.encode(read.full)
    assert read.full[read.offset :] == text
