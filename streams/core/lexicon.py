"""The one automaton over all names and cue phrases, and what it finds in an article.

The data files `streams/data/{minerals,countries,organisations,events}.json` decode into the frozen types below. Their
terms are written in the notation of `streams.core.notation`. A term in lower case matches any case; a term with capitals
needs its own spelling, or all capitals when it is longer than three letters.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Literal, NamedTuple, TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from streams.core.document import Document
from streams.core.notation import expand

HitKind = Literal["mineral", "country", "organisation", "event", "word", "context", "anti", "negation"]
Entry: TypeAlias = tuple[HitKind, str, int, str]
"""Kind, id, weight and notation of a term."""

LAYERS: dict[HitKind, int] = {
    "mineral": 0,
    "country": 0,
    "anti": 0,
    "organisation": 1,
    "event": 2,
    "word": 3,
    "context": 4,
    "negation": 5,
}
"""Within a layer the longest of overlapping terms wins (`silver medal` hides `silver`); layers do not see each other."""

SURE, USUAL, WEAK = 3, 2, 1
"""Weights of terms: says it alone, usually, only with context."""
NAME, PEOPLE, PLACE, MARKET = 3, 2, 1, 0
"""Weights of a country's terms: itself, its people, a place in it, a city whose markets speak of the whole world."""

PAIR_GAP, PAIR_WORDS = 90, 12
"""Most characters, about fifteen words, and most words of any class from the first to the second word of a pair."""

SYMBOL = 3
"""Longest term that capitals alone do not excuse: `Li` is lithium, `LI` is not."""

SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class MineralList:
    """An official list of critical or strategic minerals."""

    id: str
    authority: str
    title: str
    date: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mineral:
    """A mineral with its names, ores, products and unambiguous symbols."""

    id: str
    name: str
    family: str | None
    """`ree` or `pgm` for a single rare earth or platinum metal."""
    lists: tuple[str, ...]
    sure: tuple[str, ...]
    usual: tuple[str, ...]
    weak: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minerals:
    """`minerals.json`: what is critical, and what speaks for and against the sense of raw material."""

    lists: tuple[MineralList, ...]
    minerals: tuple[Mineral, ...]
    compounds: tuple[str, ...]
    """What makes any mineral's name a raw material, `@` standing for the name: `@ {mine,ore}`, `tonnes of @`."""
    context: dict[Literal["strong", "weak"], tuple[str, ...]]
    anti: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country with its names, its people's names, and places that stand for it."""

    id: str
    """ISO 3166-1 alpha-3."""
    names: tuple[str, ...]
    people: tuple[str, ...]
    places: tuple[str, ...]
    hubs: tuple[str, ...]
    """Cities whose markets and newsrooms speak of the whole world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Countries:
    """`countries.json`: the gazetteer, and phrases that hold a country's name without meaning it."""

    countries: tuple[Country, ...]
    anti: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation under the spellings that news uses."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisations:
    """`organisations.json`."""

    organisations: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCues:
    """The phrases that tell of one type of event."""

    id: str
    sure: tuple[str, ...]
    usual: tuple[str, ...]
    weak: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two classes of words that together, in one sentence and either order, tell of an event."""

    event: str
    words: tuple[str, str]
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """`events.json`: cue phrases by event type, classes of words, the pairs of classes that make a cue, and negations."""

    types: tuple[EventCues, ...]
    words: dict[str, tuple[str, ...]]
    pairs: tuple[Pair, ...]
    negations: tuple[str, ...]


class Hit(NamedTuple):
    """A name or cue in `Document.full`."""

    kind: HitKind
    id: str
    """Mineral id, ISO alpha-3, organisation's name, event type, class of words, context or anti-context."""
    start: int
    end: int
    weight: int
    """SURE, USUAL or WEAK; of a country NAME, PEOPLE, PLACE or MARKET."""


class Term(NamedTuple):
    """One meaning of a pattern."""

    kind: HitKind
    id: str
    weight: int
    spelling: str | None
    """The only spelling accepted, where the case matters."""


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All terms behind one automaton; compared by identity."""

    minerals: dict[str, Mineral]
    lists: tuple[MineralList, ...]
    automaton: AhoCorasick
    patterns: tuple[tuple[tuple[int, Term], ...], ...]
    """For each pattern of the automaton, its meanings, each with its layer."""
    naming: frozenset[int]
    """The patterns that name a mineral."""
    pairs: dict[tuple[str, str], tuple[Pair, ...]]
    """Pairs under both orders of their two classes."""


def build(minerals: Minerals, countries: Countries, organisations: Organisations, events: Events) -> Lexicon:
    """The lexicon of the decoded data files."""
    meanings: dict[str, list[tuple[int, Term]]] = {}
    for kind, ident, weight, notation in _entries(minerals, countries, organisations, events):
        for spelling in expand(notation):
            lowered = spelling.lower()
            term = Term(kind, ident, weight, spelling if lowered != spelling else None)
            layered = (LAYERS[kind], term)
            if layered not in meanings.setdefault(lowered, []):
                meanings[lowered].append(layered)
    pairs: dict[tuple[str, str], tuple[Pair, ...]] = {}
    for pair in events.pairs:
        for order in {pair.words, pair.words[::-1]}:
            pairs[order] = (*pairs.get(order, ()), pair)
    return Lexicon(
        minerals={mineral.id: mineral for mineral in minerals.minerals},
        lists=minerals.lists,
        automaton=AhoCorasick(list(meanings), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA),
        patterns=tuple(tuple(terms) for terms in meanings.values()),
        naming=frozenset(
            place for place, terms in enumerate(meanings.values()) if any(term.kind == "mineral" for _, term in terms)
        ),
        pairs=pairs,
    )


def _entries(minerals: Minerals, countries: Countries, organisations: Organisations, events: Events) -> Iterator[Entry]:
    """Every term of the data files."""
    yield from _minerals(minerals)
    for country in countries.countries:
        grades = (NAME, country.names), (PEOPLE, country.people), (PLACE, country.places), (MARKET, country.hubs)
        yield from _graded("country", country.id, *grades)
    yield from _graded("anti", "place", (WEAK, countries.anti))
    for organisation in organisations.organisations:
        yield from _graded("organisation", organisation.name, (WEAK, organisation.terms))
    for event in events.types:
        yield from _graded("event", event.id, (SURE, event.sure), (USUAL, event.usual), (WEAK, event.weak))
    for name, terms in events.words.items():
        yield from _graded("word", name, (WEAK, terms))
    yield from _graded("negation", "negation", (WEAK, events.negations))


def _minerals(minerals: Minerals) -> Iterator[Entry]:
    for mineral in minerals.minerals:
        yield from _graded("mineral", mineral.id, (SURE, mineral.sure), (USUAL, mineral.usual), (WEAK, mineral.weak))
        for name in (*mineral.usual, *mineral.weak):
            compounds = [compound.replace("@", name) for compound in minerals.compounds]
            yield from _graded("mineral", mineral.id, (SURE, compounds))
    yield from _graded("context", "strong", (USUAL, minerals.context["strong"]))
    yield from _graded("context", "weak", (WEAK, minerals.context["weak"]))
    for domain, terms in minerals.anti.items():
        yield from _graded("anti", domain, (WEAK, terms))


def _graded(kind: HitKind, ident: str, *grades: tuple[int, Iterable[str]]) -> Iterator[Entry]:
    for weight, terms in grades:
        for term in terms:
            yield kind, ident, weight, term


def partition_key(lexicon: Lexicon, mineral_id: str) -> str:
    """The key under which a mineral's articles meet: its family (`ree`, `pgm`), else itself."""
    return lexicon.minerals[mineral_id].family or mineral_id


def scan(lexicon: Lexicon, document: Document) -> tuple[Hit, ...]:
    """Names and cues in order of appearance, with offsets in `document.full`; none where no mineral is named.

    The last two articles are remembered, so that the stages of a chain share one scan.
    """
    return _scan(lexicon, document.full, document.lower)


@lru_cache(maxsize=2)
def _scan(lexicon: Lexicon, full: str, lower: str) -> tuple[Hit, ...]:
    found = _matches(lexicon, lower)
    if not _whole_words(lower, [match for match in found if match[0] in lexicon.naming]):
        return ()
    hits = _longest(lexicon, full, _whole_words(lower, found))
    hits += _paired(lexicon, lower, [hit for hit in hits if hit.kind == "word"])
    hits.sort(key=itemgetter(2, 3))
    return tuple(hits)


def _matches(lexicon: Lexicon, lower: str) -> list[tuple[int, int, int]]:
    """Pattern, start and end of every match, inside words too."""
    try:
        return lexicon.automaton.find_matches_as_indexes(lower, overlapping=True)
    except UnicodeEncodeError:  # the automaton reads UTF-8, which has no lone surrogates
        return lexicon.automaton.find_matches_as_indexes(SURROGATE.sub("?", lower), overlapping=True)


def _whole_words(lower: str, matches: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Start, negated end and pattern of the matches that begin and end with a word, in order, the longest first."""
    size = len(lower)
    whole = [
        (start, -end, pattern)
        for pattern, start, end in matches
        if not ((start and lower[start - 1].isalnum()) or (end < size and lower[end].isalnum()))
    ]
    whole.sort()
    return whole


def _longest(lexicon: Lexicon, full: str, whole: list[tuple[int, int, int]]) -> list[Hit]:
    """The longest terms of each layer, in the spelling they need."""
    starts, ends = [0] * len(LAYERS), [0] * len(LAYERS)
    hits = []
    for start, negated_end, pattern in whole:
        end = -negated_end
        for layer, (kind, ident, weight, spelling) in lexicon.patterns[pattern]:
            # Meanings of one pattern share its span: they do not hide each other.
            if start < ends[layer] and (start, end) != (starts[layer], ends[layer]):
                continue
            if spelling is not None and not _spelled(full, start, end, spelling):
                continue
            starts[layer], ends[layer] = start, end
            hits.append(Hit(kind, ident, start, end, weight))
    return hits


def _spelled(full: str, start: int, end: int, spelling: str) -> bool:
    """Whether a term stands here as it must; `US$` is no United States."""
    found = full[start:end]
    return (found == spelling or (len(spelling) > SYMBOL and found.isupper())) and not full.startswith("$", end)


def _paired(lexicon: Lexicon, lower: str, words: list[Hit]) -> list[Hit]:
    """Event hits from two classes of words close together in one sentence."""
    found = []
    for place, first in enumerate(words):
        for second in words[place + 1 : place + 1 + PAIR_WORDS]:
            if second.start - first.end > PAIR_GAP:
                break
            pairs = lexicon.pairs.get((first.id, second.id))
            if pairs is None or second.start < first.end:
                continue
            between = lower[first.end : second.start]
            if "\n" in between or ". " in between:
                break
            found += [Hit("event", pair.event, first.start, second.end, pair.weight) for pair in pairs]
    return found
