"""Which critical minerals an article is about as raw materials, and how much."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

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
PASSING = 0.2
"""Salience of the only mineral of an article, named once outside title and lead: no more than this is in passing."""
TRADE = 3
"""So many words of mining and trade make a mineral named once in an article matter all the same."""
LEAST = 0.06
"""Below this salience a mineral beside the first is named in passing."""


def material(lexicon: Lexicon, document: Document, hits: Hits) -> tuple[MineralMention, ...]:
    """The minerals materially present, most salient first; of equals the first in `minerals.json`."""
    mentions = _accepted(hits)
    if not mentions:
        return ()
    by_mineral: dict[str, list[Hit]] = {}
    for hit in mentions:
        by_mineral.setdefault(hit.id, []).append(hit)
    found = [
        MineralMention(
            id=ident,
            name=lexicon.minerals[ident].name,
            mentions=len(of_mineral),
            in_title=of_mineral[0].start < document.offset,
            salience=_salience(document, of_mineral, len(mentions)),
        )
        for ident in lexicon.minerals
        if (of_mineral := by_mineral.get(ident))
    ]
    found.sort(key=lambda mention: -mention.salience)
    if found[0].salience <= PASSING and sum(hit.weight == USUAL for hit in hits.context) < TRADE:
        return ()
    return tuple(mention for mention in found if mention.salience >= LEAST)


def _accepted(hits: Hits) -> list[Hit]:
    """The mentions that mean the raw material.

    What an article is about decides first: more medals, songs and vitamins than ore and tonnes, and no ambiguous name
    is believed. Then a `sure` term needs little, a `usual` one some context, a `weak` one context close by, or another
    mention of the same mineral that has it.
    """
    context = hits.context
    total = sum(hit.weight for hit in context)
    doubtful = total < 2 * len(hits.against)
    starts = [hit.start for hit in context]
    believed: list[Hit] = []
    waiting: list[Hit] = []
    for hit in hits.minerals:
        near = context[bisect_left(starts, hit.start - NEAR) : bisect_right(starts, hit.end + NEAR)]
        support = sum(other.weight for other in near if not hit.start <= other.start < hit.end)
        enough = any(support >= least and total >= whole for least, whole in ENOUGH[hit.weight])
        accepted = enough and not (doubtful and (hit.weight < SURE or support == 0))
        (believed if accepted else waiting).append(hit)
    sure = {hit.id for hit in believed}
    if not doubtful:
        believed += [hit for hit in waiting if hit.id in sure]
    believed.sort(key=lambda hit: hit.start)
    return believed


def _salience(document: Document, mentions: Sequence[Hit], total: int) -> float:
    """How much of the article is about one mineral, 0 to 1: title, lead, frequency, share of all mentions."""
    first = mentions[0].start
    in_title = first < document.offset
    in_lead = any(document.offset <= hit.start < document.offset + LEAD for hit in mentions)
    frequency = min(len(mentions), 5) / 5
    score = 0.35 * in_title + 0.25 * in_lead + 0.25 * frequency + 0.15 * len(mentions) / total
    return round(score, 2)
