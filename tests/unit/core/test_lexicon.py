"""The automaton: what hides what, and offsets."""

from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

import streams
from streams.core import lexicon as lx
from streams.core import lexicon_files as files
from streams.core.document import read
from streams.core.lexicon import LOOKED_AT, NOTHING, hidden, look, scan

DATA = Path(streams.__file__).parent / "data"
EVENT_TYPES = 13
MINERALS = 76


def decoded(name: str, cls: type[Any]) -> Any:  # noqa: ANN401 - any of the four types
    """One data file."""
    return msgspec.json.decode((DATA / name).read_bytes(), type=cls)


MINERAL_DATA: files.Minerals = decoded("minerals.json", files.Minerals)
COUNTRY_DATA: files.Countries = decoded("countries.json", files.Countries)
EVENT_DATA: files.Events = decoded("events.json", files.Events)
LEXICON = lx.build(MINERAL_DATA, COUNTRY_DATA, decoded("organisations.json", files.Organisations), EVENT_DATA)


def found(text: str, kind: str, title: str | None = None) -> list[tuple[str, str]]:
    """Id and spelling of the hits of one kind, a field of `Hits`."""
    document = read(title, text)
    return [(hit.id, document.full[hit.start : hit.end]) for hit in getattr(scan(LEXICON, document), kind)]


def test_the_longest_term_hides_the_shorter_one_in_it() -> None:
    """A silver medal is no silver; silver ore at the same place is one mention."""
    assert found("a silver medal, then silver ore and tin mined by hand", "minerals") == [("silver", "silver ore"), ("tin", "tin")]


def test_terms_stand_between_word_boundaries() -> None:
    """Tin is not in meeting, nor cobalt in cobalts."""
    assert found("meeting cobalts tin-clad cobalt's ore", "minerals") == [("tin", "tin"), ("cobalt", "cobalt")]


def test_a_term_with_capitals_needs_its_spelling_or_a_headline_in_capitals() -> None:
    """Polish people do not polish, and us is not the US."""
    assert found("Polish tin ore; polish it, trust us, US, TURKEY, turkey", "countries") == [
        ("POL", "Polish"),
        ("USA", "US"),
        ("TUR", "TURKEY"),
    ]


def test_a_symbol_is_not_excused_by_capitals() -> None:
    """LCE is lithium; Lce is not, and mhp is no precipitate."""
    assert found("LCE, Lce, mhp, MHP", "minerals") == [("lithium", "LCE"), ("cobalt", "MHP"), ("nickel", "MHP")]


def test_offsets_hold_in_title_and_text_whatever_lower_case_does_to_length() -> None:
    """A dotted capital I, which grows in lower case, shifts nothing."""
    assert found("İİİ copper mine", "minerals", title="İzmir: Nickel ore") == [("nickel", "Nickel ore"), ("copper", "copper mine")]


def test_two_words_of_a_sentence_make_an_event() -> None:
    """Stop and plant, in either order, are a disruption; over a full stop they are none."""
    assert ("supply_disruption", "halted work at its smelter") in found("The tin firm halted work at its smelter.", "events")
    assert ("supply_disruption", "smelter was halted") in found("The tin smelter was halted.", "events")
    assert found("A tin smelter. It halted.", "events") == [("supply_disruption", "halted")]
    assert found("A tin smelter\nhalted", "events") == [("supply_disruption", "halted")]


def test_an_article_that_names_no_mineral_is_not_looked_at_further() -> None:
    """Countries and events without a mineral are no hits."""
    assert scan(LEXICON, read(None, "China halted exports from the port.")) == NOTHING
    assert scan(LEXICON, read(None, "A silver medal from China")) == NOTHING


def test_what_hides_the_name_of_a_mineral_is_told() -> None:
    """A silver medal is one of sport; silver ore hides silver too, but means it."""
    document = read(None, "A silver medal and silver ore from the Greenbushes hills, lithium-ion fires in between")
    pairs = {document.full[name.start : name.end]: (name.id, over.id) for name, over in hidden(LEXICON, document)}
    assert pairs["silver"] == ("silver", "sport")
    assert pairs["lithium"] == ("lithium", "consumer")
    assert hidden(LEXICON, read(None, "silver ore")) == []
    assert look(LEXICON, read(None, "A silver spoon of tin")).minerals


def test_a_name_with_other_senses_is_looked_at_where_a_word_speaks_for_the_mineral() -> None:
    """Tin alone may be a can."""
    assert found("tin", "minerals") == []
    assert found("tin and its smelters", "minerals") == [("tin", "tin")]


def test_only_the_beginning_of_an_endless_text_is_looked_at() -> None:
    """What stands behind it is not found, and costs nothing."""
    assert found("x" * LOOKED_AT + " tin ore", "minerals") == []
    assert found("tin ore " + "x" * LOOKED_AT + " tin", "minerals") == [("tin", "tin ore")]


def test_a_name_of_several_words_is_found_without_any_of_one() -> None:
    """No mineral is named by one word of these alone."""
    assert found("rare earths and mixed hydroxide precipitate, _tin_", "minerals") == [
        ("ree", "rare earths"),
        ("cobalt", "mixed hydroxide precipitate"),
        ("nickel", "mixed hydroxide precipitate"),
        ("tin", "tin"),
    ]


def test_one_article_is_scanned_once() -> None:
    """Stages of a chain share one scan."""
    document = read("Copper", "Copper ore.")
    assert scan(LEXICON, document) is scan(LEXICON, document)


def test_single_rare_earths_and_platinum_metals_share_the_key_of_their_family() -> None:
    """All else is its own key."""
    keys = {mineral: lx.partition_key(LEXICON, mineral) for mineral in ("dysprosium", "ree", "rhodium", "pgm", "copper")}
    assert keys == {"dysprosium": "ree", "ree": "ree", "rhodium": "pgm", "pgm": "pgm", "copper": "copper"}


def test_every_mineral_is_on_known_lists_and_has_terms() -> None:
    """Ids are unique; each list has an authority, a title, a date and a source."""
    assert len(LEXICON.minerals) == len(MINERAL_DATA.minerals) == MINERALS
    known = {entry.id for entry in MINERAL_DATA.lists}
    assert all(entry.authority and entry.title and entry.date and entry.source for entry in MINERAL_DATA.lists)
    for mineral in MINERAL_DATA.minerals:
        assert set(mineral.lists) <= known
        assert mineral.sure or mineral.usual or mineral.weak
        assert mineral.family in {None, "ree", "pgm"}


def test_countries_have_alpha_3_codes_and_names() -> None:
    """Each code once, three capitals."""
    codes = [country.id for country in COUNTRY_DATA.countries]
    assert len(set(codes)) == len(codes)
    for country in COUNTRY_DATA.countries:
        assert len(country.id) == 3
        assert country.id.isupper()
        assert country.names or country.hubs


def test_events_are_the_contracts_types_and_pairs_name_known_classes() -> None:
    """A misspelt class or type in the data fails here."""
    types = {event.id for event in EVENT_DATA.types}
    assert len(types) == len(EVENT_DATA.types) == EVENT_TYPES
    for pair in EVENT_DATA.pairs:
        assert pair.event in types
        assert set(pair.words) <= EVENT_DATA.words.keys()


@settings(max_examples=200, deadline=None)
@given(st.text(), st.lists(st.sampled_from(["Copper", "silver medal", "halted", "mine", "US", "\n", ". ", "İ", "\ud800"])))
def test_hits_are_in_order_and_inside_the_article(text: str, words: list[str]) -> None:
    """Whatever the text, lone surrogates included."""
    document = read(None, text + " copper ore " + " ".join(words))
    found = scan(LEXICON, document)
    assert any(hit.id == "copper" for hit in found.minerals)
    for hits in found:
        assert list(hits) == sorted(hits, key=lambda hit: (hit.start, hit.end))
        assert all(0 <= hit.start < hit.end <= len(document.full) for hit in hits)
