"""Training on a tiny set written here: the file loads, knows the topics, and is the same every time."""

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed: it comes with the extra `train`")

from streams.core.classify import TOPICS, TopicModel, probabilities
from streams.core.document import split
from streams.training import __main__ as command
from streams.training import topics
from streams.training.calibration import INVENTED
from streams.training.sets import read_sets

SENTENCES = {
    "mining": [
        "The copper mine raised its ore output in the spring quarter.",
        "A zinc smelter near the harbour closed its furnace for repairs.",
        "Drilling found nickel ore under the old pit, the explorer said.",
        "Miners at the tin mine went on strike over bonuses.",
        "The explorer raised money to drill the lithium deposit again.",
        "Zinc and copper concentrate waited at the harbour for a ship.",
        "The nickel smelter bought ore from a pit in the north.",
        "Tin output fell as the mine lost its furnace in a fire.",
        "A refinery for lithium opens beside the copper smelter.",
        "The deposit holds zinc, nickel and copper ore, drilling showed.",
        "Strike over: miners return to the pit and the furnace burns.",
        "The tin explorer sold its deposit to the owner of the refinery.",
    ],
    "politics": [
        "Parliament passed the budget and the minister thanked the coalition.",
        "Voters chose a new president in the second round of the election.",
        "The opposition called a vote against the prime minister.",
        "The senate delayed the bill as its president fell ill.",
        "Ministers of the coalition quarrelled about the election law.",
        "The president named a minister from the opposition.",
        "A vote in the senate ended the prime minister's coalition.",
        "The election law goes back to parliament, the senate decided.",
        "Voters in the capital support the opposition, a poll says.",
        "The bill on the budget split the coalition in parliament.",
        "The prime minister lost the vote and voters wait for an election.",
        "Opposition leaders met the president about the new law.",
    ],
    "sport": [
        "The striker scored twice and the team won the final.",
        "The coach dropped the goalkeeper before the cup match.",
        "Her team lost the match in the last minute of extra time.",
        "The champion won the race and the league title.",
        "The goalkeeper saved a penalty and the team won the cup.",
        "A striker from the league signs for the champion.",
        "The coach praised the team after the race to the title.",
        "The final went to extra time and a penalty decided the match.",
        "The league moves the cup final to a later date.",
        "Our coach wants a striker who scored in every match.",
        "The champion missed the race, and the team its title.",
        "A penalty in the last minute won the league match.",
    ],
}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of 36 invented articles in three topics."""
    directory = tmp_path_factory.mktemp("invented")
    items = [(f"{topic}-{number}", topic, text) for topic, texts in SENTENCES.items() for number, text in enumerate(texts)]
    items.sort(key=lambda item: int(item[0].split("-")[1]))
    events = [{"id": name, "body": text, "url": f"https://{name}.example/"} for name, _, text in items]
    gold = [{"id": name, "topics": [topic], "scored_topics": list(TOPICS)} for name, topic, _ in items]
    for file, rows in (("events", events), ("gold", gold)):
        (directory / f"{file}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return directory


@pytest.fixture(scope="module")
def trained(labelled: Path) -> tuple[bytes, str]:
    """The model file and the table of figures."""
    return topics.train([labelled])


def test_the_trained_model_knows_the_topics(trained: tuple[bytes, str]) -> None:
    """Sentences that training has not seen get the topic of their words."""
    model = msgspec.json.decode(trained[0], type=TopicModel)
    for text, expected in [
        ("The lithium mine sells ore to the smelter.", "mining"),
        ("The minister defends the election bill in the senate.", "politics"),
        ("The striker missed the penalty in the cup final.", "sport"),
    ]:
        scores = probabilities(tuple(split(text.lower())), model)
        assert [topic for topic in TOPICS if scores[topic] >= model.calibration[topic].threshold] == [expected]


def test_the_same_sets_give_the_same_bytes(labelled: Path, trained: tuple[bytes, str]) -> None:
    """Nothing in the file depends on chance, time or place."""
    assert topics.train([labelled]) == trained


def test_the_file_can_be_reviewed_line_by_line(trained: tuple[bytes, str]) -> None:
    """One feature a line, the commonest first, whole numbers, and a version that names the contents."""
    content = json.loads(trained[0])
    words = list(content["features"])
    news = Counter(split(Path(topics.__file__).with_name("news.tsv").read_text(encoding="utf-8").lower()))
    assert sum(news[word] for word in words[:100]) > 10 * sum(news[word] for word in words[-100:])
    assert all(isinstance(number, int) for row in content["features"].values() for number in row)
    assert trained[0].count(b"\n") > len(words)
    assert content["version"].startswith(topics.RELEASE)


def test_an_unknown_topic_threshold_stays_out_of_reach(trained: tuple[bytes, str]) -> None:
    """A text of unknown words never reaches a threshold."""
    model = msgspec.json.decode(trained[0], type=TopicModel)
    assert all(calibration.unknown < calibration.threshold for calibration in model.calibration.values())


def test_the_figures_name_every_topic(trained: tuple[bytes, str]) -> None:
    """A row for each topic of the set, for the invented tables, held out in turn like articles, and for the news by length."""
    header, *lines = trained[1].splitlines()
    by_set, by_length = lines[: lines.index(header)], lines[lines.index(header) + 1 :]
    rows = [line.split() for line in by_set]
    assert [row[1] for row in rows if row[0] not in INVENTED] == list(TOPICS)
    for name in INVENTED:
        assert {row[1] for row in rows if row[0] == name} == set(topics.SCORED.get(name, TOPICS))
    assert [line.removeprefix("under 60 words").split()[0] for line in by_length] == list(TOPICS)


def test_in_industry_news_states_make_politics_and_business_does_not(trained: tuple[bytes, str]) -> None:
    """The weights can be read: bodies of a state speak for politics in opening and lead, words of business against it."""
    industry = msgspec.json.decode(trained[0], type=TopicModel).industry
    assert min(industry.classes["state body"].opening, industry.classes["state body"].lead) > 0
    assert max(industry.classes["business"].opening, industry.classes["business"].lead) < 0


def test_articles_of_one_story_or_outlet_share_a_group(tmp_path: Path) -> None:
    """Directly or through another article; a host of half the set ties nothing."""
    hosts = ["a", "a", "b", *["big"] * 17, *[f"h{number}" for number in range(14)]]
    events = [{"id": str(row), "body": "x", "url": f"https://{host}.example/"} for row, host in enumerate(hosts)]
    gold = [{"id": str(row), "story": "one" if row in (1, 2) else None} for row in range(len(hosts))]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, gold)), encoding="utf-8")
    groups = [article.group for article in read_sets([tmp_path])]
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups[3:20])) > 1
    assert groups[20] != groups[0]


def test_the_command_writes_every_model(
    labelled: Path, tmp_path: Path, trained: tuple[bytes, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One file for each row of the table, and its figures on standard output."""
    monkeypatch.setattr(command, "TRAINERS", {topics.FILE: lambda sets: trained if sets == [labelled] else (b"", "")})
    command.main(["--output", str(tmp_path / "models"), str(labelled)])
    assert (tmp_path / "models" / topics.FILE).read_bytes() == trained[0]
    assert trained[1] in capsys.readouterr().out
