"""Tellings: what is kept of an article, and how two of them compare. The articles are invented."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.assets import Assets
from streams.core.document import read
from streams.core.stemming import Stems, stem
from streams.core.tellings import TERMS, StoryModel, Telling, Tree, compare, dateline, same_story, signature, telling

MODEL = StoryModel(
    common={"mine": 20, "said": 5},
    rare=60,
    turns=frozenset({"to end", "lifted"}),
    actions={"ban": "ban", "prohibits": "ban", "walkout": "strike"},
    trees=(Tree(splits=(("cosine", 0.5),) * 7, leaves=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 8.0)),),
    bias=-2.0,
    threshold=0.5,
)
AT = datetime(2026, 3, 1, tzinfo=UTC)


def terms(text: str, title: str | None = None, named: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The signature of an article."""
    return signature(read(title, text), named, (), MODEL)


def told(text: str, at: datetime | None = AT, countries: tuple[str, ...] = ("CHL",)) -> Telling:
    """The telling of an article about a strike."""
    return telling(("!supply_disruption", *terms(text)), MODEL, at, countries)


@pytest.mark.parametrize(
    ("one", "other"), [("exporters", "exported"), ("strikes", "strike"), ("mining", "mined"), ("companies", "compan")]
)
def test_inflections_of_a_word_agree(one: str, other: str) -> None:
    """Outlets inflect differently."""
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["7", "2026", "x", "march", "sept"])
def test_numbers_months_and_letters_are_no_words(word: str) -> None:
    """They are compared as dates and amounts, or not at all."""
    assert stem(word) == ""


def test_the_memory_for_stems_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that runs for months meets millions of words."""
    monkeypatch.setattr(Stems, "MOST", 2)
    stems = Stems()
    assert [stems[word] for word in ("mining", "mined", "strikes", "mined")] == ["min", "min", "strik", "min"]
    assert len(stems) <= 2


def test_rare_words_come_first_and_are_bounded() -> None:
    """What tells stories apart is kept when room is short."""
    found = terms("said said mine Zaldivar " + " ".join(f"x{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(200)))
    assert len(found) == TERMS
    assert "said" not in found


def test_amounts_and_days_are_terms_but_years_are_not() -> None:
    """`18,125 tonnes` and `16 October` identify an event, `2025` does not."""
    found = terms("From 16 October miners may ship 18,125 tonnes in 2025, or Oct. 17 at 8.5 per cent, 3 of 40.")
    assert {"@10-16", "@10-17", "#18125", "#8.5"} <= set(found)
    assert not {"#2025", "#3", "#40", "#16"} & set(found)


def test_no_day_is_read_where_there_is_none() -> None:
    """A month beside a year or an impossible day names no day."""
    assert not [term for term in terms("In May 2025, 45 March or march on") if term.startswith("@")]


def test_named_minerals_and_countries_are_left_out() -> None:
    """All stories of a mineral share its name."""
    assert "copper" not in terms("Copper rose in Quito", named=("copper",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SANTIAGO, May 12 (Cable) - Copper fell.", {"santiago", "may", "12", "cable"}),
        ("Kinshasa, 12 May \N{EN DASH} Miners struck.", {"kinshasa", "12", "may"}),
        ("PERTH -- A mine opened.", {"perth"}),
        ("Lusaka, Jan. 5 (Zed Wire): Power went.", {"lusaka", "jan", "5", "zed", "wire"}),
        ("Lithium prices - long depressed - rose.", set()),
        ("The mine stopped. PERTH - no.", set()),
        ("", set()),
    ],
)
def test_the_words_of_a_dateline_are_found(text: str, words: set[str]) -> None:
    """All that a bureau sends has them: they tell no stories apart."""
    assert dateline(text) == words


def test_a_turn_counts_in_the_opening_only() -> None:
    """That something ends is news when it is said first, background when it is said last."""
    assert terms("Miners agreed to end the strike")[0] == "~to end"
    assert not [term for term in terms("word " * 40 + "they agreed to end it") if term.startswith("~")]


def test_actions_of_the_opening_agree_in_other_words() -> None:
    """One outlet writes of a ban, another that the state prohibits."""
    one, other = told("Gabon plans a ban"), told("Libreville prohibits a walkout")
    assert (sorted(one.actions), sorted(other.actions)) == (["=ban"], ["=ban", "=strike"])
    features = compare(one, other, MODEL)
    assert (features["=ban"], features["=strike"], features["actions"]) == (2, 1, 0.5)
    assert not told("word " * 40 + "ban").actions


def test_amounts_may_differ_a_little_and_days_not_much() -> None:
    """Outlets round; a decision and what comes of it half a year later name other days."""
    one, other = told("18,125 tonnes from 16 October"), told("some 18,000 tons as of 22 February, 9.9.9 or 1.0.0")
    features = compare(one, other, MODEL)
    assert (features["near"], features["numbers"], features["apart"]) == (1, 0, 1)
    assert compare(told("28 December"), told("2 January"), MODEL)["apart"] == 0


def test_only_whether_both_times_are_known_counts() -> None:
    """How far apart two articles are is the window's matter; without a time the matcher knows that it knows less."""
    one = told("Dam bursts")
    times = (AT, AT + timedelta(days=60), None)
    assert [compare(one, told("Dam bursts", at), MODEL)["undated"] for at in times] == [0, 0, 1]


@given(st.text(), st.text())
def test_any_text_has_a_signature_of_distinct_terms(title: str, text: str) -> None:
    """No article makes the matcher fail, and none fills its memory."""
    found = terms(text, title)
    assert len(found) <= TERMS
    assert len(set(found)) == len(found)


@given(st.text(), st.text())
def test_comparison_is_symmetric(one: str, other: str) -> None:
    """Which article came first decides nothing."""
    assert compare(told(one), told(other, None), MODEL) == compare(told(other, None), told(one), MODEL)


def test_equal_texts_are_most_alike() -> None:
    """A syndicated copy has all terms in common."""
    text = "Workers at Spence walked out over pay, the union said."
    features = compare(told(text), told(text), MODEL)
    assert features["cosine"] == pytest.approx(1)
    assert features["overlap"] == pytest.approx(1)
    assert same_story(told(text), told(text), MODEL) > 0.99


def test_nothing_in_common_is_another_story() -> None:
    """Empty signatures divide by nothing."""
    assert same_story(told(""), told("Dam bursts"), MODEL) == pytest.approx(1 / (1 + 2.718281828**2), rel=1e-6)


def test_articles_without_a_word_to_compare_resemble_none() -> None:
    """Not each other either: nothing is known of them."""
    row = compare(told(""), told(""), MODEL)
    assert row["cosine"] == row["overlap"] == row["lead"] == 0.0


def test_context_is_compared_by_id() -> None:
    """First country, shared countries, families of events, turns and missing times are features."""
    strike, end = told("Strike begins"), told("Export ban lifted", None, ("PER", "CHL"))
    features = compare(strike, end, MODEL)
    assert (features["place"], features["countries"], features["family"]) == (0, 0.5, 1)
    assert (features["turn"], features["undated"], features["government"]) == (1, 1, 0)
    quota = telling(("!policy_regulation",), MODEL, AT, ("IDN",))
    ban = telling(("!export_control", "!price_move"), MODEL, AT, ("IDN",))
    assert (compare(quota, ban, MODEL)["government"], compare(quota, ban, MODEL)["cosine"]) == (1, 0)
    nothing = telling((), MODEL, None, ())
    assert (compare(nothing, nothing, MODEL)["place"], compare(nothing, nothing, MODEL)["context"]) == (0, 0)


def test_types_of_event_stand_in_a_signature() -> None:
    """So that a story told by an earlier service is compared by what that service read, not by a newer model's types."""
    assert signature(read(None, "Strike begins"), (), ("trade_tariff", "price_move"), MODEL)[:2] == ("!price_move", "!trade_tariff")


def test_the_shipped_model_knows_a_retold_strike_from_another(loaded: Assets) -> None:
    """In other words and with other numbers it is the same event; elsewhere and with other names it is not."""
    model = loaded.desk.stories

    def tell(text: str, country: str) -> Telling:
        return telling(signature(read(None, text), ("copper",), (), model), model, AT, (country,))

    first = tell("Some 1,100 members of Union No. 2 at the Quebrada Honda copper mine downed tools on Monday over bonuses.", "CHL")
    again = tell("Quebrada Honda stands still: about 950 workers began a strike for higher bonuses, their union said.", "CHL")
    other = tell("Rain has flooded the Antakori pit and the road to the port; the operator sent its crews home.", "PER")
    assert same_story(first, again, model) >= model.threshold
    assert same_story(first, other, model) < model.threshold
