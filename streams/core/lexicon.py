"""The one automaton over all names and cue phrases, and what it finds in an article.

A term in lower case matches any case; a term with capitals needs its own spelling, or all capitals when it is longer than
three letters.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from streams.core import screen
from streams.core.document import Document
from streams.core.lexicon_files import (
    SURE,
    USUAL,
    WEAK,
    Countries,
    Events,
    Kind,
    Mineral,
    MineralList,
    Minerals,
    Organisations,
    Pair,
    entries,
)
from streams.core.screen import Screen, may_hold

LAYERS: dict[Kind, int] = {
    "mineral": 0,
    "country": 0,
    "anti": 0,
    "mask": 0,
    "organisation": 1,
    "event": 2,
    "word": 3,
    "context": 4,
    "negation": 5,
}
"""Within a layer the longest of overlapping terms wins (`silver medal` hides `silver`); layers do not see each other."""

LOOKED_AT = 100_000
"""Characters of an article in which names and cues are looked for: far more than news has, so that no text takes long."""

PAIR_GAP, PAIR_WORDS = 90, 12
"""Most characters, about fifteen words, and most words of any class from the first to the second word of a pair."""

SYMBOL = 3
"""Longest term that capitals alone do not excuse: `Li` is lithium, `LI` is not."""

SURROGATE = re.compile("[\ud800-\udfff]")


class Hit(NamedTuple):
    """A name or cue in `Document.full`."""

    id: str
    """Mineral id, ISO alpha-3, organisation's name, event type, context or anti-context."""
    start: int
    end: int
    weight: int
    """SURE, USUAL or WEAK; of a country NAME, PEOPLE, PLACE, COMPANY or MARKET."""


class Hits(NamedTuple):
    """All hits of an article by kind, each in order of appearance."""

    minerals: tuple[Hit, ...] = ()
    countries: tuple[Hit, ...] = ()
    organisations: tuple[Hit, ...] = ()
    events: tuple[Hit, ...] = ()
    context: tuple[Hit, ...] = ()
    """Words of mining and trade: USUAL when strong, WEAK when weak."""
    against: tuple[Hit, ...] = ()
    """Words that speak for another sense of a mineral's name."""
    negations: tuple[Hit, ...] = ()


NOTHING = Hits()

Term: TypeAlias = tuple[int, Kind, str, int, str | None]
"""One meaning of a pattern: layer, kind, id, weight, and the only spelling accepted where the case matters."""
Span: TypeAlias = tuple[str, int, int, int]
"""What a `Hit` is made of: most are words that only serve to find pairs."""
Match: TypeAlias = tuple[int, int, int]
"""Start, negated end and pattern: in this order the longest of what starts at one place comes first."""


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All terms behind one automaton; compared by identity."""

    minerals: dict[str, Mineral]
    lists: tuple[MineralList, ...]
    automaton: AhoCorasick
    senses: dict[int, tuple[Term, ...]]
    """Meanings of the automaton's patterns in the layer that decides whether a mineral is named."""
    cues: dict[int, tuple[Term, ...]]
    """Their meanings in the other layers."""
    names: Screen
    """Names of minerals."""
    sure: Screen
    """Those that are believed by themselves."""
    doubtful: Screen
    """Those that no mineral is believed by without a word of context."""
    context: Screen
    pairs: dict[str, dict[str, tuple[Pair, ...]]]
    """Pairs by their two classes, in both orders."""


def build(minerals: Minerals, countries: Countries, organisations: Organisations, events: Events) -> Lexicon:
    """The lexicon of the decoded data files."""
    meanings: dict[str, dict[Term, None]] = {}
    for kind, ident, weight, spelling in entries(minerals, countries, organisations, events):
        lowered = spelling.lower()
        term = (LAYERS[kind], kind, ident, weight, spelling if lowered != spelling else None)
        meanings.setdefault(lowered, {})[term] = None
    pairs: dict[str, dict[str, tuple[Pair, ...]]] = {}
    for pair in events.pairs:
        for first, second in {pair.words, pair.words[::-1]}:
            partners = pairs.setdefault(first, {})
            partners[second] = (*partners.get(second, ()), pair)
    return Lexicon(
        minerals={mineral.id: mineral for mineral in minerals.minerals},
        lists=minerals.lists,
        automaton=AhoCorasick(list(meanings), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA),
        senses=_meanings(meanings.values(), range(1)),
        cues=_meanings(meanings.values(), range(1, len(LAYERS))),
        names=_screen(meanings, "mineral", {SURE, USUAL, WEAK}),
        sure=_screen(meanings, "mineral", {SURE}),
        doubtful=_screen(meanings, "mineral", {USUAL, WEAK}),
        context=_screen(meanings, "context", {USUAL, WEAK}),
        pairs=pairs,
    )


def _meanings(patterns: Iterable[Iterable[Term]], layers: range) -> dict[int, tuple[Term, ...]]:
    """For each pattern that has any, its meanings in some layers."""
    chosen = ((place, tuple(term for term in terms if term[0] in layers)) for place, terms in enumerate(patterns))
    return {place: terms for place, terms in chosen if terms}


def _screen(meanings: Mapping[str, Iterable[Term]], kind: Kind, weights: set[int]) -> Screen:
    """The screen for the patterns that mean something of a kind, with one of these weights."""
    return screen.build(
        pattern for pattern, terms in meanings.items() if any(term[1] == kind and term[3] in weights for term in terms)
    )


def partition_key(lexicon: Lexicon, mineral_id: str) -> str:
    """The key under which a mineral's articles meet: its family (`ree`, `pgm`), else itself, also once the lexicon lost it."""
    mineral = lexicon.minerals.get(mineral_id)
    return (mineral and mineral.family) or mineral_id


@lru_cache(maxsize=2)
def scan(lexicon: Lexicon, document: Document) -> Hits:
    """Names and cues in the first `LOOKED_AT` characters, with offsets in `document.full`; none where no mineral is meant.

    The last two articles are remembered, so that the stages of a chain share one scan.
    """
    return look(lexicon, document) if _may_name_mineral(lexicon, document.vocabulary) else NOTHING


def look(lexicon: Lexicon, document: Document) -> Hits:
    """What `scan` finds, in articles too whose words alone tell that none of their names means a mineral."""
    full, looked_at = document.full, document.lower[:LOOKED_AT]
    whole = _whole_words(lexicon.automaton, looked_at)
    found = _longest(lexicon.senses, full, whole)
    if not found["mineral"]:
        return NOTHING
    found |= _longest(lexicon.cues, full, whole)
    events = found["event"] + _paired(lexicon, looked_at, found["word"])
    events.sort(key=itemgetter(1, 2))
    return Hits(
        minerals=tuple(starmap(Hit, found["mineral"])),
        countries=tuple(starmap(Hit, found["country"])),
        organisations=tuple(starmap(Hit, found["organisation"])),
        events=tuple(starmap(Hit, events)),
        context=tuple(starmap(Hit, found["context"])),
        against=tuple(starmap(Hit, found["anti"])),
        negations=tuple(starmap(Hit, found["negation"])),
    )


def hidden(lexicon: Lexicon, document: Document) -> list[tuple[Hit, Hit]]:
    """The names of minerals that a longer term of another kind hides, as `silver medal` hides `silver`, each with that term."""
    whole = _whole_words(lexicon.automaton, document.lower[:LOOKED_AT])
    found = _longest(lexicon.senses, document.full, whole)
    others = sorted((Hit(*span) for kind in found if kind != "mineral" for span in found[kind]), key=itemgetter(1))
    starts = [hit.start for hit in others]
    pairs: dict[int, tuple[Hit, Hit]] = {}
    for start, negated_end, pattern in whole:
        over = others[max(bisect_right(starts, start) - 1, 0)] if others else Hit("", 0, 0, 0)
        if over.start <= start and -negated_end <= over.end and over[1:3] != (start, -negated_end):
            for _, kind, ident, weight, spelling in lexicon.senses.get(pattern, ()):
                if kind == "mineral" and (spelling is None or _spelled(document.full, start, -negated_end, spelling)):
                    pairs[start] = Hit(ident, start, -negated_end, weight), over
    return list(pairs.values())


def _may_name_mineral(lexicon: Lexicon, words: frozenset[str]) -> bool:
    """Whether the words can make the name of a mineral, and where it has other senses, any context that speaks for it."""
    return may_hold(words, lexicon.names) and (
        may_hold(words, lexicon.sure) or (may_hold(words, lexicon.doubtful) and may_hold(words, lexicon.context))
    )


def _whole_words(automaton: AhoCorasick, lower: str) -> list[Match]:
    """The matches that begin and end with a word or a number, in order; `% Sn` follows its number without a blank."""
    try:
        matches = automaton.find_matches_as_indexes(lower, overlapping=True)
    except UnicodeEncodeError:  # the automaton reads UTF-8, which has no lone surrogates
        matches = automaton.find_matches_as_indexes(SURROGATE.sub("?", lower), overlapping=True)
    before = f" {lower} "
    after = before[1:]
    whole = [
        (start, -(_end_of_number(lower, end) if after[end].isdecimal() else end), pattern)
        for pattern, start, end in matches
        if not (
            (after[end].isalnum() and not (after[end].isdecimal() and lower[end - 1].isdecimal()))
            or (before[start].isalnum() and lower[start].isalnum())
        )
    ]
    whole.sort()
    return whole


def _end_of_number(lower: str, end: int) -> int:
    """Where the number ends whose first digits end here; `rose #` is matched by its first digit."""
    while lower[end : end + 1].isdecimal() or (lower[end : end + 1] in {",", "."} and lower[end + 1 : end + 2].isdecimal()):
        end += 1
    return end


def _longest(meanings: dict[int, tuple[Term, ...]], full: str, whole: list[Match]) -> defaultdict[Kind, list[Span]]:
    """The longest terms of each layer, in the spelling they need, by kind."""
    starts, ends = [0] * len(LAYERS), [0] * len(LAYERS)
    found: defaultdict[Kind, list[Span]] = defaultdict(list)
    for start, negated_end, pattern in whole:
        for layer, kind, ident, weight, spelling in meanings.get(pattern, ()):
            end = -negated_end
            # Meanings of one pattern share its span: they do not hide each other.
            if start < ends[layer] and (start != starts[layer] or end != ends[layer]):
                continue
            if spelling is not None and not _spelled(full, start, end, spelling):
                continue
            starts[layer], ends[layer] = start, end
            found[kind].append((ident, start, end, weight))
    return found


def _spelled(full: str, start: int, end: int, spelling: str) -> bool:
    """Whether a term stands here as it must; `US$` is no United States."""
    found = full[start:end]
    return (found == spelling or (len(spelling) > SYMBOL and found.isupper())) and not full.startswith("$", end)


def _paired(lexicon: Lexicon, lower: str, words: list[Span]) -> list[Span]:
    """Events from two classes of words close together in one sentence."""
    found = []
    for place, (first, start, end, _) in enumerate(words, start=1):
        partners = lexicon.pairs.get(first, {})
        for second, after, until, _ in words[place : place + PAIR_WORDS]:
            if after - end > PAIR_GAP:
                break
            pairs = partners.get(second)
            if pairs is None or after < end:
                continue
            between = lower[end:after]
            if "\n" in between or ". " in between:
                break
            found += [(pair.event, start, until, pair.weight) for pair in pairs]
    return found
