"""What the data files of the lexicon hold, and the terms that they spell out.

`streams/data/{minerals,countries,organisations,events}.json` decode into the frozen types below. Their terms are written in
the notation of `streams.core.notation`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from streams.core.notation import expand

Kind = Literal["mineral", "country", "organisation", "event", "word", "context", "anti", "mask", "negation"]
"""What a term is. A `mask` only hides what it holds, as `Brazil nut` hides Brazil."""
Entry: TypeAlias = tuple[Kind, str, int, str]
"""Kind, id, weight and spelling of a term."""

SURE, USUAL, WEAK = 3, 2, 1
"""Weights of terms: says it alone, usually, only with context."""
NAME, PEOPLE, PLACE, COMPANY, MARKET = 4, 3, 2, 1, 0
"""Weights of a country's terms: itself, its people, a place in it, a city whose markets speak of the whole world."""


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
    sites: tuple[str, ...]
    """Mines, works and companies known for this mineral above all: they tell of it where an article names none."""


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
    companies: tuple[str, ...]
    """Companies and lenders of the country, which act elsewhere too."""
    hubs: tuple[str, ...]
    """Cities of 200,000 people and more that are no places: their markets, offices and newsrooms speak of the whole world."""


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


def entries(minerals: Minerals, countries: Countries, organisations: Organisations, events: Events) -> Iterator[Entry]:
    """Every term of the data files, in each of its spellings."""
    yield from _minerals(minerals)
    for country in countries.countries:
        grades = (
            (NAME, country.names),
            (PEOPLE, country.people),
            (PLACE, country.places),
            (COMPANY, country.companies),
            (MARKET, country.hubs),
        )
        yield from _graded("country", country.id, *grades)
    yield from _graded("mask", "mask", (WEAK, countries.anti))
    for organisation in organisations.organisations:
        yield from _graded("organisation", organisation.name, (WEAK, organisation.terms))
    for event in events.types:
        yield from _graded("event", event.id, (SURE, event.sure), (USUAL, event.usual), (WEAK, event.weak))
    for name, terms in events.words.items():
        yield from _graded("word", name, (WEAK, terms))
    yield from _graded("negation", "negation", (WEAK, events.negations))


def _minerals(minerals: Minerals) -> Iterator[Entry]:
    for mineral in minerals.minerals:
        yield from _graded(
            "mineral", mineral.id, (SURE, mineral.sure), (USUAL, mineral.usual), (WEAK, (*mineral.weak, *mineral.sites))
        )
        for name in (*mineral.usual, *mineral.weak):
            compounds = [compound.replace("@", name) for compound in minerals.compounds]
            yield from _graded("mineral", mineral.id, (SURE, compounds))
    yield from _graded("context", "strong", (USUAL, minerals.context["strong"]))
    yield from _graded("context", "weak", (WEAK, minerals.context["weak"]))
    for domain, terms in minerals.anti.items():
        yield from _graded("anti", domain, (WEAK, terms))


def _graded(kind: Kind, ident: str, *grades: tuple[int, Iterable[str]]) -> Iterator[Entry]:
    for weight, terms in grades:
        for term in terms:
            for spelling in expand(term):
                yield kind, ident, weight, spelling
