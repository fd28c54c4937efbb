"""Organisations an article names: known ones, ministries and agencies, and companies by their legal form."""

import re
from collections.abc import Iterator, Sequence

from streams.core.document import Document
from streams.core.lexicon import Hit

MOST = 20
"""Most organisations taken from one article."""
WORDS = 4
"""Most words of a company's name before its legal form."""
REACH = 100
"""Characters before a legal form in which the company's name is looked for."""

WORD = r"[A-Z][\w&’'-]{0,30}"
OFFICE = re.compile(
    r"\b(?:Ministry|Department|Bureau|Agency|Commission|Chamber) (?:of|for) (?:the )?"
    rf"{WORD}(?:(?:,| and|, and| of| for)? {WORD}){{0,4}}"
)
LEGAL_FORM = re.compile(
    r" (?:Ltd|Limited|Inc|Corp|Corporation|PLC|plc|AG|SA|NV|SE|AB|ASA|Oyj|GmbH|Holdings|Resources|Minerals|Metals|Mines|"
    r"Mining|Materials|Lithium|Uranium|Group)(?!\w| (?:Minist|Committee|Council|Act|Bill|Law|Code))"
)
NOT_NAMES = frozenset({"The", "A", "An", "In", "On", "At", "By", "For", "And", "But", "As", "Its", "Their"})


def named(document: Document, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Names in order of appearance, each once; of overlapping ones the known spelling."""
    found = [(hit.start, hit.end, hit.id) for hit in hits if hit.kind == "organisation"]
    known = len(found)
    for start, end in (*_offices(document.full), *_companies(document.full)):
        if not any(start < other[1] and other[0] < end for other in found[:known]):
            found.append((start, end, document.full[start:end]))
    found.sort()
    return tuple(dict.fromkeys(name for _, _, name in found))[:MOST]


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
