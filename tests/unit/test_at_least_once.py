"""A lane of a stateless chain: its offset never passes a record whose results Kafka has not all acknowledged."""

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiokafka import TopicPartition
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from streams import topics
from streams.assets import Assets
from streams.at_least_once import AtLeastOnce
from streams.delivery import MAX_UNACKED
from tests.unit.fakes import COPY, BrokerDownError, World, origin, raw, world

if TYPE_CHECKING:
    from collections.abc import Callable

PARTITION = TopicPartition(topics.RAW, 3)
DRAIN_SECONDS = 5.0


def lane(made: World) -> AtLeastOnce:
    """A lane of the copying stage."""
    return AtLeastOnce(made.line, [COPY], PARTITION)


async def settled() -> None:
    """Let callbacks and woken tasks run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_results_are_published_as_the_table_of_sinks_says(loaded: Assets) -> None:
    """With the key, the raw timestamp and the headers."""
    made = world(loaded)
    copying = lane(made)
    await copying.start()
    await copying.take(origin(raw("2"), timestamp_ms=1_700_000_000_001))
    first, second = made.producer.sent
    assert (first.topic, first.key, first.timestamp_ms) == ("articles.clean", b"copy-0", 1_700_000_000_001)
    assert second.key == b"copy-1"
    assert ("ce_id", b"copy-0") in first.headers


async def test_a_refused_record_without_key_and_value_is_published_too(loaded: Assets) -> None:
    """The Kafka client takes no record of neither."""
    made = world(loaded)
    await lane(made).take(origin(b"")._replace(key=None, value=None))
    (sent,) = made.producer.sent
    assert (sent.topic, sent.key, sent.value) == ("articles.dead-letter", None, b"")


@given(data=st.data(), counts=st.lists(st.integers(0, 3), min_size=1, max_size=8), first=st.integers(0, 2**40))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_the_offset_moves_past_the_acknowledged_prefix_alone(
    loaded: Assets, data: st.DataObject, counts: list[int], first: int
) -> None:
    """Whatever the order of Kafka's answers, and however many results a record has; gaps in the offsets are no matter."""
    made = world(loaded)
    copying = lane(made)
    offsets = [first + 3 * place for place in range(len(counts))]
    for count, offset in zip(counts, offsets, strict=True):
        await copying.take(origin(raw(str(count)), offset))
    owners = [place for place, count in enumerate(counts) for _ in range(count)]
    outstanding = list(counts)
    for index in data.draw(st.permutations(range(len(owners)))):
        made.producer.sent[index].delivery.set_result(None)
        outstanding[owners[index]] -= 1
        await settled()
        done = next((place for place, count in enumerate(outstanding) if count), len(counts))
        assert copying.done == (offsets[done - 1] + 1 if done else 0)
        assert made.line.progress.waiting == len(counts) - done
    assert copying.done == offsets[-1] + 1
    assert made.failures == []


async def test_a_record_that_gives_nothing_is_done_at_once(loaded: Assets) -> None:
    """Else an idle stage would never move on."""
    made = world(loaded)
    copying = lane(made)
    await copying.take(origin(raw("0"), 5, timestamp_ms=None))
    assert copying.done == 6
    assert made.line.progress.waiting == 0


async def test_a_delivery_that_fails_stops_the_worker_and_the_offset(loaded: Assets) -> None:
    """What is before it counts; what is behind it is read again, though Kafka has it."""
    made = world(loaded)
    copying = lane(made)
    for offset in range(3):
        await copying.take(origin(raw("1"), offset))
    before, failing, behind = (sent.delivery for sent in made.producer.sent)
    failing.set_exception(BrokerDownError())
    behind.set_result(None)
    await settled()
    assert copying.done == 0
    before.set_result(None)
    await settled()
    assert copying.done == 1
    assert made.failures == ["Kafka did not take what came of articles.raw: BrokerDownError"]


async def test_one_failed_result_of_several_holds_the_record(loaded: Assets) -> None:
    """All that a record gave must be there."""
    made = world(loaded)
    copying = lane(made)
    await copying.take(origin(raw("2")))
    made.producer.sent[0].delivery.set_exception(BrokerDownError())
    made.producer.sent[1].delivery.set_result(None)
    await settled()
    assert copying.done == 0


async def test_a_producer_that_takes_nothing_stops_the_worker(loaded: Assets) -> None:
    """The record was not published, so it stays unacknowledged."""
    made = world(loaded)
    copying = lane(made)
    made.producer.failing["send"] = BrokerDownError()
    await copying.take(origin(raw("1")))
    del made.producer.failing["send"]
    await copying.take(origin(raw("1"), 1))
    made.producer.sent[0].delivery.set_result(None)
    await settled()
    assert made.failures == ["cannot publish to articles.clean: BrokerDownError"]
    assert copying.done == 0


async def test_a_cancelled_delivery_is_no_acknowledgement(loaded: Assets) -> None:
    """The producer was stopped: nobody knows whether Kafka has it."""
    mistakes: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: mistakes.append(context))
    made = world(loaded)
    copying = lane(made)
    await copying.take(origin(raw("1")))
    made.producer.sent[0].delivery.cancel()
    await settled()
    assert (copying.done, made.failures, mistakes) == (0, [], [])


async def test_reading_waits_while_too_many_are_unacknowledged(loaded: Assets) -> None:
    """A slow Kafka must not fill the memory; one acknowledgement makes room for one record."""
    made = world(loaded)
    copying = lane(made)
    for offset in range(MAX_UNACKED):
        await copying.take(origin(raw("1"), offset))
    waiting = asyncio.create_task(copying.take(origin(raw("1"), MAX_UNACKED)))
    await settled()
    assert len(made.producer.sent) == MAX_UNACKED
    made.producer.sent[0].delivery.set_result(None)
    await asyncio.wait_for(waiting, DRAIN_SECONDS)
    assert len(made.producer.sent) == MAX_UNACKED + 1


async def test_closing_waits_for_what_is_in_flight(loaded: Assets) -> None:
    """So that the next owner repeats nothing."""
    made = world(loaded)
    copying = lane(made)
    await copying.take(origin(raw("1"), 7))
    closing = asyncio.create_task(copying.close(DRAIN_SECONDS))
    await settled()
    assert not closing.done()
    made.producer.sent[0].delivery.set_result(None)
    await asyncio.wait_for(closing, DRAIN_SECONDS)
    assert copying.done == 8
    assert made.line.progress.waiting == 0


@pytest.mark.parametrize("answer", [lambda delivery: None, lambda delivery: delivery.set_exception(BrokerDownError())])
async def test_closing_gives_up_after_its_time(loaded: Assets, answer: "Callable[[asyncio.Future[object]], None]") -> None:
    """A rebalance must not wait for a Kafka that is silent or fails; the record counts no longer as waiting."""
    made = world(loaded)
    copying = lane(made)
    await copying.take(origin(raw("1"), 7))
    answer(made.producer.sent[0].delivery)
    await asyncio.wait_for(copying.close(0.05), DRAIN_SECONDS)
    assert copying.done == 0
    assert made.line.progress.waiting == 0


async def test_an_answer_after_the_close_changes_nothing(loaded: Assets) -> None:
    """The partition is somebody else's by then."""
    made = world(loaded)
    copying = lane(made)
    await copying.take(origin(raw("1"), 7))
    await copying.close(0.01)
    made.producer.sent[0].delivery.set_result(None)
    await settled()
    assert copying.done == 0
    assert made.line.progress.waiting == 0


async def test_nothing_is_taken_after_the_close(loaded: Assets) -> None:
    """Nor by one that waited for room meanwhile: the record is the next owner's."""
    made = world(loaded)
    copying = lane(made)
    made.line.progress.change(MAX_UNACKED)
    waiting = asyncio.create_task(copying.take(origin(raw("1"), 1)))
    await settled()
    await asyncio.wait_for(copying.close(DRAIN_SECONDS), DRAIN_SECONDS)
    made.line.progress.finish(MAX_UNACKED)
    await asyncio.wait_for(waiting, DRAIN_SECONDS)
    await copying.take(origin(raw("1"), 2))
    assert made.producer.sent == []
    assert made.line.progress.waiting == 0


async def test_a_record_that_waits_counts_as_waiting_from_the_moment_it_was_taken(loaded: Assets) -> None:
    """`/livez` must not call a worker stuck that was idle for an hour and has just begun."""
    made = world(loaded)
    made.line.progress.finished_at -= 3600
    long_ago = made.line.progress.finished_at
    await lane(made).take(origin(raw("1")))
    assert made.line.progress.waiting == 1
    assert made.line.progress.finished_at > long_ago + 3000
