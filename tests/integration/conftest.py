"""Fixtures that run the service as a process of its own, as operators do."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from streams import topics
from streams.broker import free_port
from streams.connection import read_to_end
from streams.kafka import MAX_RECORD_BYTES
from streams.settings import Settings

READY_SECONDS = 60.0


@dataclass
class Worker:
    """A worker process."""

    process: subprocess.Popen[bytes]
    port: int
    log_path: Path

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of one of its pages; 0 when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return 0, ""

    def wait_ready(self) -> "Worker":
        """Wait until it serves its partitions."""
        deadline = time.monotonic() + READY_SECONDS
        while self.get("/readyz")[0] != 200:
            assert self.process.poll() is None, self.log_path.read_text()
            assert time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.1)
        return self

    def log(self) -> list[dict[str, object]]:
        """What it logged."""
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def stop(self, number: signal.Signals = signal.SIGTERM, within: float = 20.0) -> int:
        """Send a signal; gives the exit status."""
        self.process.send_signal(number)
        return self.process.wait(within)


StartWorker = Callable[..., Worker]


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """Start workers with the given settings; those still running at the end are killed."""
    started: list[Worker] = []

    def start(settings: Settings, *arguments: str, **environment: str) -> Worker:
        port = free_port()
        log_path = tmp_path / f"worker-{len(started)}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker", *arguments],
                stderr=log,
                env=os.environ
                | {
                    "LODESTREAM_BROKERS": settings.brokers,
                    "LODESTREAM_TOPIC_PREFIX": settings.topic_prefix,
                    "LODESTREAM_PARTITIONS": str(settings.partitions),
                    "LODESTREAM_GROUP": settings.topic_prefix + "group",
                    "LODESTREAM_HTTP_PORT": str(port),
                    "LODESTREAM_LOG_FORMAT": "json",
                    **environment,
                },
            )
        started.append(Worker(process, port, log_path))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait()


Publish = Callable[[Sequence[bytes]], Awaitable[None]]


@pytest.fixture
def publish(settings: Settings) -> Publish:
    """Publish raw values, each with a key of its own, as many scrapers would."""

    async def send(values: Sequence[bytes]) -> None:
        options = {"bootstrap_servers": settings.brokers, "linger_ms": 5, "max_request_size": MAX_RECORD_BYTES}
        async with AIOKafkaProducer(**options) as producer:
            for number, value in enumerate(values):
                await producer.send(topics.name(settings, topics.RAW), value, key=f"scraper-{number}".encode())
            await producer.flush()

    return send


ReadTopic = Callable[[str], Awaitable[list[ConsumerRecord]]]


@pytest.fixture
def read_topic(settings: Settings) -> ReadTopic:
    """All committed records of a topic, given without its prefix."""

    async def read(topic: str) -> list[ConsumerRecord]:
        return [record async for record in read_to_end(settings, topics.name(settings, topic))]

    return read


WaitForRecords = Callable[[str, int], Awaitable[list[ConsumerRecord]]]


@pytest.fixture
def wait_for_records(read_topic: ReadTopic) -> WaitForRecords:
    """Wait until a topic has a number of records."""

    async def wait(topic: str, count: int, within: float = 60.0) -> list[ConsumerRecord]:
        deadline = time.monotonic() + within
        while len(records := await read_topic(topic)) < count:
            assert time.monotonic() < deadline, f"{len(records)} of {count} records on {topic} after {within} s"
        return records

    return wait
