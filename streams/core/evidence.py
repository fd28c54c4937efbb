"""Evidence: the sentences of an article that an editor would underline, and what each shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log1p

from streams.core.document import Document
from streams.core.lexicon import Hit, Lexicon
from streams.core.records import Evidence, Quantity
from streams.core.relevance import Linear

MOST = 3
"""Sentences, at most."""
MARGIN = 2.0
"""Log-odds by which a sentence may be worse than the best one and still be shown."""
LONG = 250
"""Characters from which on a longer sentence says no more."""
OPENING = "what the article tells first"

END = re.compile(r"[.!?][\"'”’)\]]?(?= )|\n")
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr gen gov sen rep lt col hon inc corp co ltd plc no nos vs approx est fig vol "
    "jan feb mar apr jun jul aug sep sept oct nov dec mt u.s u.k u.n e.u d.c a.m p.m i.e e.g".split()
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, without the spaces around it; a line feed always ends one."""
    spans, start = [], 0
    for match in END.finditer(text):
        if text[match.start()] != "\n" and not _ends(text, match.start(), match.end()):
            continue
        _append(spans, text, start, match.end())
        start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _ends(text: str, mark: int, after: int) -> bool:
    """Whether the mark closes a sentence: not after an abbreviation or initial, and before something like a beginning."""
    following = text[after + 1 : after + 2]
    if following.islower():
        return False
    if text[mark] != ".":
        return True
    word = text[max(mark - 12, 0) : mark].rpartition(" ")[2].lstrip("(\"'“‘").lower()
    return not (word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()))


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    passage = text[start:end]
    left = start + len(passage) - len(passage.lstrip())
    right = left + len(passage.strip())
    if right > left:
        spans.append((left, right))


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of the text with the hits inside it."""

    start: int
    end: int
    place: int
    """0 for the first sentence of the text."""
    hits: tuple[Hit, ...]
    quantities: tuple[Quantity, ...]


def passages(document: Document, text: str, hits: Sequence[Hit], quantities: Sequence[Quantity]) -> list[Passage]:
    """The sentences of the text, each with its hits; offsets in `text`."""
    found = []
    inside = [hit for hit in hits if hit.start >= document.offset]
    first, left = 0, list(quantities)
    for place, (start, end) in enumerate(sentences(text)):
        last = first
        while last < len(inside) and inside[last].start < end + document.offset:
            last += 1
        sentence = text[start:end]
        stated = tuple(quantity for quantity in left if quantity.text in sentence)
        found.append(Passage(start, end, place, tuple(inside[first:last]), stated))
        first = last
    return found


def evidence(
    document: Document, text: str, hits: Sequence[Hit], quantities: Sequence[Quantity], lexicon: Lexicon, model: Linear
) -> tuple[Evidence, ...]:
    """The sentences that best support an alert, in order of appearance: at least one where there is any text."""
    found = passages(document, text, hits, quantities)
    weighed = sorted(((model.value(sentence_features(passage)), -passage.place) for passage in found), reverse=True)
    chosen = sorted(-place for value, place in weighed[:MOST] if value >= weighed[0][0] - MARGIN)
    return tuple(
        Evidence(text=text[passage.start : passage.end], start=passage.start, end=passage.end, why=_why(passage, lexicon))
        for passage in map(found.__getitem__, chosen)
    )


def sentence_features(passage: Passage) -> dict[str, float]:
    """What speaks for a sentence, by the names in the model; counts enter as log(1 + n)."""
    return {
        "first": float(passage.place == 0),
        "second": float(passage.place == 1),
        "third": float(passage.place == 2),  # noqa: PLR2004 - as the name says
        "minerals": log1p(sum(hit.kind == "mineral" for hit in passage.hits)),
        "cues": log1p(sum(hit.weight for hit in passage.hits if hit.kind == "event")),
        "length": log(min(passage.end - passage.start, LONG)),
    }


def _why(passage: Passage, lexicon: Lexicon) -> str:
    """Such as `mineral: tin; event: supply_disruption; scale: 2,100 tonnes; actor: Bolivia`."""
    parts = {
        "mineral": [lexicon.minerals[hit.id].name for hit in passage.hits if hit.kind == "mineral"],
        "event": [hit.id for hit in passage.hits if hit.kind == "event"],
        "scale": [quantity.text for quantity in passage.quantities],
        "actor": [hit.id for hit in passage.hits if hit.kind == "organisation"],
        "country": [hit.id for hit in passage.hits if hit.kind == "country"],
    }
    said = [f"{name}: {', '.join(dict.fromkeys(values))}" for name, values in parts.items() if values]
    return "; ".join(said) or OPENING
