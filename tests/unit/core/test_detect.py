"""The detect stage: behaviour cases a domain expert can read, and what holds for any text."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streams
from streams.core import lexicon as lx
from streams.core import lexicon_files as files
from streams.core.detect import detect
from streams.core.events import EventModel
from streams.core.records import ClassifiedArticle

DATA = Path(streams.__file__).parent / "data"
CASES = json.loads((Path(__file__).parents[2] / "cases" / "detect.json").read_text(encoding="utf-8"))


def decoded(name: str, cls: type[Any]) -> Any:  # noqa: ANN401 - any of the types
    """One data file."""
    return msgspec.json.decode((DATA / name).read_bytes(), type=cls)


LEXICON = lx.build(
    decoded("minerals.json", files.Minerals),
    decoded("countries.json", files.Countries),
    decoded("organisations.json", files.Organisations),
    decoded("events.json", files.Events),
)
MODEL = decoded("event_types.json", EventModel)


def article(text: str, title: str | None = None, mining: float = 0.0) -> ClassifiedArticle:
    """A classified article of which only title, text and the probability of mining matter."""
    return ClassifiedArticle(
        article_id="a",
        content_hash="h",
        title=title,
        text=text,
        language="en",
        removed={},
        topics=(),
        topic_scores={"mining": mining},
        model="m",
    )


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_what_an_article_says_is_what_is_found(case: dict[str, Any]) -> None:
    """Each case names everything expected of the fields it lists; the order of countries and minerals is free."""
    found = detect(article(case["text"], case.get("title")), LEXICON, MODEL)
    if not case["minerals"]:
        assert found is None
        return
    assert found is not None
    assert sorted(mineral.id for mineral in found.minerals) == case["minerals"]
    if "countries" in case:
        assert sorted(found.countries) == case["countries"]
    if "event_types" in case:
        assert list(found.event_types) == case["event_types"]
    if "organisations" in case:
        assert list(found.organisations) == case["organisations"]
    if "quantities" in case:
        assert [msgspec.to_builtins(quantity) for quantity in found.quantities] == case["quantities"]


def test_the_title_decides_which_mineral_comes_first() -> None:
    """The mineral in the headline is the primary one, and is said to be in the title."""
    text = "The mine ships copper concentrate and nickel ore. Copper output fell."
    assert detect(article(text), LEXICON, MODEL).primary_mineral == "copper"  # type: ignore[union-attr]
    found = detect(article(text, "Nickel ore piles up at the mine"), LEXICON, MODEL)
    assert found is not None
    assert found.primary_mineral == found.minerals[0].id == "nickel"
    assert found.minerals[0].in_title
    assert not found.minerals[1].in_title


def test_equal_salience_is_settled_by_the_order_of_the_data_file() -> None:
    """Two outlets that name the same minerals in another order choose the same key."""
    one = detect(article("Refiners bought gallium, germanium and indium for export."), LEXICON, MODEL)
    other = detect(article("Refiners bought indium, germanium and gallium for export."), LEXICON, MODEL)
    assert one is not None
    assert other is not None
    assert one.primary_mineral == other.primary_mineral == "gallium"


def test_in_an_article_about_mining_a_name_needs_little_context() -> None:
    """What the classifier knows of an article speaks for the sense of raw material."""
    text = "A court has stopped new permits for lithium until the river has been studied."
    assert detect(article(text), LEXICON, MODEL) is None
    found = detect(article(text, mining=0.9), LEXICON, MODEL)
    assert found is not None
    assert found.primary_mineral == "lithium"


def test_a_known_mine_tells_the_mineral_where_the_article_names_none() -> None:
    """Readers of the trade know what Escondida digs; beside a mineral that is named the mine adds none."""
    found = detect(
        article("Talks at Escondida have failed, and cathode shipments have stopped at the mine.", mining=0.9), LEXICON, MODEL
    )
    assert found is not None
    assert [mineral.id for mineral in found.minerals] == ["copper"]
    beside = detect(article("Escondida's owner bought a lithium mine in Argentina.", mining=0.9), LEXICON, MODEL)
    assert beside is not None
    assert [mineral.id for mineral in beside.minerals] == ["lithium"]


def test_a_mineral_named_once_deep_in_an_article_about_something_else_is_passing() -> None:
    """A word on copper mining late in a report on an election makes no mineral article."""
    text = "The candidates will meet again in December after a close vote. " * 8 + "The country's copper mines were not discussed."
    assert detect(article(text), LEXICON, MODEL) is None


def test_the_same_name_late_in_a_report_on_the_trade_matters() -> None:
    """An article full of mining words is about the mineral even when it names it once."""
    text = "The smelter and the refinery wait for concentrate; ore piles up at the open pit. " * 6 + "Copper mines are idle."
    found = detect(article(text), LEXICON, MODEL)
    assert found is not None
    assert found.primary_mineral == "copper"


def test_what_is_denied_did_not_happen() -> None:
    """A cue after a negation is no event."""
    found = detect(article("The copper mine averted a strike, and never saw force majeure."), LEXICON, MODEL)
    assert found is not None
    assert found.event_types == ()


def test_a_name_that_needs_context_is_doubted_where_other_things_are_spoken_of() -> None:
    """Among songs and medals one mine makes no silver; a name with an ore beside it is believed."""
    songs = "The singer, the album, the lyrics, the guitarist and the opera. " * 3
    assert detect(article(songs + "Antimony and silver were in it."), LEXICON, MODEL) is None
    found = detect(article("Copper ore fills the smelter. " + songs), LEXICON, MODEL)
    assert found is not None
    assert found.primary_mineral == "copper"


def test_a_negation_that_begins_a_cue_does_not_deny_it() -> None:
    """To allow no longer is to forbid."""
    found = detect(article("The cabinet will no longer allow unprocessed manganese ore to leave the country."), LEXICON, MODEL)
    assert found is not None
    assert "export_control" in found.event_types


def test_a_currency_is_no_country() -> None:
    """US$ does not bring the United States into it."""
    found = detect(article("The copper mine in Chile cost US$2 billion."), LEXICON, MODEL)
    assert found is not None
    assert found.countries == ("CHL",)


def test_a_list_of_producers_is_background() -> None:
    """Who else produces it comes after where it happens."""
    found = detect(
        article("The mine in Zambia halted copper output. Copper is also mined in Chile, Peru, Mexico and Poland."), LEXICON, MODEL
    )
    assert found is not None
    assert found.countries[0] == "ZMB"
    far = (
        "Copper from the mine in Zambia went to Poland. "
        + "The smelter waits for copper ore and concentrate. " * 4
        + "Chile and Peru wait too."
    )
    spread = detect(article(far), LEXICON, MODEL)
    assert spread is not None
    assert spread.countries[:2] == ("ZMB", "POL")


@pytest.mark.parametrize(
    ("title", "text", "where"),
    [
        (
            "Swedish group buys Polish copper mine",
            "The Swedish company pays $2 billion. The miners in Legnica have a new owner.",
            "POL",
        ),
        (
            "Japan's importers short of nickel",
            "Nickel to Japan, for Japan's mills, is late: a fire stopped a refinery in Finland, Finnish police said.",
            "FIN",
        ),
        (
            "Norway-listed miner halts shaft",
            "The Norway-based company closed its copper shaft in Zambia, a Zambian union said.",
            "ZMB",
        ),
    ],
)
def test_who_acts_and_who_receives_come_after_where_it_happens(title: str, text: str, where: str) -> None:
    """Being named first and most often is not enough: a buyer sits at home, and so does a customer."""
    found = detect(article(text, title), LEXICON, MODEL)
    assert found is not None
    assert found.countries[0] == where
    assert len(found.countries) > 1


def test_a_country_that_only_acts_is_still_where_it_happens_if_it_is_the_only_one() -> None:
    """There is no other."""
    found = detect(article("German companies and German buyers pay more for copper ore."), LEXICON, MODEL)
    assert found is not None
    assert found.countries == ("DEU",)


def test_prices_move_beside_a_stronger_event() -> None:
    """What made them move does not hide it; another event as weak beside it is background."""
    told = "Indonesia bans all exports of tin ore\nThe export ban starts in May, the ministry said."
    moved = detect(article(f"{told} Tin rose by 6 per cent."), LEXICON, MODEL)
    assert moved is not None
    assert set(moved.event_types) == {"export_control", "price_move"}
    found = detect(article(f"{told} A strike is over."), LEXICON, MODEL)
    assert found is not None
    assert "supply_disruption" not in found.event_types


def test_an_article_keeps_its_own_fields() -> None:
    """The record is the classified one, extended."""
    given_article = article("The copper mine exports ore.", "Copper")
    found = detect(given_article, LEXICON, MODEL)
    assert found is not None
    assert (found.article_id, found.title, found.text) == (given_article.article_id, given_article.title, given_article.text)


WORDS = [
    "copper",
    "Silver",
    "lithium-ion",
    "mine",
    "Chile",
    "US",
    "medal",
    "halted",
    "exports",
    "not",
    "12 Mt",
    "\n",
    ". ",
    "İ",
    "\ud800",
]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)), st.one_of(st.none(), st.text(max_size=40)))
def test_no_text_makes_it_raise_and_what_it_finds_is_in_order(text: str, title: str | None) -> None:
    """Salience is between 0 and 1 and falls; ids and codes are known; the same input gives the same output."""
    found = detect(article(text, title), LEXICON, MODEL)
    assert found == detect(article(text, title), LEXICON, MODEL)
    if found is None:
        return
    saliences = [mineral.salience for mineral in found.minerals]
    assert saliences == sorted(saliences, reverse=True)
    assert all(0 < salience <= 1 for salience in saliences)
    assert found.primary_mineral == found.minerals[0].id
    assert {mineral.id for mineral in found.minerals} <= LEXICON.minerals.keys()
    assert len(set(found.countries)) == len(found.countries)
    assert len(found.organisations) <= 20
    assert len(found.event_types) <= 3
