"""The notation of terms in the data files."""

import pytest

from streams.core.notation import expand


@pytest.mark.parametrize(
    ("notation", "spellings"),
    [
        ("spot price", ["spot price"]),
        ("{open,deep} pit", ["open pit", "deep pit"]),
        ("halt~", ["halt", "halts", "halted", "halting"]),
        ("seize~", ["seize", "seizes", "seized", "seizing"]),
        ("levy~", ["levy", "levies", "levied", "levying"]),
        ("delay~", ["delay", "delays", "delayed", "delaying"]),
        ("crash~", ["crash", "crashes", "crashed", "crashing"]),
        ("{rose,up} $#", [f"{word} ${digit}" for word in ("rose", "up") for digit in range(10)]),
        ("ban~~ it", ["ban it", "bans it", "banned it", "banning it"]),
    ],
)
def test_notation_expands_to_all_spellings(notation: str, spellings: list[str]) -> None:
    """Braces give alternatives, a tilde the regular forms of a verb, `#` a number by its first digit."""
    assert expand(notation) == spellings
