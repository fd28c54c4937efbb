"""Latency on the local broker: from a raw record's Kafka timestamp until a subscriber of committed records has its alert."""

import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiokafka

from streams import topics
from streams.broker import LocalBroker, free_port
from streams.core.stories import WINDOW
from streams.settings import Settings
from tests.bench.articles import MINERAL_EVERY, articles

RATE = 200
"""Articles a second, evenly spread."""

WARM_UP = 600
"""Articles before those that count: a worker's first ones take longer."""

ARTICLES = 6_400
"""Articles that count, one in twenty of them with an alert."""

WAIT_SECONDS = 60.0
LIMITS_MS = {"p50": 150.0, "p99": 400.0}
FIRST = datetime(1990, 1, 1, tzinfo=UTC)


def latency() -> dict[str, float]:
    """Milliseconds from raw record to committed alert, at 200 articles/s: `p50`, `p99` and `max`."""
    with tempfile.TemporaryDirectory() as directory:
        broker = LocalBroker(Path(directory), free_port())
        broker.start()
        try:
            settings = Settings(brokers=broker.address, group="latency", http_port=free_port())
            asyncio.run(topics.apply(settings))
            with worker(settings):
                waits = sorted(asyncio.run(measure(settings)))
        finally:
            broker.stop()
    return {"p50": percentile(waits, 50), "p99": percentile(waits, 99), "max": waits[-1]}


async def measure(settings: Settings) -> list[float]:
    """The latency of every alert, in ms."""
    sent: dict[str, int] = {}
    consumer = aiokafka.AIOKafkaConsumer(
        topics.name(settings, topics.ALERTS), bootstrap_servers=settings.brokers, isolation_level="read_committed"
    )
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=settings.brokers)
    async with consumer, producer:
        publishing = asyncio.create_task(publish(producer, topics.name(settings, topics.RAW), sent))
        waits: list[float] = []
        async with asyncio.timeout((WARM_UP + ARTICLES) / RATE + WAIT_SECONDS):
            while len(waits) < ARTICLES // MINERAL_EVERY:
                for records in (await consumer.getmany(timeout_ms=1000)).values():
                    read_at = time.time() * 1000
                    waits += [read_at - sent[identifier] for record in records if (identifier := counted(record.value)) in sent]
        await publishing
    return waits


async def publish(producer: aiokafka.AIOKafkaProducer, topic: str, sent: dict[str, int]) -> None:
    """Publish all articles evenly spread, and note when those that count and give an alert were sent."""
    started = time.monotonic()
    for number, event in enumerate(articles(WARM_UP + ARTICLES)):
        await asyncio.sleep(started + number / RATE - time.monotonic())
        value, timestamp_ms = event, round(time.time() * 1000)
        if number % MINERAL_EVERY == 0:
            published_at = FIRST + 2 * WINDOW * (number // MINERAL_EVERY)  # a story of its own
            value = json.dumps(json.loads(event) | {"published_at": published_at.isoformat()}).encode()
            if number >= WARM_UP:
                sent[f"bench-{number}"] = timestamp_ms
        await producer.send(topic, value, key=str(number).encode(), timestamp_ms=timestamp_ms)
    await producer.flush()


def counted(alert: bytes) -> str:
    """The article that an alert is about."""
    return str(json.loads(alert)["article_id"])


def percentile(ascending: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    return ascending[math.ceil(len(ascending) * percent / 100) - 1]


@contextmanager
def worker(settings: Settings) -> Iterator[None]:
    """Run a worker process that is ready."""
    environment = os.environ | {
        "LODESTREAM_BROKERS": settings.brokers,
        "LODESTREAM_GROUP": settings.group,
        "LODESTREAM_HTTP_PORT": str(settings.http_port),
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-m", "streams", "worker"], env=environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + WAIT_SECONDS
            while not ready(settings.http_port):
                if time.monotonic() > deadline:
                    raise SystemExit(f"bench: the worker was not ready after {WAIT_SECONDS:.0f} s")
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
            process.wait()


def ready(port: int) -> bool:
    """Whether a worker is."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
