"""Publishes raw events to Kafka and tells what was acknowledged."""

import asyncio
import hashlib
import random
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError

from streams import topics
from streams.connection import ANSWER_SECONDS, connected, require_topic
from streams.errors import LodestreamError
from streams.inputs import Input
from streams.kafka import MAX_RECORD_BYTES, client_options
from streams.settings import Settings

IN_FLIGHT = 1000
"""Records that may wait for their acknowledgement: bounds the memory for inputs of any length."""

Headers = list[tuple[str, bytes]]
Waiting = tuple[Input, asyncio.Future[Any]]


@dataclass(slots=True)
class Report:
    """What became of the records."""

    partitions: Counter[int] = field(default_factory=Counter)
    """Acknowledged records by partition."""
    failures: list[str] = field(default_factory=list)
    """One line for each record that was not acknowledged."""
    failed: bool = False
    """Whether Kafka itself failed, and not only one of the records."""
    refused: TopicAuthorizationFailedError | None = None
    """Kafka's answer that we have no right to publish."""

    @property
    def acknowledged(self) -> int:
        """How many records Kafka has."""
        return self.partitions.total()


async def publish(settings: Settings, inputs: Iterable[Input], progress: Callable[[int], object]) -> Report:
    """Send raw events, each of them once; `progress` is told how many were acknowledged so far.

    A record that Kafka refuses is reported and the rest goes on; when Kafka fails, nothing more is read. Raises RefusedError when
    we have no right to publish.
    """
    topic = topics.name(settings, topics.RAW)
    await require_topic(settings, topic)
    report = Report()
    producer = AIOKafkaProducer(
        **client_options(settings),
        enable_idempotence=True,
        acks="all",
        linger_ms=10,
        max_request_size=MAX_RECORD_BYTES,
        request_timeout_ms=int(ANSWER_SECONDS * 1000),
    )
    async with connected(producer, settings):
        # Events without a key share one partition, another at each run: the order in which they were given is kept.
        keyless = random.choice(sorted(await producer.partitions_for(topic)))  # noqa: S311 - spreads load, guards nothing
        waiting: deque[Waiting] = deque()
        try:
            for item in inputs:
                await enqueue(producer, topic, item, keyless, waiting, report)
                if len(waiting) >= IN_FLIGHT and not await settle(waiting.popleft(), report):
                    break
                progress(report.acknowledged)
        except (KafkaError, LodestreamError) as error:
            report.failed = isinstance(error, KafkaError)
            report.failures.append(f"stopped before the end: {error}")
        while waiting:
            await settle(waiting.popleft(), report)
            progress(report.acknowledged)
        if report.refused and not report.acknowledged:
            raise report.refused
    return report


async def enqueue(  # noqa: PLR0917 - one call
    producer: AIOKafkaProducer, topic: str, item: Input, keyless: int, waiting: deque[Waiting], report: Report
) -> None:
    """Hand an event to the producer; one without a key goes to the partition `keyless`."""
    key, headers = describe(item.value)
    try:
        acknowledgement = await producer.send(
            topic, item.value, key=key, partition=keyless if key is None else None, headers=headers
        )
        acknowledgement.add_done_callback(lambda done: done.cancelled() or done.exception())  # else asyncio tells of it, too
        waiting.append((item, acknowledgement))
    except MessageSizeTooLargeError:
        report.failures.append(f"{item.name}: {len(item.value)} bytes, at most {MAX_RECORD_BYTES} fit into a record")


async def settle(sent: Waiting, report: Report) -> bool:
    """Wait for an acknowledgement; False when Kafka failed, so that there is no sense in going on."""
    item, acknowledgement = sent
    # Once one came too late, the others had their time too.
    done, _ = await asyncio.wait({acknowledgement}, timeout=0 if report.failed else ANSWER_SECONDS)
    if done and not (error := acknowledgement.exception()):
        report.partitions[acknowledgement.result().partition] += 1
        return True
    report.failed = True
    if done and isinstance(error, TopicAuthorizationFailedError):
        report.refused = error
    report.failures.append(f"{item.name}: {error if done else 'no acknowledgement'}")
    return False


def describe(value: bytes) -> tuple[bytes | None, Headers]:
    """The key of a raw event (source, else url) and its headers in CloudEvents' binary mode; never raises."""
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError:
        event = None
    fields = event if isinstance(event, dict) else {}
    key = text(fields.get("source")) or text(fields.get("url"))
    identifier = text(fields.get("id")) or hashlib.sha256(value).hexdigest()
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return key.encode() if key else None, [
        ("ce_specversion", b"1.0"),
        ("ce_id", identifier.encode()),
        ("ce_type", f"lodestream.{topics.RAW}.v1".encode()),
        ("ce_source", b"lodestream"),
        ("ce_time", now.encode()),
        ("content-type", b"application/json"),
    ]


def text(field: object) -> str:
    """The field where it is a text, else an empty one: publishing refuses nothing."""
    return field if isinstance(field, str) else ""
