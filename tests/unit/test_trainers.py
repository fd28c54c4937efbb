"""Training all models on tiny sets made of the samples: the files load, judge what was not seen, and are the same every time.

The sets hold invented news: the samples with what an editor expects of them, the same stories as other outlets would tell
them, with a scraper's junk, as text and as HTML; and pairs of any news that tell the same story or not.
"""

import contextlib
import gzip
import io
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed: it comes with the extra `train`")

from streams import assets, data_files
from streams.assets import Assets
from streams.core.alert import alert
from streams.core.classify import TOPICS, TopicModel, classify
from streams.core.clean import clean
from streams.core.detect import detect
from streams.core.events import EVENT_TYPES, EventModel
from streams.core.lines import select
from streams.core.records import Alert, CleanArticle, RawArticle, Severity, Topic
from streams.core.relevance import SEVERITIES, RelevanceModel
from streams.core.repair import repair
from streams.core.stories import StoryIndex
from streams.core.tellings import StoryModel
from streams.training import __main__ as command
from streams.training import desk, events, lines, relevance, stories, topics
from streams.training.articles import load_lexicon
from streams.training.desk_words import word_classes

T = TypeVar("T")
Record = dict[str, Any]

SAMPLES = Path(__file__).parents[1] / "samples"

SEVERITY: dict[str, Severity] = {
    "antimony-1": "critical",
    "cobalt-1": "high",
    "lithium-permit": "medium",
    "graphite-anode": "low",
}
"""Of some samples."""

LABEL = 80
"""Lines up to so many characters are no paragraphs."""

ABOVE = (
    ["Evening Post", "Home", "Markets", "Sign in"],
    ["Menu", "Latest news", "Most read today", "Share this story"],
    ["Skip to content", "Your region", "Weather: 9 degrees", "Save for later"],
)
BELOW = (
    ["You may also like", "Ten gardens for a dry summer", "The ferry that nobody wanted", "Contact the newsroom"],
    ["More from this section", "Five bridges to cross on foot", "Subscribe to our letter", "Terms of use"],
    ["Trending now", "A quiet year for beekeepers", "Where to eat in the old town", "Follow us"],
)

OTHERS: dict[str, tuple[list[Topic], str, Severity]] = {
    "antimony-mine": (
        ["mining"],
        (
            "A flood has closed the antimony mine of Tresvilly in Bolivia for a month. Water broke into the lower gallery on "
            "Saturday after a week of rain, and the pumps failed.\n"
            "The owner expects to lose 300 tonnes of concentrate and has told its smelter in Oman."
        ),
        "medium",
    ),
    "copper-strike": (
        ["mining"],
        (
            "Workers at the Mufana copper mine in Zambia went on strike on Monday over bonuses. The union says that 4,000 people "
            "have stopped work, and output of 600 tonnes a day is lost.\n"
            "Talks with the owner ended without a result on Sunday night."
        ),
        "high",
    ),
    "graphite-duty": (
        ["mining", "politics"],
        (
            "The United States has set a duty of 93 per cent on graphite anodes from China, the commerce department said on "
            "Thursday. Carmakers had asked for an exemption.\n"
            "Makers of batteries in Georgia and Nevada buy nearly all their graphite from China."
        ),
        "high",
    ),
    "nickel-plant": (
        ["mining"],
        (
            "A Finnish company will build a nickel sulphate plant in Kokkola for 310 million euros. It has a contract with a "
            "carmaker for half of the output.\n"
            "Construction begins in autumn; 20,000 tonnes of nickel a year are planned from 2029."
        ),
        "medium",
    ),
    "tungsten-drilling": (
        ["mining"],
        (
            "Drilling in northern Portugal has cut 11 metres of tungsten ore, the explorer said. Assays of six more holes are "
            "pending.\n"
            "It hopes for a maiden resource in spring and has money for a scoping study."
        ),
        "low",
    ),
    "uranium-import": (
        ["mining", "politics"],
        (
            "The senate in Washington has voted to ban imports of enriched uranium from Russia by 2028. Utilities may ask for "
            "waivers.\n"
            "Russia covers a fifth of what American reactors need, and the price of uranium rose 4 per cent."
        ),
        "high",
    ),
}
"""Other stories of minerals that the samples tell of: what differs is the event. Topics, text and severity."""

BAN = (
    "Gabon bans exports of manganese ore",
    (
        "Gabon has banned all exports of manganese ore with immediate effect, the mines ministry said on Monday. The country is "
        "the world's second-largest producer and ships about 7 million tonnes of ore a year.\n"
        "Miners must smelter their ore at home or stop, the minister told parliament. Prices in China rose 9 per cent on fears "
        "of a shortage."
    ),
)
BAN_RETOLD = (
    "Manganese ore must stay at home, says Gabon",
    (
        "Gabon's mines ministry has banned exports of manganese ore with immediate effect. Ships that carry about 7 million "
        "tonnes of ore a year from the country, the world's second-largest producer, are to leave empty.\n"
        "Prices rose 9 per cent in China, as traders fear a shortage. The minister told parliament on Monday that miners must "
        "smelter their ore or stop."
    ),
)
FIRE = (
    "Fire stops manganese smelter in Norway",
    (
        "A manganese smelter in southern Norway stopped on Friday after a fire in its furnace hall. Nobody was hurt. The owner "
        "expects to lose 12,000 tonnes of alloy before repairs end in spring, and has told steelmakers in Germany."
    ),
)
MUSEUM = (
    "A Sunday at the manganese museum",
    (
        "The manganese museum in the old mine opens its doors to visitors on Sundays. Guides in helmets tell the history of the "
        "pit, a choir sings in the engine house, and the exhibition has toys that children may touch. A ticket costs four euros."
    ),
)
ROOF = (
    "Copper roof of the theatre shines again",
    (
        "Roofers have covered the old theatre with copper again. The sheets, four tonnes in all, are as thin as those of 1890 and "
        "will be green in forty years, the architect told the choir at the topping-out."
    ),
)


@dataclass(frozen=True, slots=True)
class Sets:
    """Folders of labelled articles."""

    samples: Path
    """Samples and retold stories, as text."""
    pages: Path
    """Retold stories as HTML, packed."""
    news: Path
    """Pairs of documents, and no labelled articles."""
    phrases: Path
    """Neither: a list of phrases."""

    def all(self) -> list[Path]:
        """What is given to the trainers."""
        return [self.samples, self.pages, self.news, self.phrases]


@dataclass(frozen=True, slots=True)
class Trained:
    """What the command wrote and printed."""

    contents: dict[str, bytes]
    printed: str

    def read(self, name: str, cls: type[T]) -> T:
        """A file, decoded as the service does."""
        return msgspec.json.decode(self.contents[name], type=cls)


def paragraphs(text: str) -> list[str]:
    """The lines that hold text."""
    return [line for line in text.split("\n") if line.strip()]


def labels(event: Record, expected: Record, text: str) -> Record:
    """The gold of an article with this clean text."""
    gold = {
        "id": event["id"],
        "title": event.get("title"),
        "text": text,
        "topics": expected["topics"],
        "scored_topics": list(TOPICS),
    }
    gold |= {"critical": expected["alert"], "story": expected["story"]}
    if expected["alert"]:
        gold["evidence"] = next(line for line in paragraphs(text) if len(line) > LABEL).split(". ")[0]
    return gold


def retold(event: Record, texts: list[str], number: int, kind: str) -> Record:
    """The story in another outlet: some of its paragraphs without a headline, between a scraper's junk."""
    own = {"id": f"{event['id']}-{kind}", "url": f"https://{kind}{number}.example/a", "published_at": event.get("published_at")}
    above, below = ABOVE[number % 3], BELOW[number % 3]
    if kind == "text":
        return own | {"content_type": "text/plain", "body": "\n".join([*above, *texts, *below])}
    blocks = [
        f"<nav>{''.join(map('<a>{}</a>'.format, above))}</nav>",
        *map("<p>{}</p>".format, texts),
        *map("<li>{}</li>".format, below),
    ]
    return own | {"content_type": "text/html", "body": f"<html><head><title>x</title></head><body>{''.join(blocks)}</body></html>"}


def write(directory: Path, name: str, rows: Iterable[Record], opener: Callable[..., Any] = open, suffix: str = "") -> None:
    """A file of records."""
    with opener(directory / f"{name}.jsonl{suffix}", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    """The samples as labelled sets."""
    root = tmp_path_factory.mktemp("sets")
    made = Sets(*(root / name for name in ("samples", "pages", "news", "phrases")))
    for directory in made.all():
        directory.mkdir()
    expected = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    events = [json.loads(line) for line in (SAMPLES / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    for name, (about, body, _) in OTHERS.items():
        events.append({"id": name, "body": body, "published_at": "2026-04-20"})
        expected[name] = {"topics": about, "alert": True, "story": name, "gone": []}
    plain: list[tuple[Record, Record]] = []
    pages: list[tuple[Record, Record]] = []
    known: dict[str, str] = {}
    name = "cobalt-refinery-fire.txt"
    events.append({"id": name, "body": (SAMPLES / name).read_text(encoding="utf-8")})
    for number, event in enumerate(events):
        own = expected[event["id"]]
        if event.get("content_type") == "text/html":
            plain.append((event, labels(event, own | {"alert": False}, "") | {"critical": own["alert"]}))
            continue
        known[event["id"]] = text = "\n".join(
            line for line in paragraphs(repair(event["body"])) if not any(junk in line for junk in own["gone"])
        )
        plain.append((event, labels(event, own, text)))
        for kind, rows in (("text", plain), ("page", pages)):
            first, *rest = paragraphs(text)
            shorter = [first, *rest[number % 2 :: 2]]
            other = retold(event, shorter, number, kind)
            rows.append((other, labels(other, own, "\n".join(shorter))))
    severity = SEVERITY | {name: own for name, (_, _, own) in OTHERS.items()}
    for _, gold in plain:
        gold["severity"] = severity.get(gold["id"])
    write(made.samples, "events", (event for event, _ in plain))
    write(made.samples, "gold", (gold for _, gold in plain))
    write(made.pages, "events", (event for event, _ in pages), gzip.open, ".gz")
    write(made.pages, "gold", (gold for _, gold in pages), gzip.open, ".gz")
    halves = [(f"{name}-{half}", name, "\n".join(paragraphs(text)[half::2])) for name, text in known.items() for half in (0, 1)]
    write(made.news, "docs", ({"id": name, "topic": topic, "text": text} for name, topic, text in halves))
    same = [{"a": f"{name}-0", "b": f"{name}-1", "same": True} for name in known]
    write(made.news, "pairs", same + [{"a": f"{a}-0", "b": f"{b}-1", "same": False} for a, b in pairwise(known)])
    write(made.phrases, "phrases", [{"phrase": "Sign in"}])
    return made


@pytest.fixture(scope="module")
def trained(sets: Sets, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The command's work on all sets, into a folder that is not there yet."""
    output = tmp_path_factory.mktemp("trained") / "new" / "data"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        command.main(["--output", str(output), *map(str, sets.all())])
    return Trained({path.name: path.read_bytes() for path in output.iterdir()}, printed.getvalue())


@pytest.fixture(scope="module")
def service(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """The assets of a service that has the trained files instead of those that ship."""
    root = tmp_path_factory.mktemp("installed")
    shutil.copytree(str(files("streams").joinpath("data")), root / "data")
    for name, content in trained.contents.items():
        (root / "data" / name).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_files, "files", {"streams": root}.__getitem__)
        return assets.load()


def sent(service: Assets, *articles: tuple[str, str]) -> list[Alert | None]:
    """What the service makes of articles, headline and text, an hour apart."""
    index = StoryIndex(service.lexicon, service.desk.stories)
    found = []
    for number, (title, body) in enumerate(articles):
        at = f"2026-03-02T{number:02}:00:00Z"
        raw = RawArticle(body=body, id=f"article-{number}", title=title, published_at=at, content_type="text/plain")
        cleaned = clean(raw, service.cleaner)
        assert isinstance(cleaned, CleanArticle)
        article = detect(classify(cleaned, service.topics), service.lexicon, service.events)
        told = alert(article, index, service.desk, None) if article else None
        if told:
            index.add(told, cleaned.published_at)
        found.append(told)
    return found


def test_the_command_writes_each_file_and_says_how_good_it_is(sets: Sets, trained: Trained) -> None:
    """A size and figures for each; sets without articles are in no figure."""
    assert trained.contents.keys() == {lines.FILE, topics.FILE, events.FILE, relevance.FILE, stories.FILE}
    for name, content in trained.contents.items():
        assert f"{name}: {len(content):,} bytes\n" in trained.printed
    named = {line.split()[1] for line in trained.printed.splitlines() if line.startswith("alerts: ")}
    assert named == {sets.samples.name, sets.pages.name, "desk", "told"}


def test_the_command_wants_a_set(capsys: pytest.CaptureFixture[str]) -> None:
    """Without one it trains nothing and says what is missing."""
    with pytest.raises(SystemExit):
        command.main([])
    assert "SET_DIR" in capsys.readouterr().err


def test_a_folder_without_labels_changes_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped folder must not replace good models by those that were trained before it was noticed."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit):
        command.main(["--output", str(tmp_path / "models"), str(tmp_path / "empty")])
    assert "holds no labelled articles" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_the_service_reads_what_was_trained(service: Assets, trained: Trained) -> None:
    """Each file is of the type that the service decodes, and says there what it says."""
    assert service.cleaner.lines.weights == trained.read(lines.FILE, dict[str, float])
    assert service.desk.relevance == trained.read(relevance.FILE, RelevanceModel)
    assert service.desk.stories == trained.read(stories.FILE, StoryModel)
    assert service.topics.features == trained.read(topics.FILE, TopicModel).features


@pytest.mark.parametrize("name", [lines.FILE, relevance.FILE, stories.FILE])
def test_the_same_articles_give_the_same_bytes(sets: Sets, trained: Trained, name: str) -> None:
    """Nothing in a file depends on chance or time, nor on folders that hold nothing for its trainer."""
    useful = [sets.samples, sets.pages, *([sets.news] if name == stories.FILE else [])]
    content, figures = command.TRAINERS[name](useful)
    assert content == trained.contents[name]
    assert figures in trained.printed


def test_an_export_ban_is_sent_and_a_museum_is_not(service: Assets) -> None:
    """Of a mineral that no set tells of."""
    ban, museum = sent(service, BAN, MUSEUM)
    assert ban is not None
    assert ban.primary_mineral == "manganese"
    assert museum is None


def test_a_ban_by_a_large_producer_matters_more_than_a_fire_in_a_smelter(service: Assets) -> None:
    """Severity grows with what an article says of rule, share and urgency."""
    ban, fire = sent(service, BAN, FIRE)
    assert ban is not None
    assert fire is not None
    assert SEVERITIES.index(ban.severity) > SEVERITIES.index(fire.severity)


def test_the_first_sentence_is_evidence(service: Assets) -> None:
    """As in the labels."""
    (ban,) = sent(service, BAN)
    assert ban is not None
    assert ban.evidence[0].start == 0


def test_a_story_is_recognised_in_other_words(service: Assets) -> None:
    """Another event with the same mineral is another story."""
    ban, again, fire = sent(service, BAN, BAN_RETOLD, FIRE)
    assert ban is not None
    assert again is not None
    assert fire is not None
    assert (again.story_id, again.kind) == (ban.story_id, "update")
    assert fire.story_id != ban.story_id


def test_junk_above_a_text_goes(service: Assets) -> None:
    """Labels that no list of phrases and no set holds; every paragraph stays."""
    texts = paragraphs(BAN[1])
    body = select(["Seven quiet lakes", "Jobs board", *texts], BAN[0], "", service.cleaner.lines)
    assert body is not None
    assert list(body.lines) == texts


def test_no_mark_of_page_furniture_speaks_for_a_line(trained: Trained) -> None:
    """Whatever the articles: what depends on lines that may go is held at zero or below. A review finds them in order."""
    weights = trained.read(lines.FILE, dict[str, float])
    assert list(weights) == sorted(weights)
    assert all(weight < 0 for name, weight in weights.items() if lines.AGAINST.match(name))


def test_a_line_is_body_when_the_body_has_most_of_it() -> None:
    """Long lines by runs of four words, as scrapers cut and join; short lines whole; marks alone never."""
    body = "Gabon has banned all exports of manganese ore.\nPrices rose"
    texts = ["GABON has banned all exports", "Gabon has lifted a ban on all exports", "Prices rose!", "Prices", "***"]
    assert lines.in_body(texts, body) == [True, False, True, False, False]


def test_the_relevance_model_counts_words_by_class(trained: Trained) -> None:
    """The file carries the classes; limits of severity rise."""
    model = trained.read(relevance.FILE, RelevanceModel)
    assert model.words == word_classes()
    assert model.words["quotas"] == "trade"
    assert all(word == word.lower() for word in model.words)
    assert list(model.limits) == sorted(set(model.limits))


def test_stems_speak_for_what_they_tell(trained: Trained) -> None:
    """Whatever the cues say."""
    model = trained.read(events.FILE, EventModel)
    for stem, event in {"loan": "merger_investment", "labour": "supply_disruption", "abroad": "export_control"}.items():
        assert max(zip(model.stems[stem], EVENT_TYPES, strict=True))[1] == event


def test_an_article_s_own_label_is_no_part_of_what_was_not_seen(tmp_path: Path) -> None:
    """A wrong label does not come back, nor does an article without one, or with types of other people."""
    given: dict[str, Record] = {"wrong": {"event_types": ["stockpile"]}, "none": {}, "others": {"event_types": ["strike"]}}
    body = "Miners have walked out at the copper mine in a strike over pay, and its union says that output has stopped."
    write(tmp_path, "events", ({"id": name, "body": body} for name in given))
    write(tmp_path, "gold", ({"id": name, "critical": True, **label} for name, label in given.items()))
    found = events.types_unseen((tmp_path,))
    assert found["wrong", None][0] == "supply_disruption"
    assert not {("none", None), ("others", None)} & found.keys()


def test_words_of_all_alerts_weigh_less_than_others(trained: Trained) -> None:
    """They tell no story from another."""
    model = trained.read(stories.FILE, StoryModel)
    assert model.common
    assert max(model.common.values()) <= model.rare
    assert model.common["year"] < model.rare
    assert {"called off", "resumes"} <= model.turns


def test_an_article_is_learned_with_and_without_its_headline(sets: Sets) -> None:
    """HTML is not, unless its text is labelled; what two sets have is learned once."""
    found = [case for case in desk.cases([sets.pages, sets.samples, sets.samples], load_lexicon()) if case.label["set"] != "desk"]
    ids = [case.article.article_id for case in found]
    assert ids.count("nickel-ban") == 1
    assert ids.count("nickel-ban-page") == 1
    assert "antimony-3" not in ids
    assert "gallium-licence" not in ids


def test_an_article_without_a_label_is_no_alert_where_it_is_not_about_mining(tmp_path: Path) -> None:
    """Sets of topics alone teach so what names a mineral and is no news of it."""
    write(tmp_path, "events", ({"id": title, "title": title, "body": body} for title, body in (ROOF, BAN)))
    write(tmp_path, "gold", ({"id": title, "title": title, "scored_topics": ["sport"], "topics": []} for title, _ in (ROOF, BAN)))
    found = [case for case in desk.cases([tmp_path], load_lexicon()) if case.label["set"] == tmp_path.name]
    assert [(case.article.article_id, case.label["critical"]) for case in found] == [(ROOF[0], None)]
