"""Classification with a tiny model written here, and with the one that ships."""

from dataclasses import replace
from math import exp, log1p
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import streams
from streams.core.classify import (
    READ,
    TOPICS,
    ActorClass,
    Calibration,
    Industry,
    TopicModel,
    actions,
    classify,
    contributions,
    probabilities,
)
from streams.core.packed import LIMIT
from streams.core.records import CleanArticle

EVEN = Calibration(slope=0.01, offset=0.0, threshold=0.5, unknown=0.1)
TINY = TopicModel(
    version="topics-tiny",
    minimum_coverage=0.25,
    calibration=dict.fromkeys(TOPICS, EVEN),
    industry=Industry(
        opening=2,
        lead=6,
        offset=-2.0,
        log_odds=1.0,
        classes={
            "state": ActorClass(opening=4.0, lead=2.0, words=("ghana", "cabinet", "ban")),
            "act": ActorClass(opening=1.0, lead=1.0, words=("ban",)),
            "business": ActorClass(opening=-2.0, lead=-1.0, words=("company",)),
        },
    ),
    features={
        "smelter": (500, -200, -300),
        "minister": (-100, 500, -300),
        "goalkeeper": (-300, -300, 500),
    },
)


def article(text: str, title: str | None = None, url: str | None = None) -> CleanArticle:
    """A clean article with this text."""
    return CleanArticle(article_id="a", content_hash="0", title=title, text=text, url=url, language="en", removed={})


def test_the_topic_of_the_known_word_is_given() -> None:
    """One clear word, one topic, and a high probability for it alone."""
    found = classify(article("The smelter."), TINY)
    assert found.topics == ("mining",)
    assert found.topic_scores["mining"] > 0.9
    assert found.topic_scores["sport"] < 0.1
    assert found.model == "topics-tiny"


def test_an_article_can_have_several_topics_or_none() -> None:
    """Topics are judged one by one, and come sorted."""
    assert classify(article("Minister shuts smelter."), TINY).topics == ("mining", "politics")
    assert (
        classify(
            article("Goalkeeper, smelter, minister."), replace(TINY, calibration=dict.fromkeys(TOPICS, replace(EVEN, offset=-5.0)))
        ).topics
        == ()
    )


def test_the_title_counts_as_well_as_the_text() -> None:
    """A word in the title is known like one of the text."""
    assert classify(article("Nothing more.", title="Goalkeeper leaves"), TINY).topics == ("sport",)


def test_the_outlet_says_nothing() -> None:
    """The address of the article does not change its scores."""
    assert (
        classify(article("The smelter.", url="https://sport.example/goalkeeper"), TINY).topic_scores
        == classify(article("The smelter."), TINY).topic_scores
    )


def test_a_text_with_too_few_known_words_gets_no_topic_and_low_scores() -> None:
    """One word of eight is known: below the minimum of a quarter nothing is guessed."""
    found = classify(article("Das ist ein smelter und mehr nicht heute."), TINY)
    assert found.topics == ()
    assert set(found.topic_scores.values()) == {0.1}
    assert classify(article(""), TINY).topics == ()


def test_a_word_counts_once() -> None:
    """Repeating a word changes nothing: a list of one kind of word would drown the article."""
    once = probabilities(("minister", "smelter"), TINY)
    assert probabilities(("smelter",) * 9 + ("minister",), TINY) == once


def test_what_comes_after_the_words_that_are_read_changes_nothing() -> None:
    """A long article is judged by its beginning."""
    words = ("smelter", "goalkeeper") * (READ // 2)
    assert probabilities((*words, "minister"), TINY) == probabilities(words, TINY)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_weights_do_not_run_into_one_another(sign: int) -> None:
    """A text of as many extreme words as are read has the scores of its words."""
    words = [f"w{number}" for number in range(READ)]
    model = replace(TINY, features=dict.fromkeys(words, (sign * LIMIT, -sign * LIMIT, sign * LIMIT)))
    scores = probabilities(tuple(words), model)
    assert [scores[topic] > 0.5 for topic in ("mining", "sport")] == [sign > 0] * 2
    parts = contributions(article(" ".join(words)), model)
    assert sum(part for _, part in parts["sport"]) == pytest.approx(sign * 0.01 * LIMIT * READ / READ**0.5, rel=0.01)


def test_contributions_name_the_strongest_features_first() -> None:
    """Each word of the article that the model knows, with what it adds to the log-odds; the sum is the score's."""
    parts = contributions(article("Goalkeeper meets minister, minister."), TINY)
    assert [name for name, _ in parts["sport"]] == ["goalkeeper", "minister"]
    assert [part for _, part in parts["sport"]] == pytest.approx([5 / 2**0.5, -3 / 2**0.5], abs=1e-4)
    assert parts["mining"][0][0] == "goalkeeper"
    assert contributions(article("Nothing that is known."), TINY) == {topic: [] for topic in TOPICS}


def test_contributions_to_politics_in_industry_news_name_who_acts() -> None:
    """Classes of words stand beside the words, and only where the article is about mining."""
    parts = dict(contributions(article("Ghana ban: smelter."), TINY)["politics"])
    assert parts["state (opening)"] > parts["act (opening)"] > 0
    assert "business (lead)" not in parts
    assert (
        abs(dict(contributions(article("Ghana ban: goalkeeper."), TINY)["politics"])["state (opening)"])
        < parts["state (opening)"] / 5
    )


def test_contributions_to_politics_in_industry_news_add_up() -> None:
    """They are the parts of that model's log-odds: in news that is surely of industry, of the score's."""
    model = replace(TINY, industry=replace(TINY.industry, log_odds=0.5, offset=0.0))
    told = article("Ghana ban: smelter, cabinet.")
    log_odds = sum(part for _, part in contributions(told, model)["politics"])
    assert 1 / (1 + exp(-log_odds)) == pytest.approx(classify(told, model).topic_scores["politics"], abs=0.01)


def test_words_that_show_who_acts_are_counted_in_the_opening_and_in_the_lead() -> None:
    """A word of two classes counts in both, those of the opening in the lead too, those after the lead not at all."""
    counts = actions(("ghana", "smelter", "ban", "company", "company", "a", "cabinet", "cabinet"), TINY.industry)
    assert counts == pytest.approx([log1p(number) for number in (1, 2, 0, 1, 0, 2)])


def test_industry_news_in_which_a_state_acts_is_politics_too() -> None:
    """The same words do not make politics where a company acts, or where the news is of another industry."""
    assert classify(article("Ghana ban: smelter."), TINY).topics == ("mining", "politics")
    assert classify(article("Company: smelter. Ghana."), TINY).topics == ("mining",)
    assert classify(article("Ghana ban: goalkeeper."), TINY).topics == ("sport",)


@given(st.text(), st.lists(st.sampled_from([*TINY.features, "ghana", "company", "a", "é"])))
def test_scores_are_probabilities_for_any_text(title: str, words: list[str]) -> None:
    """Whatever the text, there are three scores between 0 and 1, and topics are those above the threshold."""
    found = classify(article(" ".join(words), title=title), TINY)
    assert tuple(found.topic_scores) == TOPICS
    assert all(0 <= score <= 1 for score in found.topic_scores.values())
    assert found.topics == tuple(topic for topic in TOPICS if found.topic_scores[topic] >= 0.5)


@pytest.fixture(scope="module")
def shipped() -> TopicModel:
    """The model that ships."""
    return msgspec.json.decode((Path(streams.__file__).parent / "data" / "topics.json").read_bytes(), type=TopicModel)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        (
            "The smelter cut its zinc output after the mine flooded, and the company declared force majeure.",
            ("mining",),
        ),
        ("Lawmakers rejected the government's budget, and the prime minister called an election for June.", ("politics",)),
        ("The goalkeeper saved two penalties as the visitors won the cup final in extra time.", ("sport",)),
        (
            "The president signed a decree that bans lithium exports, the mines minister told parliament.",
            ("mining", "politics"),
        ),
        (
            "Ghana will no longer let raw manganese leave the country, the presidency said after a meeting of the cabinet.",
            ("mining", "politics"),
        ),
        ("Japan joins an alliance of governments for critical minerals, its foreign ministry confirmed.", ("mining", "politics")),
        (
            "The explorer has its drilling licence from the ministry, and the company's shares rose; assays are due in May.",
            ("mining",),
        ),
        ("The singer's new album has gone platinum, and her band tours the country's theatres in spring.", ()),
        ("Researchers gave patients a vitamin with zinc and found that their colds were no shorter.", ()),
    ],
)
def test_the_shipped_model_knows_plain_cases(shipped: TopicModel, text: str, topics: tuple[str, ...]) -> None:
    """Plain news of each kind gets its topics, and metals as a figure of speech none."""
    assert classify(article(text), shipped).topics == topics


@pytest.mark.parametrize(
    "text",
    [
        "Die Bundesregierung hat am Dienstag beschlossen, die Förderung von Kupfer im Erzgebirge mit neuen Mitteln zu fördern.",
        "Le gouvernement a annoncé mardi que les mineurs de la région pourront reprendre le travail dès la semaine prochaine.",
        "El ministro dijo el martes que la empresa deberá pagar más regalías por el litio que extrae del salar.",
    ],
)
def test_the_shipped_model_does_not_guess_in_other_languages(shipped: TopicModel, text: str) -> None:
    """Too few words of these are English: no topic."""
    assert classify(article(text), shipped).topics == ()
