"""What the worker promises about delivery, tried by killing it while it works."""

import asyncio
import json
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streams import topics
from streams.inputs import Input
from streams.replay import run as replay_run
from streams.settings import Settings
from tests.bench.articles import articles

if TYPE_CHECKING:
    from streams.assets import Assets
    from tests.integration.conftest import Publish, ReadTopic, StartWorker, WaitForRecords

pytestmark = pytest.mark.kafka

ARTICLES = 1_500
KILLS = 3


@pytest.mark.slow
async def test_alerts_are_told_once_over_kills(
    settings: Settings,
    start_worker: "StartWorker",
    publish: "Publish",
    wait_for_records: "WaitForRecords",
    read_topic: "ReadTopic",
    loaded: "Assets",
    tmp_path: Path,
) -> None:
    """Killed in the middle of its work again and again, the service loses no article and tells no alert twice."""
    events = articles(ARTICLES)
    replay_run((Input(event, "bench") for event in events), loaded, tmp_path, lambda _: None)
    expected = {json.loads(line)["article_id"] for line in (tmp_path / "alerts.jsonl").read_bytes().splitlines()}
    assert expected
    worker = start_worker(settings).wait_ready()
    dice = random.Random(7)
    parts = [events[start :: KILLS + 1] for start in range(KILLS + 1)]
    for part in parts[:-1]:
        await publish(part)
        await asyncio.sleep(dice.uniform(0.05, 0.8))
        worker.stop(signal.SIGKILL)
        worker = start_worker(settings).wait_ready()
    await publish(parts[-1])
    deadline = asyncio.get_running_loop().time() + 60
    while {json.loads(record.value)["article_id"] for record in await read_topic(topics.CLASSIFIED)} != {
        f"bench-{number}" for number in range(ARTICLES)
    }:
        assert asyncio.get_running_loop().time() < deadline, "articles are missing"
        await asyncio.sleep(0.5)
    alerts = [json.loads(record.value) for record in await wait_for_records(topics.ALERTS, len(expected))]
    assert sorted(alert["article_id"] for alert in alerts) == sorted(expected)
    assert len({alert["alert_id"] for alert in alerts}) == len(alerts)
    values: dict[bytes, bytes] = {}
    for record in await read_topic(topics.CLASSIFIED):
        assert values.setdefault(record.key, record.value) == record.value, "a repetition has other bytes"
    assert worker.stop() == 0


async def test_sigterm_under_load_repeats_nothing(
    settings: Settings, start_worker: "StartWorker", publish: "Publish", read_topic: "ReadTopic"
) -> None:
    """Stopped while it works, a worker finishes and commits what it has taken: its successor repeats nothing."""
    worker = start_worker(settings).wait_ready()
    await publish(articles(ARTICLES))
    await asyncio.sleep(0.5)
    assert worker.stop() == 0
    done = len(await read_topic(topics.CLASSIFIED))
    assert done > 0
    start_worker(settings)
    deadline = asyncio.get_running_loop().time() + 60
    while len(records := await read_topic(topics.CLASSIFIED)) < ARTICLES:
        assert asyncio.get_running_loop().time() < deadline, f"{len(records)} of {ARTICLES}"
        await asyncio.sleep(0.5)
    assert len({record.key for record in records}) == len(records) == ARTICLES
