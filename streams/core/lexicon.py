"""The one automaton over all names and cue phrases, and what it finds in an article.

The data files `streams/data/{minerals,countries,organisations,events}.json` decode into the frozen types below. Their
terms are written in a small notation: `{a,b}` stands for either, as in a shell; `halt~` for halt, halts, halted,
halting; `ban~~` doubles the last letter before an ending. A term in lower case matches any case; a term with capitals
needs its own spelling, or all capitals when it is longer than three letters. Terms are `sure` (weight 3: say it
alone), `usual` (2) or `weak` (1: only with context).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from operator import itemgetter
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from streams.core.document import Document

HitKind = Literal["mineral", "country", "organisation", "event", "word", "context", "anti", "negation"]

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

PAIR_GAP = 90
"""Most characters between the two words of a pair, about fifteen words."""

SYMBOL = 3
"""Longest term that capitals alone do not excuse: `Li` is lithium, `LI` is not."""

SURROGATE = re.compile("[\ud800-\udfff]")
BRACES = re.compile(r"\{([^{}]*)\}")
VOWELS = frozenset("aeiou")


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
    """3 says it alone, 2 usually, 1 needs context; of a country: 3 its name, 2 its people, 1 a place in it, 0 a market place."""


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
        automaton=AhoCorasick(list(meanings), matchkind=MatchKind.Standard, implementation=Implementation.DFA),
        patterns=tuple(tuple(terms) for terms in meanings.values()),
        naming=frozenset(
            place for place, terms in enumerate(meanings.values()) if any(term.kind == "mineral" for _, term in terms)
        ),
        pairs=pairs,
    )


def _entries(
    minerals: Minerals, countries: Countries, organisations: Organisations, events: Events
) -> Iterator[tuple[HitKind, str, int, str]]:
    """Every term of the data files as kind, id, weight, notation."""

    def graded(kind: HitKind, ident: str, *grades: tuple[int, Iterable[str]]) -> Iterator[tuple[HitKind, str, int, str]]:
        for weight, terms in grades:
            for term in terms:
                yield kind, ident, weight, term

    for mineral in minerals.minerals:
        yield from graded("mineral", mineral.id, (3, mineral.sure), (2, mineral.usual), (1, mineral.weak))
        for name in (*mineral.usual, *mineral.weak):
            yield from graded("mineral", mineral.id, (3, (compound.replace("@", name) for compound in minerals.compounds)))
    yield from graded("context", "strong", (2, minerals.context["strong"]))
    yield from graded("context", "weak", (1, minerals.context["weak"]))
    for domain, terms in minerals.anti.items():
        yield from graded("anti", domain, (1, terms))
    for country in countries.countries:
        yield from graded("country", country.id, (3, country.names), (2, country.people), (1, country.places), (0, country.hubs))
    yield from graded("anti", "place", (1, countries.anti))
    for organisation in organisations.organisations:
        yield from graded("organisation", organisation.name, (1, organisation.terms))
    for event in events.types:
        yield from graded("event", event.id, (3, event.sure), (2, event.usual), (1, event.weak))
    for name, terms in events.words.items():
        yield from graded("word", name, (1, terms))
    yield from graded("negation", "negation", (1, events.negations))


def expand(notation: str) -> list[str]:
    """All spellings of a term: `{open,close}~ plant` gives eight."""
    parts = BRACES.split(notation)
    choices = [part.split(",") if place % 2 else [part] for place, part in enumerate(parts)]
    spellings = []
    for chosen in product(*choices):
        words = [_inflect(word) for word in "".join(chosen).split(" ")]
        spellings += [" ".join(forms) for forms in product(*words)]
    return spellings


def _inflect(word: str) -> tuple[str, ...]:
    """The regular forms of a word marked with `~`, else the word alone."""
    stem = word.rstrip("~")
    if stem == word:
        return (word,)
    if word.endswith("~~"):
        return stem, stem + "s", stem + stem[-1] + "ed", stem + stem[-1] + "ing"
    if stem.endswith("e"):
        return stem, stem + "s", stem + "d", stem[:-1] + "ing"
    if stem.endswith("y") and stem[-2] not in VOWELS:
        return stem, stem[:-1] + "ies", stem[:-1] + "ied", stem + "ing"
    plural = "es" if stem.endswith(("s", "x", "z", "ch", "sh")) else "s"
    return stem, stem + plural, stem + "ed", stem + "ing"


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
    whole = _whole_words(lexicon, lower)
    if not any(pattern in lexicon.naming for _, _, pattern in whole):
        return ()
    hits = _longest(lexicon, full, whole)
    hits += _paired(lexicon, lower, [hit for hit in hits if hit.kind == "word"])
    hits.sort(key=itemgetter(2, 3))
    return tuple(hits)


def _whole_words(lexicon: Lexicon, lower: str) -> list[tuple[int, int, int]]:
    """Start, negated end and pattern of every match between word boundaries, in order, the longest first."""
    try:
        raw = lexicon.automaton.find_matches_as_indexes(lower, overlapping=True)
    except UnicodeEncodeError:  # the automaton reads UTF-8, which has no lone surrogates
        raw = lexicon.automaton.find_matches_as_indexes(SURROGATE.sub("?", lower), overlapping=True)
    size = len(lower)
    whole = [
        (start, -end, pattern)
        for pattern, start, end in raw
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
            if spelling is not None and not _spelled(full[start:end], spelling):
                continue
            starts[layer], ends[layer] = start, end
            hits.append(Hit(kind, ident, start, end, weight))
    return hits


def _spelled(found: str, spelling: str) -> bool:
    return found == spelling or (len(spelling) > SYMBOL and found.isupper())


def _paired(lexicon: Lexicon, lower: str, words: list[Hit]) -> list[Hit]:
    """Event hits from two classes of words close together in one sentence."""
    found = []
    for place, first in enumerate(words):
        for second in words[place + 1 :]:
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
