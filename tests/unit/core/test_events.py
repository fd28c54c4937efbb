"""Types of event: what cues and words add up to, and what is background."""

from math import log
from pathlib import Path

import msgspec
import pytest

import streams
from streams.core.document import Document, read
from streams.core.events import (
    EVENT_TYPES,
    LEAST_STEMS,
    READ,
    CueWeights,
    EventModel,
    contributions,
    cued,
    cues,
    probabilities,
    reported,
)
from streams.core.lexicon import Hit, Hits
from streams.core.records import EventType

NO_CUES = dict.fromkeys(EVENT_TYPES, 0.0)
SHIPPED = msgspec.json.decode((Path(streams.__file__).parent / "data" / "event_types.json").read_bytes(), type=EventModel)


def model(threshold: float = 0.5, **stems: dict[EventType, int]) -> EventModel:
    """A model of these stems, in which a point of a type's cues is a point of its log-odds and nothing happens otherwise."""
    return EventModel(
        threshold=threshold,
        types={event: CueWeights(bias=-3.0, cues=NO_CUES | {event: 1.0}) for event in EVENT_TYPES},
        stems={stem: tuple(row.get(event, 0) for event in EVENT_TYPES) for stem, row in stems.items()},
    )


def cue(document: Document, text: str, event: EventType, weight: int = 3) -> Hit:
    """A cue where the text first stands."""
    start = document.lower.index(text)
    return Hit(event, start, start + len(text), weight)


def test_an_event_is_reported_that_words_tell_without_a_cue() -> None:
    """Many ways of telling are in no list of cues."""
    document = read(None, "Pickets stand at the gate.")
    known = model(picket={"supply_disruption": 5000})
    assert reported(document, Hits(), known) == ("supply_disruption",)
    assert reported(read(None, "Flowers stand at the gate."), Hits(), known) == ()


def test_cues_and_words_add_up_to_log_odds() -> None:
    """A cue of weight 1 counts twice in the lead; few words count over the root of the least number."""
    document = read(None, "Pickets at the gate, and a strike.")
    known = model(picket={"supply_disruption": 200}, gat={"supply_disruption": 0})
    found = probabilities(document, Hits(events=(cue(document, "strike", "supply_disruption", 1),)), known)
    assert log(found["supply_disruption"] / (1 - found["supply_disruption"])) == pytest.approx(-3 + 2 + 2 / LEAST_STEMS**0.5)
    assert log(found["stockpile"] / (1 - found["stockpile"])) == pytest.approx(-3)


def test_what_is_far_less_probable_than_the_strongest_is_background() -> None:
    """Though it would be reported alone."""
    known = model(0.3, tariff={"trade_tariff": 1505}, walkou={"supply_disruption": 5000})
    assert reported(read(None, "A tariff."), Hits(), known) == ("trade_tariff",)
    assert reported(read(None, "A tariff, and a walkout."), Hits(), known) == ("supply_disruption",)
    dearer = model(0.3, dearer={"price_move": 1505}, walkou={"supply_disruption": 5000})
    assert reported(read(None, "It is dearer since the walkout."), Hits(), dearer) == ("supply_disruption", "price_move")


def test_no_more_than_three_types_are_reported() -> None:
    """Of equals the first of the list."""
    known = model(tin=dict.fromkeys(EVENT_TYPES, 5000))
    assert reported(read(None, "Tin."), Hits(), known) == EVENT_TYPES[:3]


def test_cues_alone_speak_of_types_that_no_model_weighs() -> None:
    """Strongest first, three at most, none far weaker than the strongest."""
    document = read(None, "A strike, a tariff and a stockpile.")
    found = (
        cue(document, "strike", "supply_disruption", 2),
        cue(document, "tariff", "trade_tariff", 3),
        cue(document, "stockpile", "stockpile", 1),
    )
    assert cued(document, Hits(events=found)) == ("trade_tariff", "supply_disruption")
    assert cued(document, Hits()) == ()


def test_words_of_a_denied_cue_do_not_count() -> None:
    """An averted strike is none, by its words either."""
    document = read(None, "The mine averted a strike.")
    known = model(strik={"supply_disruption": 5000})
    said = (cue(document, "strike", "supply_disruption"),)
    assert reported(document, Hits(events=said), known) == ("supply_disruption",)
    denial = cue(document, "averted", "supply_disruption")._replace(id="negation")
    assert reported(document, Hits(events=said, negations=(denial,)), known) == ()
    assert cues(document, Hits(events=said, negations=(denial,))) == {}


def test_what_comes_late_in_an_article_is_background() -> None:
    """Only the first words count."""
    known = model(picket={"supply_disruption": 5000})
    assert reported(read(None, "ore " * (READ - 1) + "pickets"), Hits(), known) == ("supply_disruption",)
    assert reported(read(None, "ore " * READ + "pickets"), Hits(), known) == ()


def test_the_explanation_adds_up_to_the_log_odds() -> None:
    """Nothing that counts is left out."""
    text = "Miners at the copper pit near Calama downed tools on Monday, and the union set up pickets on the road to the smelter."
    document = read("Copper pit stands still", text)
    hits = Hits(events=(cue(document, "downed tools", "supply_disruption"), cue(document, "union", "esg_conflict", 1)))
    found = probabilities(document, hits, SHIPPED)
    for event, parts in contributions(document, hits, SHIPPED).items():
        total = SHIPPED.types[event].bias + sum(weight for _, weight in parts)
        assert log(found[event] / (1 - found[event])) == pytest.approx(total)
