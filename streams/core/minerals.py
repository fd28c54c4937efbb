"""Which critical minerals an article is about as raw materials, and how much."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Literal, NamedTuple

from streams.core.document import Document
from streams.core.lexicon import Hit, Hits, Lexicon
from streams.core.lexicon_files import SURE, USUAL, WEAK
from streams.core.records import MineralMention

NEAR = 120
"""Characters on either side of a mention in which context speaks for it, about a sentence."""
LEAD = 320
"""Characters of text in which a mention counts as one of the lead, about two sentences."""
ENOUGH = {SURE: ((0, 0),), USUAL: ((1, 0), (0, 4)), WEAK: ((2, 3), (0, 8))}
"""What makes a term believed, by its weight: either of these least weights of context, near and in the whole article."""
ABOUT_MINING = 0.5
"""Probability from which on an article is taken to be about mining."""
ENOUGH_IN_MINING = {SURE: ((0, 0),), USUAL: ((0, 1),), WEAK: ((1, 1), (0, 2))}
PASSING = 0.2
"""Salience of the only mineral of an article, named once outside title and lead: no more than this is in passing."""
TRADE = 3
"""So many words of mining and trade make a mineral named once in an article matter all the same."""
LEAST = 0.06
"""Below this salience a mineral beside the first is named in passing."""

Ground = Literal["context", "another mention", "too little context", "other sense", "site"]
"""Why a mention is accepted: by context, or as another mention of the same mineral is; or not: too little context, the words
for other senses outweigh it, a site where a mineral is named."""
ACCEPTING = frozenset({"context", "another mention"})


class Mention(NamedTuple):
    """A mineral's name in an article, and whether it means the raw material."""

    hit: Hit
    near: Sequence[Hit]
    """The context within reach."""
    support: int
    """Weight of that context, without what is part of the name."""
    ground: Ground
    """What decided."""

    @property
    def accepted(self) -> bool:
        """Whether it means the raw material."""
        return self.ground in ACCEPTING


def material(lexicon: Lexicon, document: Document, hits: Hits, mining: float) -> tuple[MineralMention, ...]:
    """The minerals materially present, most salient first; of equals the first in `minerals.json`.

    `mining` is the probability that the article is about mining.
    """
    if not hits.minerals:
        return ()
    found = weighed(lexicon, document, judged(lexicon, document, hits, mining))
    return () if in_passing(found, hits) else tuple([mention for mention in found if mention.salience >= LEAST])


def judged(lexicon: Lexicon, document: Document, hits: Hits, mining: float) -> list[Mention]:
    """Every mention of a mineral, judged. Sites count only where no mineral is named."""
    sites = [hit for hit in hits.minerals if document.full[hit.start : hit.end] in lexicon.minerals[hit.id].sites]
    if not sites:
        return _judged(hits, hits.minerals, mining)
    left_out = frozenset(sites)
    named = _judged(hits, [hit for hit in hits.minerals if hit not in left_out], mining)
    if any(mention.accepted for mention in named):
        return named + [Mention(hit, (), 0, "site") for hit in sites]
    return _judged(hits, hits.minerals, mining)


def weighed(lexicon: Lexicon, document: Document, mentions: Sequence[Mention]) -> list[MineralMention]:
    """The minerals that the accepted mentions name, most salient first."""
    accepted = [mention.hit for mention in mentions if mention.accepted]
    if not accepted:
        return []
    by_mineral: dict[str, list[Hit]] = {}
    for hit in accepted:
        by_mineral.setdefault(hit.id, []).append(hit)
    found = [
        MineralMention(
            id=ident,
            name=lexicon.minerals[ident].name,
            mentions=len(of_mineral),
            in_title=of_mineral[0].start < document.offset,
            salience=_salience(document, of_mineral, len(accepted)),
        )
        for ident in lexicon.minerals
        if (of_mineral := by_mineral.get(ident))
    ]
    found.sort(key=lambda mention: -mention.salience)
    return found


def in_passing(found: Sequence[MineralMention], hits: Hits) -> bool:
    """Whether even the most salient mineral is only named in passing, with too few words of mining and trade."""
    return not found or (found[0].salience <= PASSING and strong_context(hits) < TRADE)


def strong_context(hits: Hits) -> int:
    """Number of strong words of mining and trade."""
    return sum(hit.weight == USUAL for hit in hits.context)


def doubtful(hits: Hits) -> bool:
    """Whether the words for other senses outweigh those of mining and trade."""
    return sum(hit.weight for hit in hits.context) < 2 * len(hits.against)


def least_context(weight: int, mining: float) -> Sequence[tuple[int, int]]:
    """What makes a term of a weight believed: either of these least weights of context, near and in the whole article."""
    return (ENOUGH_IN_MINING if mining >= ABOUT_MINING else ENOUGH)[weight]


def _judged(hits: Hits, mentions: Sequence[Hit], mining: float) -> list[Mention]:
    """The mentions, each with what decides whether it means the raw material.

    What an article is about decides first: more medals, songs and vitamins than ore and tonnes, and no ambiguous name
    is believed. Then a `sure` term needs little, a `usual` one some context, a `weak` one context close by, or another
    mention of the same mineral that has it; in an article about mining any context in it will do.
    """
    context, other_sense = hits.context, doubtful(hits)
    total = sum(hit.weight for hit in context)
    starts = [hit.start for hit in context]
    found: list[Mention] = []
    for hit in mentions:
        near = context[bisect_left(starts, hit.start - NEAR) : bisect_right(starts, hit.end + NEAR)]
        support = sum(other.weight for other in near if not hit.start <= other.start < hit.end)
        ground: Ground = "context"
        if other_sense and (hit.weight < SURE or support == 0):
            ground = "other sense"
        elif not any(support >= least and total >= whole for least, whole in least_context(hit.weight, mining)):
            ground = "too little context"
        found.append(Mention(hit, near, support, ground))
    if other_sense:
        return found
    believed = {mention.hit.id for mention in found if mention.accepted}
    return [
        mention._replace(ground="another mention") if not mention.accepted and mention.hit.id in believed else mention
        for mention in found
    ]


def _salience(document: Document, mentions: Sequence[Hit], total: int) -> float:
    """How much of the article is about one mineral, 0 to 1: title, lead, frequency, share of all mentions."""
    first = mentions[0].start
    in_title = first < document.offset
    in_lead = any(document.offset <= hit.start < document.offset + LEAD for hit in mentions)
    frequency = min(len(mentions), 5) / 5
    score = 0.35 * in_title + 0.25 * in_lead + 0.25 * frequency + 0.15 * len(mentions) / total
    return round(score, 2)
