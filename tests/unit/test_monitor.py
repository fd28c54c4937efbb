"""Lag and liveness, measured from beside the stream."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from faust.types import TP
from prometheus_client import REGISTRY

from streams import monitor
from streams.monitor import LagMonitor, watch_loop
from streams.server import Health
from streams.settings import Settings
from tests.unit.fakes import COPY, BrokerDownError

if TYPE_CHECKING:
    from streams.agents import Agents

STALL = 60.0
FULL_NAME = "dev.articles.raw"


@dataclass
class FakeKafka:
    """What the monitor asks of Kafka: committed offsets, beginnings and ends by partition."""

    done: dict[int, int] = field(default_factory=dict)
    beginnings: dict[int, int] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    markers: set[int] = field(default_factory=set)
    """Partitions in which only the ends of transactions are not done."""
    error: BaseException | None = None
    looks: int = 0
    stopped: bool = False

    async def start(self) -> None:
        """Start."""

    async def stop(self) -> None:
        """Stop."""
        self.stopped = True

    async def topics(self) -> set[str]:
        """What there is to read: asked for by who has no partitions."""
        self.looks += 1
        if self.error:
            raise self.error
        return {FULL_NAME}

    async def committed(self, partition: TopicPartition) -> int | None:
        """The offset that the group committed."""
        return self.done.get(partition.partition)

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """First offsets."""
        return {partition: self.beginnings.get(partition.partition, 0) for partition in partitions}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets behind the last."""
        return {partition: self.ends[partition.partition] for partition in partitions}

    def assign(self, partitions: list[TopicPartition]) -> None:
        """Begin to fetch."""

    def unsubscribe(self) -> None:
        """Fetch no more."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Fetch from there."""

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[object]]:
        """One record, of the first partition that has one."""
        assert timeout_ms
        assert max_records == 1
        return {}

    async def position(self, partition: TopicPartition) -> int:
        """Behind what was fetched and holds no record."""
        number = partition.partition
        return self.ends[number] if number in self.markers else self.done.get(number, 0)


@dataclass
class Watched:
    """A monitor and what it looks at."""

    monitor: LagMonitor
    kafka: FakeKafka
    health: Health
    lanes: dict[TP, Any]

    def assign(self, *partitions: int) -> None:
        """Give the worker partitions."""
        self.lanes.clear()
        for number in partitions:
            self.lanes[TP(FULL_NAME, number)] = SimpleNamespace(partition=TopicPartition(COPY.source, number), finished_ms=0)

    def lag(self, partition: int) -> float | None:
        """The metric of one partition."""
        labels = {"topic": COPY.source, "partition": str(partition)}
        return REGISTRY.get_sample_value("lodestream_consumer_lag_records", labels)

    def seconds(self) -> float:
        """The metric of the topic."""
        value = REGISTRY.get_sample_value("lodestream_consumer_lag_seconds", {"topic": COPY.source})
        assert value is not None
        return value


@pytest_asyncio.fixture
async def watched() -> AsyncIterator[Watched]:
    """A monitor on a fake Kafka."""
    lanes: dict[TP, Any] = {}
    agents = cast("Agents", SimpleNamespace(lanes=lanes, chains={FULL_NAME: [COPY]}))
    health, kafka = Health(STALL), FakeKafka()
    made = LagMonitor(Settings(group="desk"), agents, health)
    await made.consumer.stop()  # it was not started
    made.consumer = kafka
    yield Watched(made, kafka, health, lanes)
    made.show({}, {COPY.source: 0.0})


async def test_lag_is_what_lies_behind_the_committed_offset(watched: Watched) -> None:
    """Or behind the beginning, where nothing was committed or what was committed has expired."""
    watched.assign(0, 1, 2, 3)
    watched.kafka.done = {0: 7, 2: 3, 3: 5}
    watched.kafka.beginnings = {1: 4, 2: 6}
    watched.kafka.ends = dict.fromkeys(range(4), 10)
    await watched.monitor.look()
    assert [watched.lag(partition) for partition in range(4)] == [3, 6, 4, 5]
    assert watched.health.lag == 18


async def test_a_log_that_has_lost_its_end_waits_whole(watched: Watched) -> None:
    """It ends before what was committed: a worker that reads nothing of it must not seem to have caught up."""
    watched.assign(0)
    watched.kafka.done, watched.kafka.beginnings, watched.kafka.ends = {0: 40}, {0: 5}, {0: 20}
    await watched.monitor.look()
    assert watched.lag(0) == 15


async def test_the_ends_of_transactions_are_no_lag(watched: Watched) -> None:
    """They have offsets of their own, and nobody can finish them; a record that cannot be finished stays lag."""
    watched.assign(0, 1)
    watched.kafka.done, watched.kafka.ends, watched.kafka.markers = {0: 4, 1: 4}, {0: 5, 1: 5}, {0}
    await watched.monitor.look()
    await watched.monitor.look()
    assert (watched.lag(0), watched.lag(1)) == (0, 1)
    watched.kafka.ends[0] = 6
    await watched.monitor.look()
    assert watched.lag(0) == 2


async def test_partitions_that_were_given_back_disappear(watched: Watched) -> None:
    """Else two workers would both report them."""
    watched.kafka.ends = {0: 5, 1: 5}
    watched.assign(0, 1)
    await watched.monitor.look()
    watched.assign(1)
    await watched.monitor.look()
    assert (watched.lag(0), watched.lag(1)) == (None, 5)
    watched.assign()
    await watched.monitor.look()
    assert (watched.lag(1), watched.health.lag) == (None, 0)


async def test_an_idle_worker_stays_live(watched: Watched) -> None:
    """The clock of the stall begins with the first record that waits."""
    watched.kafka.done = watched.kafka.ends = {0: 5}
    watched.assign(0)
    watched.health.progress.finished_at -= 10 * STALL
    await watched.monitor.look()
    watched.kafka.ends = {0: 6}
    await watched.monitor.look()
    assert watched.health.live()[0]


@pytest.mark.parametrize("stuck", ["in Kafka", "in the worker"])
async def test_a_worker_whose_records_do_not_move_is_not_live(watched: Watched, stuck: str) -> None:
    """Wherever they wait."""
    watched.kafka.done, watched.kafka.ends = {0: 5}, {0: 6 if stuck == "in Kafka" else 5}
    watched.assign(0)
    watched.health.progress.waiting = int(stuck == "in the worker")
    watched.health.answered_at = time.monotonic()
    await watched.monitor.look()
    watched.health.progress.finished_at -= STALL + 1
    await watched.monitor.look()
    assert not watched.health.live()[0]


async def test_records_that_came_while_kafka_was_away_have_not_waited_long(watched: Watched) -> None:
    """The clock starts when they are first seen: the worker had nothing to do before."""
    watched.health.progress.finished_at -= STALL + 5
    watched.health.answered_at = time.monotonic()
    watched.monitor.show({(COPY.source, "0"): 7}, {COPY.source: 0.0})
    assert watched.health.live()[0]
    watched.health.progress.finished_at -= STALL + 5
    watched.monitor.show({(COPY.source, "0"): 7}, {COPY.source: 0.0})
    assert not watched.health.live()[0]


async def test_lag_in_seconds_counts_from_the_last_finished_record(watched: Watched) -> None:
    """A worker that comes back after an hour is an hour behind, not as far as it has looked."""
    watched.kafka.ends = {0: 5}
    watched.assign(0)
    await watched.monitor.look()
    assert watched.seconds() < 5
    (lane,) = watched.lanes.values()
    lane.finished_ms = (time.time() - 3600) * 1000
    await watched.monitor.look()
    assert 3590 < watched.seconds() < 3610


async def test_lag_in_seconds_counts_from_when_nothing_waited(watched: Watched) -> None:
    """After a quiet night the first record has not waited all night."""
    watched.kafka.done = watched.kafka.ends = {0: 5}
    watched.assign(0)
    (lane,) = watched.lanes.values()
    lane.finished_ms = (time.time() - 3600) * 1000
    await watched.monitor.look()
    assert watched.seconds() == 0
    watched.kafka.ends = {0: 6}
    await watched.monitor.look()
    assert watched.seconds() < 5


async def test_what_was_known_of_a_partition_is_forgotten_with_it(watched: Watched) -> None:
    """Others have read it in the meantime."""
    watched.kafka.done = watched.kafka.ends = {0: 5}
    watched.assign(0)
    await watched.monitor.look()
    for known in (watched.monitor.caught_up_at, watched.monitor.seen_at):
        known[TopicPartition(FULL_NAME, 0)] -= 3600
    watched.assign()
    await watched.monitor.look()
    watched.assign(0)
    watched.kafka.ends = {0: 6}
    await watched.monitor.look()
    assert watched.seconds() < 5


async def run_for_a_look(watched: Watched) -> None:
    """Run the monitor until it has looked once."""
    task = asyncio.create_task(watched.monitor.run())
    async with asyncio.timeout(5):
        while not watched.kafka.looks:  # noqa: ASYNC110 - the fake has no event
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert watched.kafka.stopped


async def test_an_answer_makes_the_worker_ready(watched: Watched) -> None:
    """Kafka is there."""
    await run_for_a_look(watched)
    watched.health.ready = lambda: True
    assert watched.health.is_ready()[0]


@pytest.mark.parametrize("error", [BrokerDownError(), TimeoutError(), OSError()])
async def test_without_an_answer_the_worker_is_not_ready(watched: Watched, error: BaseException) -> None:
    """It goes on: Kafka may come back."""
    watched.kafka.error = error
    await run_for_a_look(watched)
    watched.health.ready = lambda: True
    assert watched.health.is_ready() == (False, "Kafka does not answer")


async def test_the_event_loop_is_watched() -> None:
    """Its beat shows that it turns, and the metric how late."""
    health = Health(STALL)
    health.beat_at -= 10 * STALL
    task = asyncio.create_task(watch_loop(health))
    await asyncio.sleep(monitor.BEAT_SECONDS + 0.05)
    task.cancel()
    assert health.live()[0]
    value = REGISTRY.get_sample_value("lodestream_event_loop_lag_seconds")
    assert value is not None
    assert 0 <= value < 10
