"""Tuning while articles flow: nothing is lost or told twice, and what was changed shows from the reload on."""

import asyncio
import json
import re
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from streams import topics
from streams.settings import Settings
from tests.bench.articles import articles

if TYPE_CHECKING:
    from tests.integration.conftest import Publish, ReadTopic, StartWorker, WaitForRecords, Worker

pytestmark = pytest.mark.kafka

PARTS = 4
PART = 400
MUTED = "outlet-0.example"


def events(part: int) -> list[bytes]:
    """A part of the articles: those of the bench under ids of their own, and one in fifty that is refused."""
    found = []
    for number, value in enumerate(articles(PART * PARTS)[PART * part : PART * (part + 1)]):
        found += [value] if number % 50 else [value, b"refused %d" % (PART * part + number)]
    return found


async def until_logged(worker: "Worker", event: str, count: int) -> list[dict[str, object]]:
    """Wait until a worker has logged something so often; gives those lines."""
    deadline = time.monotonic() + 30
    while len(found := [line for line in worker.log() if line["event"] == event]) < count:
        assert time.monotonic() < deadline, worker.log_path.read_text()
        await asyncio.sleep(0.1)
    return found


def version_in_force(worker: "Worker") -> str:
    """The one version that the metrics show."""
    (version,) = re.findall(r'lodestream_build_info\{model="([^"]+)"', worker.get("/metrics")[1])
    return str(version)


async def test_reloads_lose_and_repeat_no_article(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    read_topic: "ReadTopic",
    wait_for_records: "WaitForRecords",
    tmp_path: Path,
) -> None:
    """Thresholds and mutes change under load, a broken file comes and goes: each article ends in one place, once."""
    folder = tmp_path / "data"
    folder.mkdir()
    desk = folder / "desk.json"
    worker = start_worker(settings, LODESTREAM_DATA_DIR=str(folder)).wait_ready()
    versions = [version_in_force(worker)]

    # As shipped, with signals that find nothing new and one broken file in the middle.
    publishing = asyncio.ensure_future(publish(events(0)))
    for _ in range(3):
        worker.process.send_signal(signal.SIGHUP)
        await asyncio.sleep(0.3)
    desk.write_text('{"alert_threshold": "none"}')
    worker.process.send_signal(signal.SIGHUP)
    (failure,) = await until_logged(worker, "data files not reloaded", 1)
    assert str(desk) in str(failure["error"])
    assert "$.alert_threshold" in str(failure["error"])
    await publishing
    await all_done(worker, wait_for_records, 1)
    as_shipped = await told(read_topic)
    assert version_in_force(worker) == versions[0]
    assert {alert["model"] for alert in as_shipped} == {versions[0]}
    assert any(alert["source"] == MUTED for alert in as_shipped)

    # One outlet muted, in the middle of a part.
    reloads = len(await until_logged(worker, "data files reloaded", 1))
    publishing = asyncio.ensure_future(publish(events(1)))
    desk.write_text(json.dumps({"muted_sources": [MUTED.upper()]}))
    worker.process.send_signal(signal.SIGHUP)
    reload = (await until_logged(worker, "data files reloaded", reloads + 1))[-1]
    versions.append(version_in_force(worker))
    assert (reload["before"], reload["model"]) == tuple(versions)
    await publishing
    await all_done(worker, wait_for_records, 2)
    await publish(events(2))
    await all_done(worker, wait_for_records, 3)
    alerts = await told(read_topic)
    assert {alert["model"] for alert in alerts[len(as_shipped) :]} <= set(versions)
    assert MUTED not in {alert["source"] for alert in alerts if alert["model"] == versions[1]}
    assert any(number(alert) >= 2 * PART for alert in alerts)

    # Nothing is worth an alert any more.
    desk.write_text(json.dumps({"alert_threshold": 1}))
    worker.process.send_signal(signal.SIGHUP)
    await until_logged(worker, "data files reloaded", reloads + 2)
    await publish(events(3))
    await all_done(worker, wait_for_records, 4)
    assert len(await told(read_topic)) == len(alerts)

    await assert_each_once(read_topic, version_in_force(worker))
    assert worker.stop() == 0


async def told(read_topic: "ReadTopic") -> list[dict[str, Any]]:
    """The alerts so far."""
    return [json.loads(record.value) for record in await read_topic(topics.ALERTS)]


async def all_done(worker: "Worker", wait_for_records: "WaitForRecords", parts: int) -> None:
    """Wait until so many parts are classified, and all that names a mineral is decided and told."""
    await wait_for_records(topics.CLASSIFIED, PART * parts)
    deadline = time.monotonic() + 30
    while sum((outcomes := decided(worker)).values()) < len(await wait_for_records(topics.MINERALS, 0)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    await wait_for_records(topics.ALERTS, outcomes.get("passed", 0))


async def assert_each_once(read_topic: "ReadTopic", version: str) -> None:
    """Every article is on one topic, once, every alert is told once, and the last articles are classified with a version."""
    classified = [json.loads(record.value) for record in await read_topic(topics.CLASSIFIED)]
    assert sorted(map(number, classified)) == list(range(PART * PARTS))
    letters = [record.value for record in await read_topic(topics.DEAD_LETTER)]
    assert sorted(letters) == sorted(b"refused %d" % each for each in range(0, PART * PARTS, 50))
    alerts = await told(read_topic)
    assert len({alert["article_id"] for alert in alerts}) == len({alert["alert_id"] for alert in alerts}) == len(alerts)
    assert {article["model"] for article in classified[-PART // 2 :]} == {version}


def number(record: dict[str, Any]) -> int:
    """The number of an article of the bench."""
    return int(record["article_id"].rpartition("-")[2])


def decided(worker: "Worker") -> dict[str, int]:
    """Records that the alert stage finished, by outcome."""
    found = re.findall(
        r'^lodestream_articles_total\{outcome="(\w+)",stage="alert"\} ([\d.]+)', worker.get("/metrics")[1], re.MULTILINE
    )
    return {outcome: int(float(count)) for outcome, count in found}
