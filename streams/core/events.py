"""What happened: the types of event that an article reports, strongest first."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import cast

from streams.core.document import Document
from streams.core.lexicon import Hit, Hits
from streams.core.records import EventType

MOST = 3
"""Most event types of one article."""
LEAD = 320
"""Characters of text that tell what happened; what follows is more often background."""
IN_TITLE, IN_LEAD, LATER = 2.5, 2.0, 0.9
REPEATED = 0.7
"""Each further cue of a type adds this much less than the one before: five words for one thing are one thing."""
LEAST = 2.5
"""Least score of an event type."""
LEAST_SHARE = 0.6
"""A type with less than this part of the strongest one's score is background."""
PRICE_SHARE = 0.45
"""The same for a move of prices, which most often comes with a stronger type: with what made them move."""
NEGATION_REACH = 25
"""Characters after "not", "avert" or "denied" in which a cue does not count."""


def reported(document: Document, hits: Hits) -> tuple[EventType, ...]:
    """Event types by the weight of their distinct cues; cues in the title and lead count more, denied ones not."""
    scores = {event: total(weights) for event, weights in cues(document, hits).items()}
    ranked = sorted(scores, key=lambda event: -scores[event])[:MOST]
    return tuple(cast("EventType", event) for event in ranked if scores[event] >= least(event, scores))


def cues(document: Document, hits: Hits) -> dict[str, dict[str, float]]:
    """The weight of each distinct cue that nobody denies, by event type."""
    denials = hits.negations
    ends = [denial.end for denial in denials]
    found: dict[str, dict[str, float]] = {}
    for hit in hits.events:
        if not _denied(hit, denials, ends):
            found.setdefault(hit.id, {}).setdefault(document.lower[hit.start : hit.end], _weight(document, hit))
    return dict(sorted(found.items()))


def total(weights: Mapping[str, float]) -> float:
    """The score of an event type: its strongest cue in full, each further one by less."""
    return sum(weight * REPEATED**place for place, weight in enumerate(sorted(weights.values(), reverse=True)))


def least(event: str, scores: Mapping[str, float]) -> float:
    """The least score with which an event type is reported beside the others."""
    share = PRICE_SHARE if event == "price_move" else LEAST_SHARE
    return max(LEAST, share * max(scores.values()))


def _denied(cue: Hit, denials: Sequence[Hit], ends: Sequence[int]) -> bool:
    """Whether a negation stands shortly before a cue or inside it; a cue may begin with its own, as `no longer allow`."""
    near = denials[bisect_right(ends, cue.start - NEGATION_REACH) : bisect_left(ends, cue.end)]
    return any(denial.start != cue.start for denial in near)


def _weight(document: Document, hit: Hit) -> float:
    if hit.start < document.offset:
        return hit.weight * IN_TITLE
    return hit.weight * (IN_LEAD if hit.start < document.offset + LEAD else LATER)
