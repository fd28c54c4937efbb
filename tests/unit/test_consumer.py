"""The consumer hands records over in the task that fetched them where nothing waits, and waits as Faust does."""

import asyncio

import pytest
import pytest_asyncio
from faust.transport.drivers import aiokafka
from mode.services import WaitResults
from mode.utils.locks import Event

from streams.consumer import Consumer, Transport


@pytest_asyncio.fixture
async def consumer() -> Consumer:
    """One without an application, which none of this needs."""
    made = Consumer.__new__(Consumer)
    made._loop = asyncio.get_running_loop()
    made._stopped, made._crashed = Event(), Event()
    return made


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
