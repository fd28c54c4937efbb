"""Joins the lines of paragraphs that were broken at a fixed width."""

from collections.abc import Sequence
from itertools import pairwise

MIN_BROKEN = 2
"""So many lines that go on in lower case are no accident."""
MIN_WIDTH = 40
MAX_WIDTH = 100
"""Characters of a line that was broken at a width."""
_OPEN = frozenset(",;-'\N{EN DASH}\N{EM DASH}\N{RIGHT SINGLE QUOTATION MARK}")
"""Besides letters and digits, what a line ends in that goes on in the next."""


def unwrap(texts: Sequence[str]) -> list[str]:
    """Join the lines of paragraphs that were broken at a fixed width: some go on in lower case after a line that does not end."""
    if len([text for text in texts if text[0].islower()]) < MIN_BROKEN:  # a glance that settles it for most articles
        return list(texts)
    if sum([_goes_on(before, after) for before, after in pairwise(texts)]) < MIN_BROKEN:
        return list(texts)
    joined = [[texts[0]]]
    for before, after in pairwise(texts):
        if _goes_on(before, after) or (MIN_WIDTH <= len(before) <= MAX_WIDTH and _is_open(before) and len(after) >= MIN_WIDTH):
            joined[-1].append(after)
        else:
            joined.append([after])
    return [" ".join(parts) for parts in joined]


def _goes_on(before: str, after: str) -> bool:
    return after[0].islower() and len(before) >= MIN_WIDTH and _is_open(before)


def _is_open(text: str) -> bool:
    return text[-1].isalnum() or text[-1] in _OPEN
