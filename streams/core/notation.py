"""The notation of terms in the data files: alternatives in braces, regular verb forms by a tilde, any number by `#`.

`{open,close}~ plant` stands for eight spellings: either verb, as in a shell, with the endings of halt, halts, halted,
halting; `ban~~` doubles the last letter before an ending. `rose #` ends in any number: it is spelled out by its first digit.
"""

import re
from itertools import product
from string import digits

BRACES = re.compile(r"\{([^{}]*)\}")
VOWELS = frozenset("aeiou")


def expand(notation: str) -> list[str]:
    """All spellings of a term: `{open,close}~ plant` gives eight, `rose #` ten."""
    parts = BRACES.split(notation)
    choices = [part.split(",") if place % 2 else [part] for place, part in enumerate(parts)]
    spellings = []
    for chosen in product(*choices):
        words = [_forms(word) for word in "".join(chosen).split(" ")]
        spellings += [" ".join(forms) for forms in product(*words)]
    return spellings


def _forms(word: str) -> tuple[str, ...]:
    """The regular forms of a word marked with `~`, a number's with each first digit, else the word alone."""
    if word.endswith("#"):
        return tuple(word.replace("#", digit) for digit in digits)
    stem = word.rstrip("~")
    if stem == word:
        return (word,)
    if word.endswith("~~"):
        return stem, stem + "s", stem + stem[-1] + "ed", stem + stem[-1] + "ing"
    if stem.endswith("e"):
        return stem, stem + "s", stem + "d", stem[:-1] + "ing"
    if stem.endswith("y") and stem[-2] not in VOWELS:
        return stem, stem[:-1] + "ies", stem[:-1] + "ied", stem + "ing"
    plural = "es" if stem.endswith(("s", "x", "z", "ch", "sh")) else "s"
    return stem, stem + plural, stem + "ed", stem + "ing"
