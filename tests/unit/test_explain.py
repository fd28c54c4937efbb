"""What `lodestream explain` says of an article is what the pipeline did with it, and is fit for a terminal."""

import io
import json
import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from streams import cli, inputs, topics
from streams.assets import Assets
from streams.codec import decode
from streams.core import document, minerals, places
from streams.core.classify import TOPICS, contributions, probabilities
from streams.core.detect import detect
from streams.core.lexicon import look, scan
from streams.core.records import Alert, ClassifiedArticle, CleanArticle, MineralArticle, Reason
from streams.core.relevance import Linear, RelevanceModel, features, relevance
from streams.core.stories import StoryIndex
from streams.errors import LodestreamError
from streams.explain.alerting import GIVEN, importance, probability, sufficient, turning_features
from streams.explain.cleaning import ADVICE, SHOWN
from streams.explain.detection import detection
from streams.explain.run import heading, sections
from streams.explain.section import show
from streams.explain.topics import turning_words
from streams.explain.trace import Trace, follow
from streams.explain.turning import log_odds, turning
from streams.inputs import Input
from streams.topology import STAGES, Context, Message, Origin, process

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))

WORDS = [
    *("lithium", "mine", "silver", "medal", "won", "tonnes", "of", "cobalt", "Greenbushes", "export", "ban", "Chile", "suspended"),
    *(
        "exports",
        ".",
        "\n",
        "<p>",
        "</p>",
        "price",
        "ministry",
        "Congo",
        "copper",
        "album",
        "5,000",
        "$3",
        "Share",
        "Advertisement",
    ),
    *("rare", "earths", "Kiruna", "not"),
]


def events() -> list[Input]:
    """All samples, named as `explain` names them."""
    return list(inputs.read([str(SAMPLES)]))


def traced(loaded: Assets, wanted: str, *given: Input) -> Trace:
    """The way of one sample, or of one of the given articles."""
    return follow(given or events(), wanted, loaded, lambda _: None)


def shown(trace: Trace, loaded: Assets, width: int = 100) -> str:
    """The explanation as it is piped."""
    file = io.StringIO()
    show(Console(file=file, width=width, highlight=False), heading(trace), sections(trace, loaded))
    return file.getvalue()


def explained(loaded: Assets, name: str, width: int = 100) -> str:
    """The explanation of a sample; spaces and line ends count as one."""
    return " ".join(shown(traced(loaded, name), loaded, width).split())


def article(identifier: str, body: str, **fields: str) -> Input:
    """A raw event."""
    return Input(orjson.dumps({"id": identifier, "body": body, **fields}), f"test:{identifier}")


@pytest.fixture(scope="module")
def replayed(loaded: Assets) -> dict[str, list[Message]]:
    """What the pipeline publishes for each sample, in one run over all of them."""
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    return {
        event.name: process(STAGES, Origin(topics.RAW, 0, offset, None, event.value, (), None), context)
        for offset, event in enumerate(events())
    }


@pytest.mark.parametrize("name", [event.name for event in events()])
def test_an_explanation_is_of_what_the_pipeline_does(loaded: Assets, replayed: dict[str, list[Message]], name: str) -> None:
    """Whatever is refused, published or told is what the explanation is about, byte for byte."""
    trace = traced(loaded, name)
    published = {message.topic: message for message in replayed[name]}
    for topic, cls, made in (
        (topics.CLEAN, CleanArticle, trace.clean),
        (topics.CLASSIFIED, ClassifiedArticle, trace.classified),
        (topics.MINERALS, MineralArticle, trace.minerals),
        (topics.ALERTS, Alert, trace.alert),
    ):
        assert made == (decode(published[topic].value, cls) if topic in published else None)
    if topics.DEAD_LETTER in published:
        assert trace.refused is not None
        headers = dict(published[topics.DEAD_LETTER].headers)
        assert (headers["dl_stage"].decode(), headers["dl_reason"].decode()) == (trace.refused[0], trace.refused[1].reason)
    else:
        assert trace.refused is None


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_shown_of_a_decision_is_that_decision(loaded: Assets, name: str) -> None:
    """Mentions that are marked as accepted, countries with points and the likeliest story are those of the records."""
    trace = traced(loaded, str(SAMPLES / name) if "." in name else name)
    assert trace.classified is not None
    read = document.read(trace.classified.title, trace.classified.text)
    hits = look(loaded.lexicon, read)
    judged = minerals.judged(loaded.lexicon, read, hits, trace.classified.topic_scores["mining"])
    accepted = [mention.hit.id for mention in judged if mention.accepted]
    found = trace.minerals.minerals if trace.minerals else ()
    assert {mineral.id: mineral.mentions for mineral in found} == {mineral.id: accepted.count(mineral.id) for mineral in found}
    if trace.minerals:
        points = places.weighed(read, hits.countries)
        assert [*trace.minerals.countries] == sorted(trace.minerals.countries, key=lambda country: -points[country])
    if trace.alert:
        likely = [near.latest.story_id for near in trace.nearby if near.probability >= near.least]
        assert likely[:1] == ([trace.alert.story_id] if trace.alert.kind == "update" else [])


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if EXPECTED[name]["gone"]))
def test_every_removed_line_is_shown(loaded: Assets, name: str) -> None:
    """What an editor expects to be gone stands in the explanation; characters that were repaired do not."""
    text = explained(loaded, str(SAMPLES / name) if "." in name else name, width=140)
    cleaned = text[: text.index("TOPICS")]
    assert [gone for gone in EXPECTED[name]["gone"] if gone not in cleaned and "â" not in gone] == []


def test_removed_lines_are_as_many_as_the_record_counts(loaded: Assets) -> None:
    """One row for each line that went, under its reason."""
    trace = traced(loaded, "antimony-2")
    (cleaned, *_) = sections(trace, loaded)
    assert trace.clean is not None
    rows = list(cleaned.rows)[-sum(trace.clean.removed.values()) :]
    assert {row.label for row in rows} - {""} == {reason.replace("_", " ") for reason in trace.clean.removed}


def test_more_removed_lines_than_fit_are_counted(loaded: Assets) -> None:
    """A page of adverts does not push the rest off the screen."""
    text = "The miner shipped ore to the port on Monday, as it has done every week for many years, said its manager."
    trace = traced(loaded, "a", article("a", "\n".join([text, *["ADVERTISEMENT"] * (SHOWN + 7)])))
    assert "and 7 more" in shown(trace, loaded)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("antimony-2", "from the line above the prose that shares most words with it"),
        ("antimony-2", "kesselmetalswire.example from the source field"),
        ("antimony-3", "from the HTML page"),
        ("antimony-3", "northgatecourier.example from the url"),
        ("antimony-3", "not main text"),
        ("silver-medal", "part of “won silver”, which means something else (sport)"),
        ("silver-medal", "no critical mineral as a raw material: the article ends here"),
        ("coalition-talks", "no critical mineral's name, ore, product or site occurs"),
        ("litio-salar", "too few of its words are known to judge it"),
        ("bitcoin-mining", "no topic"),
        ("antimony-1", "a new story"),
        ("antimony-2", "China stops antimony exports until the end of the year"),
    ],
)
def test_the_reason_is_named(loaded: Assets, name: str, said: str) -> None:
    """A person finds out what decided."""
    assert said in explained(loaded, name, width=140)


@pytest.mark.parametrize("number", range(1, 18))
def test_a_refused_article_is_explained(loaded: Assets, number: int) -> None:
    """The reason, and what its producer can do."""
    path = SAMPLES / "refused.jsonl"
    reason = json.loads((SAMPLES / "refused-reasons.json").read_text(encoding="utf-8"))[number - 1]
    text = explained(loaded, f"{path}:{number}", width=400)
    assert f"CLEAN refused: {reason}" in text
    assert ADVICE[reason] in text
    assert "TOPICS" not in text


def test_there_is_advice_for_every_reason() -> None:
    """A new reason for refusals needs words for its producer."""
    assert set(ADVICE) == set(get_args(Reason))


def test_an_empty_text_shows_what_was_taken_for_furniture(loaded: Assets) -> None:
    """Who sees `no_text` wants to know what was there."""
    text = shown(traced(loaded, "a", article("a", "Share\nTweet\nADVERTISEMENT")), loaded)
    assert "refused: no_text" in text
    assert "Tweet" in text


def test_a_page_without_text_shows_its_links(loaded: Assets) -> None:
    """The navigation is all that the page has."""
    page = "<html><body><nav><a href='/a'>Home page</a> <a href='/b'>Mining news</a></nav></body></html>"
    text = shown(traced(loaded, "a", article("a", page)), loaded)
    assert "not main text" in text
    assert "Mining news" in text


def test_the_text_of_structured_data_is_said_to_be_that(loaded: Assets) -> None:
    """A page built by a script shows nothing; its JSON-LD does."""
    body = "The ministry in Kinshasa suspended all exports of cobalt hydroxide for three months, it said on Monday. " * 4
    page = (
        f'<html><script type="application/ld+json">{{"articleBody": "{body}"}}</script><body><p>Loading the page.</p></body></html>'
    )
    assert "JSON-LD" in shown(traced(loaded, "a", article("a", page)), loaded)


def test_times_and_languages_that_are_missing_or_claimed_are_said(loaded: Assets) -> None:
    """Where a time or language comes from matters for stories and for the model."""
    body = "The ministry suspended all exports of cobalt hydroxide for three months, it said in a statement on Monday."
    text = shown(traced(loaded, "a", article("a", body, language="fr", fetched_at="2026-01-02T03:04:05Z")), loaded, 160)
    assert "the scraper claims fr; detection decides" in text
    assert "its story is looked for by when it was fetched, 2026-01-02 03:04 UTC" in text
    assert "too short or too odd to tell" in shown(traced(loaded, "b", article("b", "Tin.")), loaded)
    page = f'<html><meta property="article:published_time" content="2026-01-02T03:04:05Z"><body><p>{body}</p></body></html>'
    assert "2026-01-02 03:04 UTC  from the HTML page" in shown(traced(loaded, "c", article("c", page)), loaded)
    assert "from the HTML page" not in shown(traced(loaded, "d", article("d", page, published_at="2026-01-01")), loaded)


def test_without_the_named_words_a_topic_turns_and_with_any_of_them_it_does_not(loaded: Assets) -> None:
    """What is said to turn a decision does, in the stage's own arithmetic, and none of it is too much."""
    turned = 0
    for trace, topic in product((traced(loaded, name) for name in sorted(EXPECTED) if "." not in name), TOPICS):
        assert trace.classified is not None
        words = document.read(trace.classified.title, trace.classified.text).words
        parts = contributions(trace.classified, loaded.topics)
        named = turning_words(topic, words, parts[topic], loaded.topics) or []
        turned += bool(named)
        threshold = loaded.topics.calibration[topic].threshold
        applies = topic in trace.classified.topics
        for left_out in (named, *([word for word in named if word != kept] for kept in named)):
            rest = tuple(word for word in words if word not in left_out)
            assert (probabilities(rest, loaded.topics)[topic] >= threshold) == (applies != (left_out is named and bool(named)))
    assert turned > len(TOPICS)


@pytest.mark.parametrize("name", [name for name in sorted(EXPECTED) if EXPECTED[name]["minerals"] and "." not in name])
def test_without_the_named_features_the_alert_turns(loaded: Assets, name: str) -> None:
    """What is said to turn the alert does, and each feature said to suffice would have made it one."""
    trace = traced(loaded, name)
    if trace.minerals is None:
        pytest.skip("no mineral was found in it")
    read, model = document.read(trace.minerals.title, trace.minerals.text), loaded.desk.relevance
    found = features(trace.minerals, read, scan(loaded.lexicon, read), model)
    sent = relevance(found, model) >= model.threshold
    named = turning_features(found, model)
    if named is not None:
        assert not GIVEN.intersection(named)
        assert (
            relevance({feature: value for feature, value in found.items() if feature not in named}, model) >= model.threshold
        ) != sent
    for feature in [] if sent else sufficient(found, model):
        assert relevance({**found, feature: 1.0}, model) >= model.threshold


def test_what_would_have_made_an_alert_of_it_is_said() -> None:
    """The one thing that the article lacks; and how little it would have mattered."""
    lacking = Linear(-2.0, {"event:stockpile": 3.0, "event:price_move": 1.0})
    model = RelevanceModel({}, lacking, 0.5, Linear(0.1, {}), (0.4, 1.4, 2.3), Linear(0.0, {}))
    read = document.read(None, "Nothing")
    rows = [*probability({"cues": 1.0}, read, model), *importance({"cues": 1.0}, read, model, sent=False)]
    said = [str(row.content) for row in rows]
    assert "with any of event:stockpile" in said
    assert "would be low 0.10  0.30 below medium (0.4)" in said


def test_the_fewest_reasons_are_the_ones_needed() -> None:
    """Reasons taken on the way are put back when later ones suffice; too many give none."""
    weights = {"a": 3, "b": 2, "c": 4, "d": 1}

    def needs(least: int) -> Callable[[Collection[str]], bool]:
        return lambda left_out: sum(weights[name] for name in left_out) >= least

    assert turning("abcd", needs(3), 4) == ["a"]
    assert turning("abcd", needs(7), 4) == ["a", "c"]
    assert turning("abcd", needs(10), 4) == ["a", "b", "c", "d"]
    assert turning("abcd", needs(11), 4) is None
    assert turning("abcd", needs(10), 3) is None
    assert turning("", needs(0), 4) is None


def test_log_odds_of_certainty_are_infinite() -> None:
    """No probability is too certain to be shown."""
    assert log_odds(0.5) == 0
    assert (log_odds(0.0), log_odds(1.0)) == (float("-inf"), float("inf"))


def test_an_article_told_already_is_said_to_be(loaded: Assets) -> None:
    """The same content under another id gives no alert; the explanation names the one that was."""
    (first,) = [event for event in events() if b'"antimony-1"' in event.value]
    again = orjson.dumps({**orjson.loads(first.value), "id": "again", "url": "https://other.example/a"})
    trace = traced(loaded, "again", first, Input(again, "test:2"))
    assert trace.alert is None
    text = shown(trace, loaded)
    assert "no alert: told already" in text
    assert "for antimony-1" in text


def test_an_article_of_a_muted_outlet_is_said_to_be(loaded: Assets) -> None:
    """Who muted an outlet is reminded of it."""
    muted = replace(loaded, desk=replace(loaded.desk, muted=(".the harbour ledger",)))
    trace = traced(muted, "antimony-1")
    assert trace.alert is None
    assert "no alert: its outlet is muted in desk.json" in shown(trace, muted)


def minerals_in(loaded: Assets, text: str, title: str | None = None) -> str:
    """What is said of the minerals in an article that is not about mining."""
    classified = ClassifiedArticle(
        article_id="a", content_hash="h", title=title, text=text, language="en", removed={}, topics=(), topic_scores={}, model="m"
    )
    file = io.StringIO()
    section = detection(classified, detect(classified, loaded.lexicon, loaded.events), loaded)
    show(Console(file=file, width=100, highlight=False), Text(""), [section])
    return " ".join(file.getvalue().split())


def test_a_site_counts_only_where_no_mineral_is_named(loaded: Assets) -> None:
    """A mine known for its mineral is no mention beside the mineral's own name."""
    site = next(site for site in loaded.lexicon.minerals["lithium"].sites if site.isalpha())
    rest = "to refiners in China on Monday, and its miners dug ore."
    named = minerals_in(loaded, f"The lithium mine at {site} shipped 5,000 tonnes of lithium carbonate {rest}")
    assert "it counts only where no mineral is named" in named
    alone = minerals_in(loaded, f"The mine at {site} shipped 5,000 tonnes of ore and concentrate {rest}")
    assert "+ lithium" in alone
    assert "it counts only where no mineral is named" not in alone


def test_a_mention_is_believed_where_another_one_is(loaded: Assets) -> None:
    """Who has said tonnes of lithium means the same by lithium later."""
    between = "The crew sang on deck and played cards all night long. " * 8
    assert "another mention of the same mineral has the context" in minerals_in(
        loaded, f"The ship carried tonnes of lithium. {between}Lithium, they said."
    )


def test_a_mention_without_context_is_said_to_need_some(loaded: Assets) -> None:
    """How much there is, and how much would do."""
    text = minerals_in(loaded, "She bought a titanium spoon.")
    assert "- titanium" in text
    assert "words of mining and trade: 0 near it, 0 in all; needs " in text


def test_words_for_another_sense_are_named(loaded: Assets) -> None:
    """Medals and songs speak against an ambiguous name."""
    text = minerals_in(loaded, "The swimmer took medals and the medallist smiled. Her silver was the third of the olympic week.")
    assert "words for another sense outweigh mining and trade" in text
    assert "medallist" in text


def test_a_mineral_named_in_passing_is_said_to_be(loaded: Assets) -> None:
    """Named once, late, in an article about something else; or once beside one named fifty times."""
    before = "The town council met on Monday, and its chairwoman thanked all who had helped after the storm in May. " * 5
    assert "named in passing: up to 0.2" in minerals_in(loaded, f"{before}One of them collects spodumene.", "After the storm")
    before = "The copper mine shipped copper concentrate, and copper prices rose on Monday. " * 16
    assert "named in passing: below 0.06" in minerals_in(loaded, f"{before}It has spodumene too.", "Copper mine ships")


@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize("name", ["antimony-2", "gallium-licence", "rare-earth-explainer", "litio-salar"])
def test_an_explanation_keeps_to_the_width(loaded: Assets, name: str, width: int) -> None:
    """Nothing wraps where the terminal would, and nothing trails."""
    for line in shown(traced(loaded, name), loaded, width).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.binary(max_size=200) | st.text(max_size=300).map(lambda text: json.dumps({"body": text, "title": text[:40]}).encode())
)
def test_any_input_is_explained(loaded: Assets, value: bytes) -> None:
    """Nothing makes it fail, and nothing that is in an article reaches the terminal as a command."""
    text = shown(follow([Input(value, "test:1")], None, loaded, lambda _: None), loaded, 80)
    assert all(line.isprintable() for line in text.split("\n"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.sampled_from(WORDS),
        max_size=60,
    )
)
def test_any_article_about_minerals_is_explained(loaded: Assets, words: list[str]) -> None:
    """However names, cues and furniture are mixed."""
    shown(traced(loaded, "a", article("a", " ".join(words), title=" ".join(words[:4]))), loaded, 80)


def test_the_example_in_readme_is_real(loaded: Assets) -> None:
    """Lines without figures are compared: models are trained anew."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```text\nTOPICS")[2].partition("```")[0].splitlines()
    lines = shown(traced(loaded, "silver-medal"), loaded, 90).splitlines()
    words = [line for line in example if "MINERALS" in line or line.startswith("-") or "means" in line]
    assert len(words) > len(TOPICS)
    assert [line for line in words if line not in lines] == []


def test_the_first_article_is_explained_unless_another_is_asked_for(loaded: Assets) -> None:
    """By its id, its url, or where it stands."""
    found = events()
    assert follow(found, None, loaded, lambda _: None).name == found[0].name
    for wanted in ("cobalt-1", f"{SAMPLES / 'articles.jsonl'}:5"):
        trace = traced(loaded, wanted)
        assert trace.clean is not None
        assert (trace.clean.article_id, trace.earlier) == ("cobalt-1", 4)
    with pytest.raises(LodestreamError, match="no article nobody in the input"):
        traced(loaded, "nobody")
    with pytest.raises(LodestreamError, match="no article in the input"):
        follow([], None, loaded, lambda _: None)


def test_the_command_explains_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As `replay` reads it; what is piped has no colours."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((SAMPLES / "articles.jsonl").read_bytes())))
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain", "-", "--id", "antimony-2"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert out.startswith("Beijing shuts the door on antimony\nstandard input:2, article 2 of the input\n")
    assert "\x1b" not in out


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, and the exit status of a failure."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain", str(SAMPLES), "--id", "nobody"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("lodestream: no article nobody in the input")
