"""Organisations an article names: known ones, ministries and agencies, and companies by their legal form."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from streams.core.document import Document
from streams.core.lexicon import Hit

MOST = 20
"""Most organisations taken from one article."""
WORDS = 4
"""Most words of a company's name before its legal form."""
REACH = 100
"""Characters before a legal form in which the company's name is looked for."""

WORD = r"[A-Z][\w&\u2019'-]{0,30}"
# Both patterns begin with fixed letters, to which the search jumps; from there they look back.
OFFICE = re.compile(
    "(?:"
    + "|".join(
        rf"{name[0]}(?<!\w{name[0]}){name[1:]}" for name in ("Ministry", "Department", "Bureau", "Agency", "Commission", "Chamber")
    )
    + ") (?:of|for) (?:the )?"
    + rf"{WORD}(?:(?:,| and|, and| of| for)? {WORD}){{0,4}}"
)
FORM = (
    "(?:Ltd|Limited|Inc|Corp|Corporation|PLC|plc|AG|SA|NV|SE|AB|ASA|Oyj|GmbH|Holdings|Resources|Minerals|Metals|Mines|Mining|"
    "Materials|Lithium|Uranium|Group)"
)
LEGAL_FORM = re.compile(rf" (?=[A-Zp]){FORM}(?: {FORM})*(?!\w| (?:Minist|Committee|Council|Act|Bill|Law|Code))")
NOT_NAMES = frozenset({"The", "A", "An", "In", "On", "At", "By", "For", "And", "But", "As", "Its", "Their"})


def named(document: Document, known: Sequence[Hit]) -> tuple[str, ...]:
    """Names in order of appearance, each once; of overlapping ones the known spelling."""
    found = [(hit.start, hit.end, hit.id) for hit in known]
    starts = [hit.start for hit in known]
    for start, end in (*_offices(document.full), *_companies(document.full)):
        before = bisect_left(starts, end) - 1
        if before < 0 or known[before].end <= start:
            found.append((start, end, document.full[start:end]))
    names: dict[str, None] = {}
    reached = 0
    for start, end, name in sorted(found):
        if start >= reached:
            names[name] = None
            reached = end
    return tuple(names)[:MOST]


def _offices(full: str) -> Iterator[tuple[int, int]]:
    """Spans such as `Ministry of Mines and Energy`."""
    return (match.span() for match in OFFICE.finditer(full))


def _companies(full: str) -> Iterator[tuple[int, int]]:
    """Spans of capitalised words that end in a legal form, or in what miners call themselves."""
    for form in LEGAL_FORM.finditer(full):
        end = form.start()
        start = end
        for word in reversed(full[max(0, end - REACH) : end].rpartition("\n")[2].split(" ")[-WORDS:]):
            if not word[:1].isupper() or not word[-1].isalnum() or word in NOT_NAMES:
                break
            start -= len(word) + (start < end)
        if start < end:
            yield start, form.end()
