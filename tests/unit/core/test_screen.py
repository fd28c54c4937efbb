"""The quick look: it never says no where a phrase is, and seldom yes where none is."""

from hypothesis import given
from hypothesis import strategies as st

from streams.core.document import split
from streams.core.screen import build, may_hold

PHRASES = ["tin", "tin mine", "rare earths", "soda ash", "tonnes of lead"]
SCREEN = build(PHRASES)


def test_all_words_of_a_phrase_must_be_there() -> None:
    """Ash is no soda ash."""
    assert may_hold(frozenset({"the", "tin"}), SCREEN)
    assert may_hold(frozenset({"ash", "soda"}), SCREEN)
    assert not may_hold(frozenset({"ash", "rare", "lead", "of"}), SCREEN)
    assert not may_hold(frozenset(), SCREEN)


def test_a_phrase_within_another_stands_for_both() -> None:
    """Where `tin` is known, `tin mine` tells nothing more."""
    assert SCREEN.others["tin"] == (frozenset(),)


@given(st.text(alphabet="aotin -_,"), st.sampled_from(PHRASES), st.text(alphabet="aotin -_,"))
def test_no_phrase_is_missed(before: str, phrase: str, after: str) -> None:
    """Whatever stands around it."""
    assert may_hold(frozenset(split(f"{before} {phrase} {after}")), SCREEN)
