"""What happened: the types of event that an article reports, strongest first.

A logistic regression for each type: over the cues of all types (`events.json`), as people wrote and weighed them, and over the
stems of the article's first words, whose weights come from labelled articles (`streams.training.events`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, sqrt
from operator import attrgetter
from typing import Annotated, TypeAlias, cast, get_args

from msgspec import Meta

from streams.core.document import Document, split
from streams.core.lexicon import Hit, Hits
from streams.core.packed import LIMIT, pack, unpack
from streams.core.records import EventType
from streams.core.stemming import STEMS

EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
"""The order of the weights in a row of a model."""
MOST = 3
"""Most event types of one article."""
LEAST_SHARE = 0.4
"""A type with less than this part of the strongest one's probability is background."""
BESIDE: EventType = "price_move"
"""The type that is none: prices move with most events, and readers want to know."""
READ = 100
"""Words of title and text whose stems are looked at: what follows is more often background."""
LEAD = 320
"""Characters of text in which cues count more, for the same reason."""
IN_TITLE, IN_LEAD, LATER = 2.5, 2.0, 0.9
REPEATED = 0.7
"""Each further cue of a type adds this much less than the one before: five words for one thing are one thing."""
END = attrgetter("end")
NEGATION_REACH = 25
"""Characters after "not", "avert" or "denied" in which a cue does not count."""
LEAST_STEMS = 40
"""Fewer known stems count as if they were so many: a sentence says less than an article."""
LEAST_CUES, CUES_SHARE = 1.5, 0.5
"""Least score of a type that an article's cues speak of, and least share of the strongest one's."""
SCALE = 100
"""Whole numbers in a row stand for hundredths, so that their sums are exact in any order."""
Weight: TypeAlias = Annotated[int, Meta(ge=-LIMIT, le=LIMIT)]


@dataclass(frozen=True, slots=True)
class CueWeights:
    """What speaks for one type of event besides words."""

    bias: float
    cues: dict[EventType, float]
    """What a score of the cues of each type adds to the log-odds."""


@dataclass(frozen=True, slots=True)
class EventModel:
    """The contents of `streams/data/event_types.json`."""

    threshold: float
    """Least probability of a type that is reported."""
    types: dict[EventType, CueWeights]
    stems: dict[str, tuple[Weight, ...]]
    """For each known stem its weight for each type, in the order of `EVENT_TYPES`: the sum counts over the root of their number."""
    packed: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Each row of `stems` as one number."""

    def __post_init__(self) -> None:
        """Derive the look-up."""
        object.__setattr__(self, "packed", {stem: pack(row) for stem, row in self.stems.items()})


def reported(document: Document, hits: Hits, model: EventModel) -> tuple[EventType, ...]:
    """The types that are probable enough, the most probable first; of equals the first in `EVENT_TYPES`."""
    found = probabilities(document, hits, model)
    ranked = sorted(EVENT_TYPES, key=lambda event: -found[event])[:MOST]
    background = LEAST_SHARE * found[ranked[0]]
    return tuple([event for event in ranked if found[event] >= model.threshold and (found[event] >= background or event == BESIDE)])


def probabilities(document: Document, hits: Hits, model: EventModel) -> dict[EventType, float]:
    """The probability that the article reports an event of each type."""
    scores = {event: total(weights) for event, weights in cues(document, hits).items()}
    rows = [model.packed[stem] for stem in stems(document, hits) if stem in model.packed]
    norm = SCALE * sqrt(max(len(rows), LEAST_STEMS))
    found = {}
    for event, words in zip(EVENT_TYPES, unpack(sum(rows), len(EVENT_TYPES)), strict=True):
        own = model.types[event]
        log_odds = own.bias + words / norm + sum([own.cues[told] * score for told, score in scores.items()])
        found[event] = 1 / (1 + exp(-log_odds)) if log_odds > 0 else exp(log_odds) / (1 + exp(log_odds))
    return found


def contributions(document: Document, hits: Hits, model: EventModel) -> dict[EventType, list[tuple[str, float]]]:
    """For each type what adds to its log-odds and how much, strongest first: its cues, those of other types, words."""
    said = cues(document, hits)
    rows = {stem: model.stems[stem] for stem in stems(document, hits) if stem in model.stems}
    norm = SCALE * sqrt(max(len(rows), LEAST_STEMS))
    found: dict[EventType, list[tuple[str, float]]] = {}
    for place, event in enumerate(EVENT_TYPES):
        weights = model.types[event].cues
        parts = {f"cues of {told}": weights[told] * total(own) for told, own in said.items()}
        parts |= {f"{stem}-": row[place] / norm for stem, row in rows.items()}
        found[event] = sorted(parts.items(), key=lambda part: -part[1])
    return found


def stems(document: Document, hits: Hits) -> dict[str, None]:
    """The different stems of the first words, in order, without those of cues that somebody denies."""
    found = dict.fromkeys(map(STEMS.__getitem__, document.words[:READ]))
    denied = [hit for hit in hits.events if _denied(hit, hits.negations)]
    for stem in {STEMS[word] for hit in denied for word in split(document.lower[hit.start : hit.end])}:
        found.pop(stem, None)
    return found


def cues(document: Document, hits: Hits) -> dict[EventType, dict[str, float]]:
    """The weight of each distinct cue that nobody denies, by event type."""
    found: dict[EventType, dict[str, float]] = {}
    for hit in hits.events:
        if not _denied(hit, hits.negations):
            found.setdefault(cast("EventType", hit.id), {}).setdefault(document.lower[hit.start : hit.end], _weight(document, hit))
    return dict(sorted(found.items()))


def cued(document: Document, hits: Hits) -> tuple[EventType, ...]:
    """The types that an article's cues alone speak of, strongest first: no learned weight, so the same for any model."""
    scores = {event: total(weights) for event, weights in cues(document, hits).items()}
    ranked = sorted(scores, key=scores.__getitem__, reverse=True)[:MOST]
    return tuple([event for event in ranked if scores[event] >= max(LEAST_CUES, CUES_SHARE * scores[ranked[0]])])


def total(weights: Mapping[str, float]) -> float:
    """The score of an event type: its strongest cue in full, each further one by less."""
    return sum(weight * REPEATED**place for place, weight in enumerate(sorted(weights.values(), reverse=True)))


def _denied(cue: Hit, denials: Sequence[Hit]) -> bool:
    """Whether a negation stands shortly before a cue or inside it; a cue may begin with its own, as `no longer allow`."""
    first = bisect_right(denials, cue.start - NEGATION_REACH, key=END)
    return any(denial.start != cue.start for denial in denials[first : bisect_left(denials, cue.end, key=END)])


def _weight(document: Document, hit: Hit) -> float:
    if hit.start < document.offset:
        return hit.weight * IN_TITLE
    return hit.weight * (IN_LEAD if hit.start < document.offset + LEAD else LATER)
