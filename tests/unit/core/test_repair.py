"""Repair of characters."""

# ruff: noqa: RUF001 - characters that look alike are what is tested

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.repair import PASSES, repair

DAMAGE = st.sampled_from(
    ["&amp;", "&#39;", " #39;", "&amp;#8217;", "quot;", "â€™", "Ã©", "Ð›", "<b>", "</p>", "<br/>", "\u00ad", "\u200b", "\xa0", "\r"]
)


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("Rio &amp; BHP", "Rio & BHP"),
        ("it&#8217;s &ldquo;tin&rdquo;", "it\N{RIGHT SINGLE QUOTATION MARK}s “tin”"),
        ("&amp;amp;amp;lt;5%", "<5%"),
        ("Japan #39;s smelter", "Japan's smelter"),
        ("a quot;battleground quot; state", 'a "battleground " state'),
        ("up 2% #151; again", "up 2% \N{EM DASH} again"),
        ("&#169 2024", "© 2024"),
    ],
)
def test_entities_are_unescaped_however_often_and_badly_they_were_escaped(damaged: str, meant: str) -> None:
    """Escaped twice, without semicolon, without ampersand."""
    assert repair(damaged) == meant


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("the mineâ€™s owner", "the mine\N{RIGHT SINGLE QUOTATION MARK}s owner"),
        ("â€œtreasonousâ€\x9d", "“treasonous”"),
        ("â€œtreasonousâ€, he said", "“treasonous”, he said"),
        ("Zamyn-ÃœÃ¼d", "Zamyn-Üüd"),
        ("Ð›Ð¸Ñ‚Ð¸Ð¹", "Литий"),
        ("coupures dâ€™eau Ã\xa0 Kenya", "coupures d\N{RIGHT SINGLE QUOTATION MARK}eau à Kenya"),
    ],
)
def test_utf8_that_was_read_in_another_encoding_is_undone(damaged: str, meant: str) -> None:
    """Windows-1252 and Latin-1 images, lost bytes included."""
    assert repair(damaged) == meant


@pytest.mark.parametrize(
    "text", ["CAFÉ…", "Viel Spaß“, sagte er.", "Île-de-France, à Évry", "Литий дорожает", "„Übermut“ tut selten gut"]
)
def test_right_text_that_looks_like_mojibake_is_left(text: str) -> None:
    """Pairs that mojibake makes occur in clean text too."""
    assert repair(text) == text


def test_only_damaged_lines_are_decoded() -> None:
    """A right line beside a damaged one stays as it is."""
    assert repair("Itâ€™s here\nViel Spaß“, sagte er.") == "It\N{RIGHT SINGLE QUOTATION MARK}s here\nViel Spaß“, sagte er."


def test_spaces_line_ends_and_invisible_characters_become_plain() -> None:
    """One kind of space, one kind of line end, nothing that cannot be seen."""
    damaged = "a\xa0b\u2009c\u3000d\te\r\nf\rg\u2028h\x85i\ufeffj\u200bk\u00adl\x00m\u202en\ud800o  p"
    assert repair(damaged) == "a b c d e\nf\ng\nh\nijklmno p"


def test_joiners_stay_where_a_script_needs_them() -> None:
    """Persian and Hindi words are shaped by them; in Latin text they are debris."""
    assert repair("می\u200cشود") == "می\u200cشود"
    assert repair("lith\u200cium") == "lithium"


def test_text_is_composed() -> None:
    """Unicode NFC."""
    assert repair("Be\u0301ne\u0301fice") == "Bénéfice"


def test_leftover_tags_go_and_blocks_break_lines() -> None:
    """A comparison with `<` is no tag."""
    assert repair("<p class=x>One <b>bold</b></p><p>two</p><!-- three --> 4 < 5 and 6 > 5").split("\n") == [
        "",
        "One bold",
        "",
        "two",
        " 4 < 5 and 6 > 5",
    ]


def test_damage_nested_too_deep_is_taken_out() -> None:
    """An attack costs a bounded number of rounds and leaves nothing to unescape."""
    nested = "&#39;"
    for _ in range(PASSES + 2):
        before, digit, after = nested.rpartition(nested.rstrip(";")[-1])
        nested = f"{before}&#{ord(digit)};{after}"
    repaired = repair(nested)
    assert repair(repaired) == repaired
    assert "&" not in repaired


@given(st.text() | st.lists(DAMAGE | st.text(max_size=4)).map("".join))
def test_repairing_twice_changes_nothing(text: str) -> None:
    """Whatever the text: the result is its own repair, composed, without carriage returns."""
    repaired = repair(text)
    assert repair(repaired) == repaired
    assert unicodedata.is_normalized("NFC", repaired)
    assert "\r" not in repaired
