"""The consumer reads on where partitions were left; it hands records over in the task that fetched them where nothing waits."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka
from faust.types import TP
from mode.services import WaitResults
from mode.utils.locks import Event

from streams import consumer as module
from streams.consumer import SEEK_SECONDS, Consumer, Transport
from streams.settings import Settings
from streams.worker import faust_app


@pytest_asyncio.fixture
async def consumer() -> Consumer:
    """One without an application, which none of this needs."""
    made = Consumer.__new__(Consumer)
    made._loop = asyncio.get_running_loop()
    made._stopped, made._crashed = Event(), Event()
    return made


@dataclass
class FakeThread:
    """Faust's consumer thread, as far as seeking goes."""

    ends: dict[TopicPartition, int]
    begun: list[TopicPartition] = field(default_factory=list)

    async def highwaters(self, *partitions: TopicPartition) -> dict[TopicPartition, int]:
        """The ends of logs."""
        return {partition: self.ends[partition] for partition in partitions}

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        """Go back."""
        self.begun += partitions


COMMITTED = {"left at 7": 7, "nothing committed": None, "committed 0": 0, "read to its end": 20, "lost its end": 40}


async def test_partitions_are_read_on_where_they_were_left(consumer: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that is unknown, or lies behind the log's end, from the beginning: what was fetched meanwhile may be lost otherwise."""
    partitions = [TP(topic, 3) for topic in COMMITTED]
    thread = FakeThread({TopicPartition(topic, 3): 20 for topic in COMMITTED})

    async def seek_to_committed() -> dict[TP, int | None]:
        return dict(zip(partitions, COMMITTED.values(), strict=True))

    consumer._thread, consumer._read_offset, consumer._committed_offset = cast("Any", thread), defaultdict(lambda: None), {}
    monkeypatch.setattr(consumer, "seek_to_committed", seek_to_committed)
    monkeypatch.setattr(consumer, "assignment", lambda: set(partitions))
    await consumer.perform_seek()
    assert {partition.topic for partition in thread.begun} == {"nothing committed", "committed 0", "lost its end"}
    read_from = {tp.topic: offset for tp, offset in consumer._read_offset.items() if offset}
    assert read_from == {"left at 7": 7, "read to its end": 20}


async def test_partitions_that_cannot_be_found_in_time_end_faust(consumer: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to itself it would give up a little later, without a word, and never read again."""

    async def seek_to_committed() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(module, "SEEK_SECONDS", 0.05)
    monkeypatch.setattr(consumer, "seek_to_committed", seek_to_committed)
    consumer._read_offset = {}
    with pytest.raises(TimeoutError):
        await consumer.perform_seek()


def test_a_search_for_partitions_ends_before_faust_gives_up() -> None:
    """Whoever changes one of the two time-outs needs the other."""
    assert faust_app(Settings()).conf.broker_request_timeout > SEEK_SECONDS


async def test_a_record_is_delivered_in_the_task_that_fetched_it(consumer: Consumer) -> None:
    """No task of its own; the end of the flow is not waited for."""
    delivered_by = []

    async def deliver() -> None:
        delivered_by.append(asyncio.current_task())

    await consumer.wait_first(deliver(), asyncio.Event().wait())
    assert delivered_by == [asyncio.current_task()]


async def test_a_delivery_that_waits_is_waited_for(consumer: Consumer) -> None:
    """The agent is busy, and the flow goes on."""
    room, delivered = asyncio.Event(), []

    async def deliver() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        await room.wait()
        delivered.append("record")

    waiting = asyncio.create_task(consumer.wait_first(deliver(), asyncio.Event().wait()))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    room.set()
    await asyncio.wait_for(waiting, 1)
    assert delivered == ["record"]


async def test_a_delivery_that_waits_does_not_outlive_the_flow(consumer: Consumer) -> None:
    """After a rebalance it would set the read offset past records that are fetched again: they would be lost."""
    room, suspended, ended = asyncio.Event(), asyncio.Event(), []

    async def deliver() -> None:
        try:
            await room.wait()
        finally:
            ended.append("cancelled")

    waiting = asyncio.create_task(consumer.wait_first(deliver(), suspended.wait()))
    await asyncio.sleep(0.01)
    suspended.set()
    await asyncio.wait_for(waiting, 1)
    await asyncio.sleep(0)
    assert ended == ["cancelled"]


@pytest.mark.parametrize("waits", [False, True])
async def test_what_a_delivery_raises_is_not_lost(consumer: Consumer, waits: bool) -> None:  # noqa: FBT001 - a parameter
    """The task that fetches must end."""

    async def deliver() -> None:
        if waits:
            await asyncio.sleep(0)
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        await consumer.wait_first(deliver(), asyncio.Event().wait())


async def test_a_single_event_is_left_to_faust(consumer: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust waits like this until the flow is resumed."""
    waited = []

    async def wait_first(_: Consumer, *events: object, timeout: float) -> WaitResults:  # noqa: ASYNC109 - Faust's signature
        waited.append((events, timeout))
        return WaitResults([], [], stopped=False)

    monkeypatch.setattr(aiokafka.Consumer, "wait_first", wait_first)
    event = asyncio.Event()
    await consumer.wait_first(event, timeout=5.0)
    assert waited == [((event,), 5.0)]


def test_the_transport_has_this_consumer() -> None:
    """Faust makes its consumer from it."""
    assert Transport.Consumer is Consumer
