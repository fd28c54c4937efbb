"""Tellings: what is kept of an article to recognise other tellings of its story, and how two of them compare."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import filterfalse, islice, pairwise
from math import exp, log, sqrt
from operator import itemgetter, mul
from types import MappingProxyType

from streams.core.document import Document, split
from streams.core.stemming import MONTHS, STEMS

TERMS = 60
"""Terms in a signature, at most."""
LEADING = 15
"""The weightiest terms of a signature, which say most about its story."""
OPENING = 40
"""Words of headline and first sentences in which actions and turns are looked for."""
UNUSUAL = 0.75
"""A term that weighs at least this share of the rarest counts as unusual."""

FAMILIES: Mapping[str, str] = MappingProxyType(
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
"""Types of event that two outlets may give to one event. A price moves with any of them."""

NUMBER = re.compile(r"\d[\d,.]{2,}")
DATELINE = re.compile(
    r"[^\W\d_](?:[^\n.!?:;]|\.(?=\s\d)){2,80}?(?:\([^\n()]{2,40}\)\s?[:\u2013\u2014-]|\s(?:--?|[\u2013\u2014])\s)"
)
"""`SANTIAGO, May 12 (Agency) -`: with a place in capitals, a month, or an agency in brackets."""
YEARS = range(1900, 2100)
DAYS = range(1, 32)
MONTH_DAYS, YEAR_DAYS = 30.4, 365
APART_DAYS = 40
"""Days that two articles name are of different events when all are further apart; a decision and its effect are closer."""
CLOSE = 0.04
"""Share by which two outlets' amounts differ when they mean the same one."""

TURN, ACTION, EVENT, NUMERAL, DAY = "~", "=", "!", "#", "@"
"""First letters of the terms that are no stems."""
LEVELS = 3
"""Splits from the root of a tree to a leaf."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A decision tree with all its leaves on one level; the branches of split `i` are splits `2i + 1` and `2i + 2`."""

    splits: tuple[tuple[str, float], ...]
    """Name of a feature, and the value above which the second branch is taken."""
    leaves: tuple[float, ...]
    """Log-odds that each leaf adds."""


@dataclass(frozen=True, slots=True)
class StoryModel:
    """The contents of `streams/data/stories.json`."""

    common: dict[str, int]
    """Weight of the stems that news uses often: ten times their inverse document frequency."""
    rare: int
    """The same for all other stems, for numbers and for dates."""
    turns: frozenset[str]
    """Words and pairs of words that, in an opening, say that something begun earlier ends or changes: a new event."""
    actions: dict[str, str]
    """Words of an opening with the kind of action they stand for: outlets choose different words for one action."""
    trees: tuple[Tree, ...]
    """What each adds to the log-odds that two articles tell the same story."""
    bias: float
    threshold: float
    """Least probability at which two articles tell the same story."""


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """What the matcher knows of one article."""

    at: datetime | None
    countries: tuple[str, ...]
    turns: bool
    """Whether the opening says that something begun earlier ends or changes."""
    actions: frozenset[str]
    """Kinds of action in the opening."""
    events: frozenset[str]
    """Types of event that its cues speak of."""
    families: frozenset[str]
    """Families of the types of event."""
    weights: dict[str, int]
    """The weight of each other term."""
    weight: int
    """Sum of the terms' weights."""
    squares: int
    """Sum of the squares of the terms' weights."""
    leading: frozenset[str]
    """The weightiest terms."""
    numbers: tuple[float, ...]
    days: tuple[float, ...]
    """Days of the year that the text names."""


def telling(terms: tuple[str, ...], model: StoryModel, at: datetime | None, countries: tuple[str, ...]) -> Telling:
    """The telling of an article with this signature and event time."""
    weights = {term: model.common.get(term, model.rare) for term in terms if term[0] not in (TURN, ACTION, EVENT)}
    values = weights.values()
    events = frozenset(term[1:] for term in terms if term[0] == EVENT)
    return Telling(
        at=at,
        countries=countries,
        turns=any(term[0] == TURN for term in terms),
        actions=frozenset(term for term in terms if term[0] == ACTION),
        events=events,
        families=frozenset(FAMILIES.get(event, event) for event in events),
        weights=weights,
        weight=sum(values),
        squares=sum(map(mul, values, values)),
        leading=frozenset(islice(weights, LEADING)),
        numbers=tuple(float(term[1:]) for term in weights if term[0] == NUMERAL and term.count(".") <= 1),
        days=tuple(_day_of_year(term) for term in weights if term[0] == DAY),
    )


def signature(document: Document, named: Iterable[str], events: Iterable[str], model: StoryModel) -> tuple[str, ...]:
    """The terms by which other tellings of the story are recognised: at most `TERMS`, weightiest first.

    A term is a stem, `#number`, `@month-day`, or of the opening `~word` for a turn and `=kind` for an action, or `!type` for a
    type of event; these three come first. The words `named` (minerals and countries, which are compared by id) are left out.
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
    actions = sorted({model.actions[word] for word in opening if word in model.actions})
    marks = [(TURN, turns), (ACTION, actions), (EVENT, sorted(events))]
    told = [f"{mark}{each}" for mark, found in marks for each in found]
    return (*told, *(term for _, term in ranked))[:TERMS]


def dateline(text: str) -> set[str]:
    """The words before the first sentence that say where, when and by whom it was written: all that a bureau sends shares them."""
    found = DATELINE.match(text)
    if not found:
        return set()
    words = set(split(found[0].lower()))
    written = "(" in found[0] or found[0].split()[0].isupper() or not MONTHS.keys().isdisjoint(words)
    return words if written else set()


def _dates(words: Sequence[str]) -> Iterator[str]:
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
    """The features of a pair of articles, the same in either order: all sums are of whole numbers, so exact.

    `=kind` is 1 where one opening has the action and 2 where both have; an action of neither is left out.
    """
    shared = a.weights.keys() & b.weights.keys()
    weights = sorted(map(a.weights.__getitem__, shared))
    kinds = [term[:1] for term in shared]
    lengths = a.squares * b.squares
    least = min(a.weight, b.weight)
    families = a.families & b.families
    return {
        "cosine": sum(map(mul, weights, weights)) / sqrt(lengths) if lengths else 0.0,
        "overlap": sum(weights) / least if least else 0.0,
        "numbers": float(kinds.count(NUMERAL)),
        "near": float(_near(a.numbers, b.numbers)),
        "dates": float(kinds.count(DAY)),
        "apart": float(_apart(a.days, b.days)),
        "unusual": float(len(weights) - bisect_left(weights, UNUSUAL * model.rare)),
        "lead": len(a.leading & b.leading) / LEADING,
        "family": float(bool(families)),
        "government": float("government" in families),
        "events": _jaccard(a.events, b.events),
        "place": float(a.countries[:1] == b.countries[:1] != ()),
        "countries": _jaccard(a.countries, b.countries),
        "turn": float(a.turns != b.turns),
        "actions": _jaccard(a.actions, b.actions),
        "undated": float(a.at is None or b.at is None),
        "context": float(bool(a.events or a.countries) and bool(b.events or b.countries)),
        **dict.fromkeys(a.actions ^ b.actions, 1.0),
        **dict.fromkeys(a.actions & b.actions, 2.0),
    }


def same_story(a: Telling, b: Telling, model: StoryModel) -> float:
    """Probability that two articles tell the same event."""
    return likelihood(compare(a, b, model), model)


def likelihood(row: Mapping[str, float], model: StoryModel) -> float:
    """Probability that a pair of articles with these features tells the same event."""
    logit = model.bias
    for tree in model.trees:
        node = 0
        for _ in range(LEVELS):
            name, limit = tree.splits[node]
            node = 2 * node + 1 + (row.get(name, 0.0) > limit)
        logit += tree.leaves[node - len(tree.splits)]
    return 1 / (1 + exp(-logit)) if logit > 0 else exp(logit) / (1 + exp(logit))


def _near(a: tuple[float, ...], b: tuple[float, ...]) -> int:
    """How many of the first numbers are about equal to one of the second, or the other way round: whichever is fewer."""
    return min(
        sum(any(abs(one - other) <= CLOSE * max(one, other) for other in others) for one in ones)
        for ones, others in ((a, b), (b, a))
    )


def _apart(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether both name days of the year, and none of them is near one of the other's."""
    gaps = [abs(one - other) for one in a for other in b]
    return bool(gaps) and min(min(gap, YEAR_DAYS - gap) for gap in gaps) > APART_DAYS


def _day_of_year(term: str) -> float:
    month, day = term[1:].split("-")
    return int(month) * MONTH_DAYS + int(day)


def _jaccard(a: Iterable[str], b: Iterable[str]) -> float:
    both = {*a, *b}
    return len({*a}.intersection(b)) / len(both) if both else 0.0
