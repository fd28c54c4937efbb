"""Organisations in an article: known ones, offices and companies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.document import read
from streams.core.lexicon import Hit
from streams.core.organisations import MOST, named


def names(text: str, *known: Hit) -> tuple[str, ...]:
    """What is named in a text."""
    return named(read(None, text), known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Ministry of Mines and Energy said", "Ministry of Mines and Energy"),
        ("a Department for Natural Resources grant", "Department for Natural Resources"),
        ("shares of Bright River Lithium rose", "Bright River Lithium"),
        ("Sunny Hill Mining Ltd, a miner", "Sunny Hill Mining Ltd"),
        ("They met.\nBlue Lake Metals signed", "Blue Lake Metals"),
    ],
)
def test_offices_and_companies_are_found_by_their_form(text: str, expected: str) -> None:
    """A legal form, or what miners call themselves, ends a company's name."""
    assert names(text) == (expected,)


@pytest.mark.parametrize(
    "text", ["The Group said", "its Resources", "Natural Resources Minister", "in Mining", "big Mining", "Oh, Mining"]
)
def test_a_form_without_a_name_is_no_company(text: str) -> None:
    """Articles, small words and ministers do not make a name."""
    assert names(text) == ()


def test_a_known_spelling_wins_over_the_pattern() -> None:
    """The canonical name stands for its long form in the text."""
    text = "Bright River Lithium and Bright River Lithium Ltd"
    known = Hit("Bright River", 0, 20, 1), Hit("Bright River", 25, 45, 1)
    assert names(text, *known) == ("Bright River",)


def test_names_come_in_order_each_once_and_not_without_end() -> None:
    """The first ones are kept."""
    text = " ".join(f"Hill{number} Mining Ltd, Hill{number} Mining Ltd," for number in range(50))
    assert names(text) == tuple(f"Hill{number} Mining Ltd" for number in range(MOST))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["Ministry of ", "Mines", " Ltd", " ", "\n", "The ", "Big ", ", ", "and ", "İ"])).map("".join))
def test_every_name_stands_in_the_text(text: str) -> None:
    """Nothing raises, nothing is invented."""
    assert all(name in text for name in names(text))
