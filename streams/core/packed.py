"""Rows of small whole numbers as one number each, so that one sum adds all of them: the fastest sum that Python has."""

from collections.abc import Sequence

BASE = 1 << 21
"""A row is the digits of one number to this base, the first one lowest; digits and their sums lie between -BASE/2 and BASE/2.

Three digits and a sign fill 64 bits."""
MOST = 1024
"""Most rows of a sum."""
LIMIT = 1000
"""Largest number in a row, either way: `LIMIT * MOST` lies below half of `BASE`."""


def pack(row: Sequence[int]) -> int:
    """The row as one number."""
    return sum(number * BASE**place for place, number in enumerate(row))


def unpack(total: int, length: int) -> list[int]:
    """The sums of the rows that add up to `total`, number by number."""
    found = []
    for _ in range(length):
        number = (total + BASE // 2) % BASE - BASE // 2
        total = (total - number) // BASE
        found.append(number)
    return found
