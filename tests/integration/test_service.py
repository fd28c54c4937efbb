"""The service on a real Kafka: every article ends where it belongs, whatever it is and whatever happens to the worker."""

import asyncio
import json
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from streams import inputs, topics
from streams.broker import free_port
from streams.codec import MAX_FIELD_BYTES
from streams.core.records import MAX_BODY_BYTES
from streams.kafka import client_options
from streams.publish import publish as publish_files
from streams.replay import replay
from streams.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import Publish, StartWorker, WaitForRecords

pytestmark = pytest.mark.kafka

SAMPLES = Path(__file__).parents[1] / "samples"
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def article(identifier: str, body: str = "The mayor opened a new bridge over the river on Monday morning.") -> bytes:
    """A raw event that every stage accepts."""
    return json.dumps({"id": identifier, "body": body, "published_at": "2026-03-01"}).encode()


def headers(record: ConsumerRecord) -> dict[str, str]:
    """The headers of a record as text."""
    return {name: value.decode() for name, value in record.headers}


REFUSED = {
    "wrong type": (b'{"id": "x", "body": 7}', "invalid_type", "$.body"),
    "wrong type of a field": (b'{"body": "text", "title": ["no"]}', "invalid_type", "$.title"),
    "no object": (b"[1, 2]", "invalid_type", "object"),
    "missing body": (b'{"id": "x"}', "missing_field", "body"),
    "body too large": (article("x", "a" * (MAX_BODY_BYTES + 1)), "field_too_large", "body"),
    "url too large": (json.dumps({"body": "text", "url": "u" * (MAX_FIELD_BYTES + 1)}).encode(), "field_too_large", "url"),
    "invalid UTF-8": (b'{"body": "caf\xe9 in the mine"}', "invalid_utf8", "body"),
    "lone surrogate": (b'{"body": "half \\ud83d a face"}', "lone_surrogate", "body"),
    "NaN": (b'{"body": "text", "score": NaN}', "invalid_json", "score"),
    "no JSON": (b"<rss/>", "invalid_json", "record"),
    "nothing": (b"", "invalid_json", "record"),
    "wrong timestamp": (b'{"body": "Some text.", "published_at": "yesterday"}', "invalid_timestamp", "published_at"),
    "wrong number as timestamp": (b'{"body": "Some text.", "fetched_at": 1700000000}', "invalid_type", "fetched_at"),
    "impossible date": (b'{"body": "Some text.", "fetched_at": "2026-02-30T10:00:00Z"}', "invalid_timestamp", "fetched_at"),
    "blank body": (b'{"body": " \\n\\t "}', "no_text", "body"),
    "nested too deep": (json.dumps({"body": "<html><body>" + "<div>" * 100_000}).encode(), "too_deep", "body"),
}


async def test_refused_articles_reach_the_dead_letter_topic_untouched_and_stop_nobody(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    wait_for_records: "WaitForRecords",
) -> None:
    """Each refusal carries its reason, names the field and keeps the original bytes; the articles around it are processed."""
    values = []
    for number, (value, _, _) in enumerate(REFUSED.values()):
        values += [article(f"before-{number}"), value]
    start_worker(settings)
    await publish([*values, article("last")])
    letters = await wait_for_records(topics.DEAD_LETTER, len(REFUSED))
    classified = await wait_for_records(topics.CLASSIFIED, len(REFUSED) + 1)
    assert len(letters) == len(REFUSED)
    found = {letter.value: letter for letter in letters}
    for name, (value, reason, field) in REFUSED.items():
        told = headers(found[value])
        assert told["dl_reason"] == reason, name
        assert field in told["dl_error"], name
        assert (told["dl_stage"], told["dl_topic"]) == ("clean", topics.RAW)
        assert found[value].key == f"scraper-{values.index(value)}".encode()
        assert {"dl_partition", "dl_offset", "dl_time"} <= told.keys()
    assert {json.loads(record.value)["article_id"] for record in classified} == {
        "last",
        *(f"before-{number}" for number in range(len(REFUSED))),
    }


async def test_the_service_tells_what_replay_tells_byte_for_byte(
    settings: Settings,
    start_worker: "StartWorker",
    wait_for_records: "WaitForRecords",
    tmp_path: Path,
) -> None:
    """The same articles give the same alerts on the topic and in the file: a new story, then its update."""
    events = {json.loads(line)["id"]: line for line in (SAMPLES / "articles.jsonl").read_text().splitlines()}
    paths = []
    for name in ("antimony-1", "antimony-2"):
        (tmp_path / f"{name}.jsonl").write_text(events[name] + "\n")
        paths.append(str(tmp_path / f"{name}.jsonl"))
    paths += sorted(str(path) for path in SEEDS.glob("*.txt"))
    replay(paths, tmp_path / "out")
    expected = (tmp_path / "out" / "alerts.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["kind"] for line in expected] == ["new", "update"] * (len(paths) // 2)
    start_worker(settings)
    for number, path in enumerate(paths, 1):  # one after the other: sources of their own have partitions of their own
        await publish_files(settings, inputs.read([path]), lambda _: None)
        alerts = await wait_for_records(topics.ALERTS, number)
    assert sorted(record.value for record in alerts) == sorted(expected)
    for record in alerts:
        told, value = headers(record), json.loads(record.value)
        assert told["ce_id"] == value["alert_id"]
        assert {name: value[name] for name in ("kind", "severity", "story_id")}.items() <= told.items()
        assert told["mineral"] == value["primary_mineral"]


async def test_what_is_new_in_a_log_that_has_lost_its_end_is_read(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    wait_for_records: "WaitForRecords",
) -> None:
    """A disk or an unclean election takes records away, and not the offset behind them; their offsets are then given anew."""
    settings = replace(settings, group=f"{settings.topic_prefix}group")
    sources = [
        TopicPartition(topics.name(settings, topic), number)
        for topic in (topics.RAW, topics.MINERALS)
        for number in range(settings.partitions)
    ]
    async with AIOKafkaConsumer(**client_options(settings), group_id=settings.group, enable_auto_commit=False) as consumer:
        consumer.assign(sources)
        await consumer.commit({source: OffsetAndMetadata(1000, "") for source in sources})
    worker = start_worker(settings).wait_ready()
    events = {json.loads(line)["id"]: line.encode() for line in (SAMPLES / "articles.jsonl").read_text().splitlines()}
    await publish([events["antimony-1"], *(article(f"new-{number}") for number in range(20))])
    assert len(await wait_for_records(topics.CLASSIFIED, 21)) == 21
    assert len(await wait_for_records(topics.ALERTS, 1)) == 1
    lost = [line for line in worker.log() if str(line["event"]).startswith("a log has lost its end")]
    assert len(lost) == len(sources)
    assert worker.stop() == 0


async def test_what_a_scraper_takes_back_is_no_article_and_what_it_compresses_is(
    settings: Settings,
    start_worker: "StartWorker",
    wait_for_records: "WaitForRecords",
) -> None:
    """Scrapers may use transactions, whose ends are no lag, and any compression that Kafka knows."""
    topic = topics.name(settings, topics.RAW)
    worker = start_worker(settings).wait_ready()
    async with AIOKafkaProducer(bootstrap_servers=settings.brokers, transactional_id=topic) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, article("taken-back"))
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait(topic, article("committed"))
    expected = {"committed"}
    for codec in ("gzip", "lz4", "snappy", "zstd"):
        async with AIOKafkaProducer(bootstrap_servers=settings.brokers, compression_type=codec) as producer:
            await producer.send_and_wait(topic, article(codec))
        expected.add(codec)
    found = await wait_for_records(topics.CLEAN, len(expected))
    assert {json.loads(record.value)["article_id"] for record in found} == expected
    deadline = time.monotonic() + 30
    while not all(line.endswith(" 0.0") for line in lag(worker.get("/metrics")[1])):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)
    assert worker.stop() == 0


async def test_two_workers_put_2000_mixed_articles_where_they_belong(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    wait_for_records: "WaitForRecords",
) -> None:
    """Every article ends in exactly one place, classified or refused; minerals are found; each article is told at most once."""
    samples = [json.loads(line) for line in (SAMPLES / "articles.jsonl").read_text().splitlines()]
    refused = (SAMPLES / "refused.jsonl").read_bytes().splitlines()
    values: list[bytes] = []
    expected: dict[str, str] = {}
    while len(values) < 2000:
        number = len(values)
        if number % 10 == 9:
            values.append(refused[number // 10 % len(refused)])
        else:
            sample = samples[number % len(samples)]
            identifier = f"{sample['id']}-{number}"
            expected[identifier] = sample["id"]
            values.append(json.dumps({**sample, "id": identifier}).encode())
    workers = [start_worker(settings), start_worker(settings)]
    for worker in workers:
        worker.wait_ready()
    await publish(values)
    classified = await wait_for_records(topics.CLASSIFIED, len(expected))
    letters = await wait_for_records(topics.DEAD_LETTER, 200)
    assert sorted(json.loads(record.value)["article_id"] for record in classified) == sorted(expected)
    assert sorted(letter.value for letter in letters) == sorted(value for value in values if value in refused)
    for worker in workers:
        deadline = time.monotonic() + 30
        while any(" 0.0" not in line for line in lag(worker.get("/metrics")[1])):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
    minerals = await wait_for_records(topics.MINERALS, 1)
    alerts = await wait_for_records(topics.ALERTS, 1)
    assert len({json.loads(record.value)["article_id"] for record in minerals}) == len(minerals)
    told = [json.loads(record.value) for record in alerts]
    assert len({alert["article_id"] for alert in told}) == len(told)
    assert {alert["article_id"] for alert in told} <= {json.loads(record.value)["article_id"] for record in minerals}
    judged = json.loads((SAMPLES / "expected.json").read_text())
    assert {judged[expected[alert["article_id"]]]["alert"] for alert in told} == {True}
    assert [worker.stop() for worker in workers] == [0, 0]


def lag(metrics: str) -> list[str]:
    """The lines of the lag metric."""
    return [line for line in metrics.splitlines() if line.startswith("lodestream_consumer_lag_records{")]


async def test_a_restarted_worker_remembers_the_stories(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    wait_for_records: "WaitForRecords",
) -> None:
    """State comes back from the alerts topic: after a kill another telling updates the story, the same article is silent."""
    events = {json.loads(line)["id"]: line.encode() for line in (SAMPLES / "articles.jsonl").read_text().splitlines()}
    worker = start_worker(settings).wait_ready()
    await publish([events["antimony-1"]])
    await wait_for_records(topics.ALERTS, 1)
    worker.stop(signal.SIGKILL)
    start_worker(settings)
    await publish([events["antimony-1"], events["antimony-2"], events["copper-outage"]])
    alerts = [json.loads(record.value) for record in await wait_for_records(topics.ALERTS, 3)]
    antimony = sorted((alert for alert in alerts if alert["primary_mineral"] == "antimony"), key=lambda alert: alert["revision"])
    assert [(alert["kind"], alert["revision"], alert["article_id"]) for alert in antimony] == [
        ("new", 1, "antimony-1"),
        ("update", 2, "antimony-2"),
    ]
    assert len({alert["story_id"] for alert in antimony}) == 1
    assert len(alerts) == 3


async def test_split_stages_give_the_same_records(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    wait_for_records: "WaitForRecords",
) -> None:
    """A worker for each stage does what one worker for all does."""
    for stage in ("clean", "classify", "alert"):
        start_worker(settings, "--stages", stage)
    events = {json.loads(line)["id"]: line.encode() for line in (SAMPLES / "articles.jsonl").read_text().splitlines()}
    await publish([events["antimony-1"]])
    (alert,) = await wait_for_records(topics.ALERTS, 1)
    assert json.loads(alert.value)["article_id"] == "antimony-1"


async def test_it_waits_for_a_broker_that_is_not_there_yet_and_stops_cleanly(
    start_worker: "StartWorker",
) -> None:
    """Without Kafka the worker lives, is not ready, says what it waits for, and ends with 0 when told to."""
    worker = start_worker(Settings(brokers=f"127.0.0.1:{free_port()}", topic_prefix="none."))
    deadline = time.monotonic() + 30
    while not any(line["event"] == "waiting for Kafka" for line in worker.log()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert worker.get("/livez")[0] == 200
    assert worker.get("/readyz")[0] == 503
    assert worker.stop() == 0


async def test_it_says_what_is_missing_and_fails(kafka: str, start_worker: "StartWorker") -> None:
    """Without topics, or with its port taken, the worker ends with 1 and one line that says what to do."""
    worker = start_worker(Settings(brokers=kafka, topic_prefix="never-applied."))
    assert worker.process.wait(30) == 1
    assert "run `lodestream topics apply`" in worker.log_path.read_text().splitlines()[-1]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        worker = start_worker(Settings(brokers=kafka), LODESTREAM_HTTP_HOST="127.0.0.1", LODESTREAM_HTTP_PORT=port)
        assert worker.process.wait(30) == 1
    assert f"port {port}" in worker.log_path.read_text().splitlines()[-1]


async def test_metrics_and_probes_tell_the_truth(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    wait_for_records: "WaitForRecords",
) -> None:
    """What was processed shows in the metrics of the contract."""
    worker = start_worker(settings).wait_ready()
    events = {json.loads(line)["id"]: line.encode() for line in (SAMPLES / "articles.jsonl").read_text().splitlines()}
    await publish([events["antimony-1"], events["silver-medal"], b"junk"])
    await wait_for_records(topics.ALERTS, 1)
    await wait_for_records(topics.DEAD_LETTER, 1)
    assert worker.get("/livez") == (200, "live\n")
    page = worker.get("/metrics")[1]
    for line in (
        'lodestream_articles_total{outcome="passed",stage="clean"} 2.0',
        'lodestream_articles_total{outcome="rejected",stage="clean"} 1.0',
        'lodestream_articles_total{outcome="passed",stage="alert"} 1.0',
        'lodestream_dead_letters_total{reason="invalid_json",stage="clean"} 1.0',
        'lodestream_topics_total{topic="sport"} 1.0',
        'lodestream_minerals_total{mineral="antimony"} 1.0',
        "lodestream_story_index_size 1.0",
        'lodestream_assigned_partitions{topic="articles.raw"} 2.0',
    ):
        assert line in page
    assert worker.get("/nothing")[0] == 404
    assert worker.stop(signal.SIGINT) == 0
