"""What the tests of the shell use in place of Kafka and of the real stages."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

from aiokafka.errors import KafkaError

from streams import topics
from streams.assets import Assets
from streams.codec import decode
from streams.core.records import CleanArticle, RawArticle, Rejected
from streams.delivery import Line, Progress
from streams.schemas import RECORDS, examples
from streams.settings import Settings
from streams.topology import Context, Headers, Message, Origin, Records, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiokafka import TopicPartition

    from streams.outbox import Outbox

R = TypeVar("R")


def example(cls: type[R]) -> R:
    """The example of a record from its schema."""
    (name,) = (name for name, candidate in RECORDS.items() if candidate is cls)
    record = decode(json.dumps(examples()[name]).encode(), cls)
    assert isinstance(record, cls)
    return record


def origin(value: bytes, offset: int = 0, timestamp_ms: int | None = 1_700_000_000_000) -> Origin:
    """A record of the raw topic."""
    return Origin(topics.RAW, 3, offset, b"key", value, (("trace", b"7"),), timestamp_ms)


def raw(body: object) -> bytes:
    """A raw event."""
    return json.dumps({"body": body}).encode()


def copies(article: RawArticle, _: Context) -> Records | Rejected:
    """As many clean articles as the body says."""
    return tuple(
        CleanArticle(article_id=f"copy-{number}", content_hash="0", text="text", language="en", removed={})
        for number in range(int(article.body))
    )


COPY = Stage("copy", topics.RAW, RawArticle, copies)
"""A stage whose body says how many records it makes; a body that is no number makes it raise."""


@dataclass
class Sent:
    """What was handed to a producer."""

    topic: str
    value: bytes | None
    key: bytes | None
    partition: int | None
    timestamp_ms: int | None
    headers: Headers
    delivery: "asyncio.Future[object]"


@dataclass
class FakeProducer:
    """Keeps what it is given; the test answers the deliveries, in any order, and says which calls fail."""

    sent: list[Sent] = field(default_factory=list)
    diary: list[object] = field(default_factory=list)
    """The calls of the transactional producer."""
    failing: dict[str, BaseException] = field(default_factory=dict)
    """Errors by the name of the call that raises them."""
    gate: asyncio.Event | None = None
    """What `send` waits for."""
    acknowledges: bool = False
    """Whether Kafka takes whatever is sent, if `failing` has no `delivery`; else the test answers."""

    def note(self, call: str, *details: object) -> None:
        """Note a call, or raise what it is to raise."""
        if error := self.failing.get(call):
            raise error
        self.diary.append((call, *details) if details else call)

    async def send(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        partition: int | None,
        timestamp_ms: int | None,
        headers: list[tuple[str, bytes]],
    ) -> "asyncio.Future[object]":
        """Keep a message."""
        if self.gate:
            await self.gate.wait()
        self.note("send")
        delivery: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.sent.append(Sent(topic, value, key, partition, timestamp_ms, tuple(headers), delivery))
        if error := self.failing.get("delivery"):
            delivery.set_exception(error)
        elif self.acknowledges:
            delivery.set_result(None)
        return delivery

    async def put(self, message: Message) -> "asyncio.Future[object]":
        """Keep a message, as an outbox."""
        return await self.send(
            message.topic,
            message.value,
            key=message.key,
            partition=None,
            timestamp_ms=message.timestamp_ms,
            headers=list(message.headers),
        )

    async def begin_transaction(self) -> None:
        """Begin."""
        self.note("begin")

    async def send_offsets_to_transaction(self, offsets: "Mapping[TopicPartition, int]", group: str) -> None:
        """Put offsets into the transaction."""
        self.note("offsets", dict(offsets), group)

    async def commit_transaction(self) -> None:
        """Commit."""
        if self.gate:
            await self.gate.wait()
        self.note("commit")

    async def stop(self) -> None:
        """Stop."""
        self.note("stop")


@dataclass
class World:
    """A line whose producer is a fake, and the failures that were reported."""

    line: Line
    producer: FakeProducer
    failures: list[str]


def world(assets: Assets, **settings: object) -> World:
    """A line for one test."""
    producer, failures = FakeProducer(), list[str]()
    line = Line(
        Settings(**settings),  # type: ignore[arg-type]
        assets,
        cast("Outbox", producer),
        Progress(),
        lambda what, error: failures.append(f"{what}: {type(error).__name__}"),
    )
    return World(line, producer, failures)


class BrokerDownError(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A failure of the world."""
