"""Tellings: what is kept of an article to recognise other tellings of its story, and how two of them compare."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import filterfalse, pairwise
from math import exp, log, log1p, sqrt
from operator import itemgetter, mul
from types import MappingProxyType

from streams.core.document import Document
from streams.core.records import EventType

TERMS = 60
"""Terms in a signature, at most."""
LEADING = 15
"""The weightiest terms of a signature, which say most about its story."""
OPENING = 30
"""Words of headline and first sentences in which a turn is looked for."""
UNUSUAL = 0.75
"""A term that weighs at least this share of the rarest counts as unusual."""

FAMILIES: Mapping[EventType, str] = MappingProxyType(
    {
        "export_control": "government",
        "policy_regulation": "government",
        "stockpile": "government",
        "trade_tariff": "government",
        "esg_conflict": "stoppage",
        "production_guidance": "stoppage",
        "supply_disruption": "stoppage",
        "discovery_resource": "business",
        "merger_investment": "business",
        "partnership": "business",
        "project_milestone": "business",
        "recycling_technology": "business",
    }
)
"""Event types that two outlets may give to one event. A price moves with any of them."""

NUMBER = re.compile(r"\d[\d,.]{2,}")
MONTHS = MappingProxyType(
    {
        name[:length]: month
        for month, name in enumerate(
            (
                *("january", "february", "march", "april", "may", "june"),
                *("july", "august", "september", "october", "november", "december"),
            ),
            start=1,
        )
        for length in (3, 4, len(name))
    }
)
YEARS = range(1900, 2100)
DAYS = range(1, 32)


@dataclass(frozen=True, slots=True)
class StoryModel:
    """The contents of `streams/data/stories.json`."""

    common: dict[str, int]
    """Weight of the stems that news uses often: ten times their inverse document frequency."""
    rare: int
    """The same for all other stems, for numbers and for dates."""
    turns: frozenset[str]
    """Words and pairs of words that, in an opening, say that something begun earlier ends or changes: a new event."""
    weights: dict[str, float]
    """Log-odds for each feature of `compare`."""
    bias: float
    threshold: float
    """Least probability at which two articles tell the same story."""


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """What the matcher knows of one article."""

    terms: tuple[str, ...]
    at: datetime | None = None
    countries: tuple[str, ...] = ()
    event_types: tuple[EventType, ...] = ()
    weights: dict[str, int] = field(default_factory=dict)
    """The weight of each term."""
    weight: int = 0
    """Sum of the terms' weights."""
    squares: int = 0
    """Sum of the squares of the terms' weights."""
    families: frozenset[str] = frozenset()
    """Families of the event types."""


def telling(
    terms: tuple[str, ...], model: StoryModel, at: datetime | None, countries: tuple[str, ...], event_types: tuple[EventType, ...]
) -> Telling:
    """The telling of an article with this signature and event time."""
    weights = {term: model.common.get(term, model.rare) for term in terms}
    values = weights.values()
    families = frozenset(FAMILIES.get(event, event) for event in event_types)
    return Telling(terms, at, countries, event_types, weights, sum(values), sum(map(mul, values, values)), families)


def stem(word: str) -> str:
    """Cut an inflection and what follows the sixth letter, so that `exporters` and `exported` agree.

    Empty for what is no word of its own here: numbers, months, single letters.
    """
    if len(word) == 1 or word[0].isdecimal() or word in MONTHS:
        return ""
    for suffix in ("ing", "ies", "ed", "s"):
        if word.endswith(suffix) and len(word) >= len(suffix) + 3:
            word = word.removesuffix(suffix)
            break
    return word.rstrip("ey")[:6]


class Stems(dict[str, str]):
    """The stems of words seen before, forgotten when they become too many: twice as fast as `lru_cache`."""

    MOST = 65_536

    def __missing__(self, word: str) -> str:
        """Find and keep the stem of a new word."""
        if len(self) >= self.MOST:
            self.clear()
        self[word] = stem(word)
        return self[word]


STEMS = Stems()


def signature(document: Document, named: Iterable[str], model: StoryModel) -> tuple[str, ...]:
    """The terms by which other tellings of the story are recognised: at most `TERMS`, weightiest first.

    A term is a stem, `#number`, `@month-day`, or `~word` for a turn in the opening. The words `named` (minerals and
    countries, which are compared by id) are left out.
    """
    left_out = frozenset(named)
    count = Counter(map(STEMS.__getitem__, filterfalse(left_out.__contains__, document.words)))
    del count[""]
    weigh, rare = model.common.get, model.rare
    ranked = [(-weigh(term, rare) * (1 + log(number) if number > 1 else 1.0), term) for term, number in count.items()]
    dates = () if MONTHS.keys().isdisjoint(document.words) else _dates(document.words)
    ranked += [(-rare, term) for term in {*dates, *_numbers(document.lower)}]
    if len(ranked) > TERMS:
        least = sorted(map(itemgetter(0), ranked))[TERMS - 1]
        ranked = [pair for pair in ranked if pair[0] <= least]
    ranked.sort()
    opening = document.words[:OPENING]
    turns = sorted(model.turns & {*opening, *map(" ".join, pairwise(opening))})
    return (*(f"~{turn}" for turn in turns), *(term for _, term in ranked[: TERMS - len(turns)]))


def _dates(words: tuple[str, ...]) -> Iterator[str]:
    """Days that the text names: `22 February` and `Feb. 22` alike."""
    for index, word in enumerate(words):
        if word in MONTHS:
            for day in words[max(index - 1, 0) : index + 2]:
                if day.isdecimal() and len(day) <= len("31") and int(day) in DAYS:
                    yield f"@{MONTHS[word]}-{int(day)}"


def _numbers(lower: str) -> Iterator[str]:
    """Numbers of three signs and more that are not years, without thousands separators."""
    for match in NUMBER.finditer(lower):
        number = match.group().rstrip(",.").replace(",", "")[:16]
        if len(number) >= len("1.5") and not (number.isdecimal() and int(number) in YEARS):
            yield f"#{number}"


def compare(a: Telling, b: Telling, model: StoryModel) -> dict[str, float]:
    """The features of a pair of articles, the same in either order: all sums are of whole numbers, so exact."""
    shared = a.weights.keys() & b.weights.keys()
    weights = sorted(map(a.weights.__getitem__, shared))
    kinds = [term[:1] for term in shared]
    lengths = a.squares * b.squares
    least = min(a.weight, b.weight)
    families = a.families & b.families
    return {
        "cosine": sum(map(mul, weights, weights)) / sqrt(lengths) if lengths else 0.0,
        "overlap": sum(weights) / least if least else 0.0,
        "numbers": log1p(kinds.count("#")),
        "dates": log1p(kinds.count("@")),
        "unusual": log1p(len(weights) - bisect_left(weights, UNUSUAL * model.rare)),
        "lead": len({*a.terms[:LEADING]}.intersection(b.terms[:LEADING])) / LEADING,
        "family": float(bool(families)),
        "government": float("government" in families),
        "place": float(a.countries[:1] == b.countries[:1] != ()),
        "countries": _jaccard(a.countries, b.countries),
        "turn": float(_turn(a) != _turn(b)),
        "undated": float(a.at is None or b.at is None),
    }


def same_story(a: Telling, b: Telling, model: StoryModel) -> float:
    """Probability that two articles tell the same event."""
    total = 0.0
    for name, value in compare(a, b, model).items():
        total += model.weights.get(name, 0.0) * value
    logit = model.bias + total
    return 1 / (1 + exp(-logit)) if logit > 0 else exp(logit) / (1 + exp(logit))


def _turn(telling: Telling) -> bool:
    return bool(telling.terms) and telling.terms[0].startswith("~")


def _jaccard(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    both = {*a, *b}
    return len({*a}.intersection(b)) / len(both) if both else 0.0
