"""Evidence: the sentences of an article that an editor would underline, and what each shows."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, islice
from math import log, log1p
from typing import NamedTuple

from streams.core.document import Document
from streams.core.lexicon import Hits
from streams.core.records import Evidence, MineralArticle
from streams.core.relevance import Linear

MOST = 3
"""Sentences, at most."""
READ = 100
"""Sentences that are read: news says what matters early."""
MARGIN = 2.0
"""Log-odds by which a sentence may be worse than the best one and still be shown."""
LONG = 250
"""Characters from which on a longer sentence says no more."""
OPENING = "what the article tells first"

END = re.compile("[.!?\n](?:(?<=\n)|[\"'\u2019\u201d)\\]]?(?= ))")
OPENERS = "(\"'\u2018\u201c"
ABBREVIATIONS = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "gen", "gov", "sen", "rep", "lt", "col", "hon"),
        *("inc", "corp", "co", "ltd", "plc", "no", "nos", "vs", "approx", "est", "fig", "vol", "mt"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("u.s", "u.k", "u.n", "e.u", "d.c", "a.m", "p.m", "i.e", "e.g"),
    }
)
LONGEST_ABBREVIATION = 12
"""Characters before a full stop that are looked at."""


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, without the spaces around it; a line feed always ends one."""
    start = 0
    for match in END.finditer(text):
        if text[match.start()] == "\n" or _ends(text, match.start(), match.end()):
            yield from _trimmed(text, start, match.end())
            start = match.end()
    yield from _trimmed(text, start, len(text))


def _ends(text: str, mark: int, after: int) -> bool:
    """Whether the mark closes a sentence: not after an abbreviation or initial, and before something like a beginning."""
    following = text[after + 1 : after + 2]
    if following.islower():
        return False
    if text[mark] != ".":
        return True
    word = text[max(mark - LONGEST_ABBREVIATION, 0) : mark].rpartition(" ")[2].lstrip(OPENERS).lower()
    return not (word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    passage = text[start:end]
    left = start + len(passage) - len(passage.lstrip())
    if left < end:
        yield left, left + len(passage.strip())


class Passage(NamedTuple):
    """A sentence of the text, and how much of what matters begins in it."""

    start: int
    end: int
    place: int
    """0 for the first sentence of the text."""
    minerals: int
    """Mentions of minerals."""
    cues: int
    """Sum of the weights of event cues."""


def passages(document: Document, text: str, hits: Hits) -> list[Passage]:
    """The first `READ` sentences of the text; offsets in `text`."""
    minerals = [hit.start - document.offset for hit in hits.minerals]
    cues = [hit.start - document.offset for hit in hits.events]
    weights = [0, *accumulate(hit.weight for hit in hits.events)]
    named, weight = bisect_left(minerals, 0), weights[bisect_left(cues, 0)]
    found = []
    for place, (start, end) in enumerate(islice(sentences(text), READ)):
        named_before, named = named, bisect_left(minerals, end)
        weight_before, weight = weight, weights[bisect_left(cues, end)]
        found.append(Passage(start, end, place, named - named_before, weight - weight_before))
    return found


def evidence(article: MineralArticle, document: Document, hits: Hits, model: Linear) -> tuple[Evidence, ...]:
    """The sentences that best support an alert, in order of appearance: at least one where there is any text."""
    found = passages(document, article.text, hits)
    weighed = sorted(((model.value(sentence_features(passage)), -passage.place) for passage in found), reverse=True)
    chosen = sorted(-place for value, place in weighed[:MOST] if value >= weighed[0][0] - MARGIN)
    return tuple(_shown(found[place], article, document, hits) for place in chosen)


def sentence_features(passage: Passage) -> dict[str, float]:
    """What speaks for a sentence, by the names in the model; counts enter as log(1 + n)."""
    return {
        "first": float(passage.place == 0),
        "second": float(passage.place == 1),
        "third": float(passage.place == 2),  # noqa: PLR2004 - as the name says
        "minerals": log1p(passage.minerals),
        "cues": log1p(passage.cues),
        "length": log(min(passage.end - passage.start, LONG)),
    }


def _shown(passage: Passage, article: MineralArticle, document: Document, hits: Hits) -> Evidence:
    """The passage with why, such as `mineral: tin; event: supply_disruption; scale: 2,100 tonnes; country: BOL`."""
    text = article.text[passage.start : passage.end]
    start, end = passage.start + document.offset, passage.end + document.offset
    kinds = hits.minerals, hits.events, hits.organisations, hits.countries
    named = {hit.id for kind in kinds for hit in kind if start <= hit.start < end}
    parts: dict[str, list[str]] = {
        "mineral": [mineral.name for mineral in article.minerals if mineral.id in named],
        "event": [event for event in article.event_types if event in named],
        "scale": [quantity.text for quantity in article.quantities if quantity.text in text],
        "actor": [organisation for organisation in article.organisations if organisation in named],
        "country": [country for country in article.countries if country in named],
    }
    said = [f"{name}: {', '.join(dict.fromkeys(values))}" for name, values in parts.items() if values]
    return Evidence(text=text, start=passage.start, end=passage.end, why="; ".join(said) or OPENING)
