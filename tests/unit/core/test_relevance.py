"""Relevance and severity: behaviour cases and what holds for any article. The cases are invented."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.assets import Assets
from streams.core.classify import classify
from streams.core.detect import detect
from streams.core.document import read
from streams.core.lexicon import NOTHING, Hit, Hits, scan
from streams.core.records import CleanArticle, MineralArticle, MineralMention, Quantity
from streams.core.relevance import SEVERITIES, Linear, RelevanceModel, features, relevance, severity

MODEL = RelevanceModel(
    words={"export": "trade", "exports": "trade", "museum": "culture"},
    relevance=Linear(-1.0, {"salience": 2.0, "words:culture": -5.0}),
    threshold=0.5,
    severity=Linear(0.0, {"salience": 10.0}),
    limits=(1.0, 2.0, 3.0),
    evidence=Linear(0.0, {}),
)


NEWS = {
    "export ban": """Namibia has forbidden the export of unprocessed lithium ore with effect from Monday, the mines ministry
said. Companies that ship to China must build plants in the country or stop.""",
    "accident": """Production at a manganese mine in Gabon was suspended on Tuesday after a pit wall slid. The mine ships 3 million
tonnes of ore a year. The operator has declared force majeure.""",
    "investment": """A Swiss trader has agreed to pay $40 million for a tenth of a graphite mine and anode plant in northern
Sweden. Production of 15,000 tonnes a year is planned from 2029.""",
    "embargo": """China, the world's largest producer, has banned all exports of gallium with immediate effect in retaliation for
sanctions, the commerce ministry said. Prices soared to a record.""",
    "drilling": """The junior explorer said that a drill hole at its tin project in Tasmania cut 4 metres at 0.6 per cent tin.
Assays of two more holes are pending, and a scoping study may follow.""",
    "medal": """The relay team won a silver medal on Saturday and missed gold by a blade. The coach spoke of the best season in
years.""",
    "culture": """A walk through the old town shows tin roofs, copper gutters and a museum of toys. Guides leave from the square at
ten.""",
    "explainer": """What is cobalt, why do batteries need it and where is it mined? Our guide explains the ore, the smelter and the
chemistry step by step, and what you can do with your old phone.""",
    "meeting": """The directors of the nickel company invite shareholders to the annual general meeting on 4 May. The agenda
holds the accounts, the dividend, the auditor and the election of the chairman.""",
}


def article(title: str | None = None, text: str = "text", salience: float = 0.5, quantities: Sequence[str] = ()) -> MineralArticle:
    """A mineral article about tin."""
    return MineralArticle(
        article_id="a",
        content_hash="h",
        title=title,
        text=text,
        language="en",
        removed={},
        topics=("mining",),
        topic_scores={"mining": 0.9, "politics": 0.2, "sport": 0.0},
        model="m",
        minerals=(MineralMention(id="tin", name="tin", mentions=2, in_title=bool(title), salience=salience),),
        primary_mineral="tin",
        quantities=tuple(Quantity(text=unit, value=1.0, unit=unit) for unit in quantities),
        event_types=("export_control",),
    )


def found(tin: MineralArticle, hits: Hits = NOTHING) -> dict[str, float]:
    """The features of an article."""
    return features(tin, read(tin.title, tin.text), hits, MODEL)


def test_features_count_what_an_editor_would_look_for() -> None:
    """Cues, contexts, amounts and words enter as log(1 + n)."""
    values = found(
        article("Export ban", "Exports of tin end", quantities=("t", "t/y", "USD", "%")),
        Hits(
            minerals=(Hit("tin", 10, 13, 2),),
            events=(Hit("export_control", 0, 5, 3), Hit("price_move", 500, 505, 1)),
            context=(Hit("strong", 14, 17, 2),),
            against=(Hit("sport", 18, 20, 1),),
        ),
    )
    assert values["cues"] == pytest.approx(1.609, abs=0.001)
    assert (
        values["strong_cues"] == values["together"] == values["strong_context"] == values["anti"] == pytest.approx(0.693, abs=0.001)
    )
    assert values["cue_in_title"] == values["mineral_in_title"] == values["event:export_control"] == 1
    assert values["tonnes"] == values["words:trade"] == pytest.approx(1.099, abs=0.001)
    assert values["money"] == pytest.approx(0.693, abs=0.001)
    assert values["topic:mining"] == 0.9
    assert "words:culture" not in values


def test_what_a_headline_is_about_counts_by_itself() -> None:
    """A class of words in the title is a feature beside how often the whole article uses it."""
    values = found(article("Museum of tin", "Exports end"))
    assert values["title:culture"] == 1
    assert "title:trade" not in values
    assert values["words:trade"] == pytest.approx(0.693, abs=0.001)


def test_the_other_senses_count_by_their_domain() -> None:
    """Medals weigh otherwise than centrifuges."""
    values = found(article(), Hits(against=(Hit("sport", 0, 2, 1), Hit("sport", 2, 3, 1), Hit("arts", 3, 4, 1))))
    assert values["anti:sport"] == pytest.approx(1.099, abs=0.001)
    assert values["anti:arts"] == pytest.approx(0.693, abs=0.001)


def test_the_words_of_a_minerals_name_speak_for_nothing_else() -> None:
    """The coal of coking coal is no other commodity."""
    coal = replace(MODEL, words={"coal": "bulk"})
    tin = article(None, "coking coal and coal")
    named = Hits(minerals=(Hit("coking_coal", 0, 11, 3),))
    values = features(tin, read(tin.title, tin.text), named, coal)
    assert values["words:bulk"] == pytest.approx(0.693, abs=0.001)
    assert values["density"] == 25
    tin = article(None, "coking coal")
    assert "words:bulk" not in features(tin, read(tin.title, tin.text), named, coal)


def test_a_cue_before_or_after_the_mineral_is_together_with_it() -> None:
    """Within a sentence's length, on either side."""
    cues = tuple(Hit("price_move", start, start + 5, 1) for start in (100, 300, 500, 900))
    assert found(article(), Hits(minerals=(Hit("tin", 400, 403, 3),), events=cues))["together"] == pytest.approx(1.099, abs=0.001)


def test_relevance_is_a_probability_that_follows_the_weights() -> None:
    """More salience speaks for an alert, a museum against it."""
    assert relevance(found(article(salience=1.0)), MODEL) > 0.5 > relevance(found(article(salience=0.1)), MODEL)
    assert relevance(found(article(None, "The museum", 1.0)), MODEL) < 0.2
    assert 0 <= relevance({"salience": -1e9}, MODEL) <= relevance({"salience": 1e9}, MODEL) <= 1


@pytest.mark.parametrize(("salience", "expected"), [(0.05, "low"), (0.1, "medium"), (0.25, "high"), (0.3, "critical")])
def test_severity_grows_with_its_value(salience: float, expected: str) -> None:
    """Each limit opens the next step."""
    assert severity({"salience": salience}, MODEL) == expected


@given(st.text(), st.text())
def test_any_text_has_finite_features(title: str, text: str) -> None:
    """No article makes the model fail."""
    values = found(article(title, text))
    assert all(0 <= value < 100 for value in values.values())
    assert severity(values, MODEL) in SEVERITIES


@pytest.fixture
def judged(loaded: Assets) -> Callable[[str], tuple[bool, str]]:
    """Whether an article is sent, and its severity, by the shipped model, with the detect stage before it."""

    def judge(text: str) -> tuple[bool, str]:
        clean = CleanArticle(article_id="a", content_hash="h", text=text, language="en", removed={})
        found = detect(classify(clean, loaded.topics), loaded.lexicon, loaded.events)
        if found is None:
            return False, ""
        document = read(None, text)
        values = features(found, document, scan(loaded.lexicon, document), loaded.desk.relevance)
        return relevance(values, loaded.desk.relevance) >= loaded.desk.relevance.threshold, severity(values, loaded.desk.relevance)

    return judge


@pytest.mark.parametrize("name", ["export ban", "accident", "investment"])
def test_news_on_supply_is_sent(judged: Callable[[str], tuple[bool, str]], name: str) -> None:
    """Something happened that bears on a critical mineral."""
    assert judged(NEWS[name])[0]


@pytest.mark.parametrize("name", ["medal", "culture", "explainer", "meeting"])
def test_what_is_no_news_on_supply_is_not_sent(judged: Callable[[str], tuple[bool, str]], name: str) -> None:
    """Medals, culture, explainers and routine matters stay in the archive."""
    assert not judged(NEWS[name])[0]


def test_an_embargo_of_the_main_producer_is_graver_than_a_drill_hole(judged: Callable[[str], tuple[bool, str]]) -> None:
    """Severity orders what a desk would order."""
    embargo, hole = (SEVERITIES.index(judged(NEWS[name])[1]) for name in ("embargo", "drilling"))
    assert embargo >= hole + 2
