"""What an alert's transaction gives and what not, on a real Kafka: two owners of one partition, one of them taken for dead."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced

from streams import exactly_once, topics
from streams.connection import connected
from streams.core.stories import StoryIndex
from streams.delivery import Line, Progress
from streams.exactly_once import ExactlyOnce
from streams.kafka import client_options
from streams.settings import Settings
from streams.topology import STAGES, Context, Origin, process

if TYPE_CHECKING:
    from streams.assets import Assets
    from streams.outbox import Outbox

pytestmark = pytest.mark.kafka

SAMPLES = Path(__file__).parents[1] / "samples" / "articles.jsonl"
SECONDS = 30.0


@pytest.fixture(autouse=True)
def left_overs() -> Iterator[None]:
    """A fenced producer leaves futures that nobody awaits: they are collected here.

    asyncio then logs a traceback, which parses source: in the middle of another test's `ast.parse` Python 3.11.2 fails at that.
    """
    yield
    gc.collect()


@pytest.fixture
def found(loaded: "Assets") -> Origin:
    """A record of the minerals topic that an alert comes of."""
    events = {json.loads(line)["id"]: line.encode() for line in SAMPLES.read_text(encoding="utf-8").splitlines()}
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    raw = Origin(topics.RAW, 0, 0, None, events["antimony-1"], (), 1_700_000_000_000)
    (value,) = (message.value for message in process(STAGES[:2], raw, context) if message.topic == topics.MINERALS)
    return Origin(topics.MINERALS, 0, 0, None, value, (), 1_700_000_000_000)


class Owner:
    """A worker's lane of the first partition."""

    def __init__(self, settings: Settings, loaded: "Assets") -> None:
        self.failures: list[BaseException] = []
        outbox = cast("Outbox", None)  # only stateless chains have one
        line = Line(settings, loaded, outbox, Progress(), lambda _, error: self.failures.append(error))
        self.lane = ExactlyOnce(line, STAGES[2:], TopicPartition(topics.MINERALS, 0))

    async def tell(self, found: Origin) -> None:
        """Put a record's alert into a transaction, and be frozen before it is committed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exactly_once, "IDLE_SECONDS", SECONDS)
            patch.setattr(exactly_once, "COMMIT_SECONDS", SECONDS)
            await self.lane.take(found)
            async with asyncio.timeout(SECONDS):
                while not self.lane.told:  # noqa: ASYNC110 - the lane has no event for tests
                    await asyncio.sleep(0.01)
            assert self.lane.running is not None
            self.lane.running.cancel()


@asynccontextmanager
async def owner(settings: Settings, loaded: "Assets") -> AsyncIterator[Owner]:
    """One that has taken the partition over."""
    made = Owner(settings, loaded)
    try:
        await made.lane.start()
        yield made
    finally:
        await made.lane.producer.stop()


async def told(settings: Settings, isolation_level: str, count: int) -> list[bytes | None]:
    """The alerts that a subscriber sees, once there are so many, and what comes within a second after them."""
    partition = TopicPartition(topics.name(settings, topics.ALERTS), 0)
    alerts: list[bytes | None] = []
    async with AIOKafkaConsumer(bootstrap_servers=settings.brokers, isolation_level=isolation_level) as consumer:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        async with asyncio.timeout(SECONDS):
            while len(alerts) < count:
                alerts += [record.value for record in (await consumer.getmany(timeout_ms=200)).get(partition, [])]
        alerts += [record.value for record in (await consumer.getmany(timeout_ms=1000)).get(partition, [])]
    return alerts


async def test_an_alert_that_was_not_committed_is_seen_by_those_alone_who_read_uncommitted(
    settings: Settings, loaded: "Assets", found: Origin
) -> None:
    """They see it again from the next owner; a subscriber that reads committed records sees one alert."""
    async with owner(settings, loaded) as first:
        await first.tell(found)
        (alert,) = await told(settings, "read_uncommitted", 1)
        assert await told(settings, "read_committed", 0) == []
        async with owner(settings, loaded) as second:
            await second.lane.take(found)
            assert await told(settings, "read_committed", 1) == [alert]
            assert await told(settings, "read_uncommitted", 2) == [alert, alert]
            assert second.failures == []


async def test_a_former_owner_can_commit_nothing(settings: Settings, loaded: "Assets", found: Origin) -> None:
    """A worker that was frozen for longer than its session finds the next owner's transactions in force, and stops."""
    async with owner(settings, loaded) as former:
        await former.tell(found)
        async with owner(settings, loaded) as present:
            await former.lane.run()  # thawed
            assert [type(error) for error in former.failures] == [ProducerFenced]
            await present.lane.take(found)
            assert len(await told(settings, "read_committed", 1)) == 1


async def test_a_record_whose_alert_is_committed_is_not_told_again(settings: Settings, loaded: "Assets", found: Origin) -> None:
    """The next owner finds alert and position together: it passes over what is done, and knows what was told."""
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        await producer.send_and_wait(topics.name(settings, topics.MINERALS), found.value, partition=0)
    async with owner(settings, loaded) as first:
        await first.lane.take(found)
        (alert,) = await told(settings, "read_committed", 1)
    async with owner(settings, loaded) as second:
        assert second.lane.next == found.offset + 1
        await second.lane.take(found)
        again = Origin(found.topic, 0, found.offset + 1, None, found.value, (), found.timestamp_ms)  # a producer repeats itself
        await second.lane.take(again)
        await second.lane.commit()
        assert await told(settings, "read_uncommitted", 1) == [alert]


async def test_an_alert_that_kafka_refuses_stops_the_worker_and_moves_no_offset(
    settings: Settings, loaded: "Assets", found: Origin
) -> None:
    """A transaction of aiokafka is committed also without the batches that failed in it: the alert would be lost for good."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topics.name(settings, topics.ALERTS), configs={"max.message.bytes": "100"})
    async with connected(AIOKafkaAdminClient(**client_options(settings)), settings) as admin:
        await admin.alter_configs([resource])
    async with owner(settings, loaded) as first:
        await first.lane.take(found)
        async with asyncio.timeout(SECONDS):
            while not first.failures:  # noqa: ASYNC110 - the lane has no event for tests
                await asyncio.sleep(0.01)
        assert [type(error) for error in first.failures] == [MessageSizeTooLargeError]
    async with AIOKafkaConsumer(bootstrap_servers=settings.brokers, group_id=settings.group) as consumer:
        assert await consumer.committed(TopicPartition(topics.name(settings, topics.MINERALS), 0)) is None
