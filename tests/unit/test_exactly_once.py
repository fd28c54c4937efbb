"""A lane of the stage with state: results and offset become visible together, and after a failure never."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import cast

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, TopicPartition

from streams import topics
from streams.assets import Assets
from streams.exactly_once import COMMIT_SECONDS, IDLE_SECONDS, MAX_TAKEN, QUIET_COMMIT_SECONDS, ExactlyOnce
from tests.unit.fakes import COPY, BrokerDownError, FakeProducer, World, origin, raw, world

SOURCE = TopicPartition("dev.articles.minerals", 3)
STAGE = replace(COPY, source=topics.MINERALS, stateful=True)
LIMIT = 5.0


@dataclass
class Lane:
    """A lane with a fake producer, as it is after its start."""

    lane: ExactlyOnce
    producer: FakeProducer
    made: World

    async def take(self, offset: int, results: int = 1) -> None:
        """Give it a record with a number of results."""
        await self.lane.take(origin(raw(str(results)), offset))

    @property
    def diary(self) -> list[object]:
        """What the producer was told."""
        return self.producer.diary


@pytest_asyncio.fixture
async def lane(loaded: Assets) -> AsyncIterator[Lane]:
    """A lane whose partition was left at offset 10."""
    made = world(loaded, topic_prefix="dev.", group="desk")
    exactly_once = ExactlyOnce(made.line, [STAGE], TopicPartition(topics.MINERALS, 3))
    await exactly_once.producer.stop()  # it was never started
    producer = FakeProducer()
    exactly_once.producer = cast("AIOKafkaProducer", producer)
    exactly_once.next = exactly_once.committed = 10
    exactly_once.started.set()
    yield Lane(exactly_once, producer, made)
    if exactly_once.committer:
        exactly_once.committer.cancel()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 - the lane has no event for tests
            await asyncio.sleep(0.002)


def transaction(offset: int, results: int = 1) -> list[object]:
    """The diary of one transaction."""
    return ["begin", *["send"] * results, ("offsets", {SOURCE: offset}, "desk"), "commit"]


async def test_results_and_the_offset_behind_them_are_one_transaction(lane: Lane) -> None:
    """Committed by itself, soon; the outputs go to the partition that they came from."""
    await lane.take(10)
    assert lane.made.line.progress.waiting == 1
    await until(lambda: "commit" in lane.diary)
    assert lane.diary == transaction(11)
    (sent,) = lane.producer.sent
    assert (sent.topic, sent.partition) == ("dev.articles.clean", 3)
    await until(lambda: lane.made.line.progress.waiting == 0)


async def test_records_of_a_short_time_share_a_transaction(lane: Lane) -> None:
    """A commit costs round trips."""
    for offset in (10, 11, 12):
        await lane.take(offset, results=2)
    await until(lambda: "commit" in lane.diary)
    assert lane.diary == transaction(13, results=6)


async def test_the_next_records_have_a_transaction_of_their_own(lane: Lane) -> None:
    """And what was committed is not told again."""
    await lane.take(10)
    await until(lambda: "commit" in lane.diary)
    await lane.take(11)
    await until(lambda: lane.diary.count("commit") == 2)
    assert lane.diary == [*transaction(11), *transaction(12)]


async def test_a_partition_that_is_never_idle_is_committed_all_the_same(lane: Lane) -> None:
    """A stream of alerts must not hold them back."""
    offset = 10
    async with asyncio.timeout(LIMIT):
        while "commit" not in lane.diary:
            await lane.take(offset)
            offset += 1
            await asyncio.sleep(IDLE_SECONDS / 5)
    assert ("offsets", {SOURCE: offset}, "desk") in lane.diary
    assert offset < 10 + MAX_TAKEN, "only their number ended it"


async def test_records_below_the_committed_offset_are_skipped(lane: Lane) -> None:
    """Their alerts are told already."""
    for offset in (0, 9, 10, 10, 12, 11):
        await lane.take(offset)
    await until(lambda: "commit" in lane.diary)
    assert lane.diary == transaction(13, results=2)


async def test_nothing_is_taken_before_the_stories_are_restored(lane: Lane) -> None:
    """Faust delivers records while the partition is still being taken over: alerts would be told again."""
    lane.lane.started.clear()
    lane.lane.next = lane.lane.committed = 0
    taking = asyncio.create_task(lane.take(10))
    await asyncio.sleep(2 * COMMIT_SECONDS)
    assert lane.diary == []
    lane.lane.next = lane.lane.committed = 11
    lane.lane.started.set()
    await asyncio.wait_for(taking, LIMIT)
    await close(lane)
    assert lane.diary == ["stop"]


async def test_a_record_that_waits_for_a_start_is_let_go_when_the_partition_is_given_back(lane: Lane) -> None:
    """Else the agent would hang for good."""
    lane.lane.started.clear()
    taking = asyncio.create_task(lane.take(10))
    await asyncio.sleep(0)
    await close(lane)
    await asyncio.wait_for(taking, LIMIT)
    assert lane.diary == ["stop"]


async def test_records_without_results_move_the_offset_alone(lane: Lane) -> None:
    """In no hurry: nobody waits for it."""
    await lane.take(10, results=0)
    await asyncio.sleep(3 * COMMIT_SECONDS)
    assert lane.diary == []
    await until(lambda: "commit" in lane.diary)
    assert lane.diary == transaction(11, results=0)


async def test_many_records_without_results_are_committed_sooner(lane: Lane) -> None:
    """What a crash repeats is bounded."""
    started = asyncio.get_running_loop().time()
    for offset in range(10, 10 + MAX_TAKEN):
        await lane.take(offset, results=0)
    await until(lambda: "commit" in lane.diary)
    assert asyncio.get_running_loop().time() - started < QUIET_COMMIT_SECONDS
    assert lane.diary == transaction(10 + MAX_TAKEN, results=0)


async def test_a_result_after_quiet_records_takes_their_offset_along(lane: Lane) -> None:
    """One transaction for all."""
    await lane.take(10, results=0)
    await lane.take(11)
    await until(lambda: "commit" in lane.diary)
    assert lane.diary == transaction(12)


async def close(lane: Lane) -> None:
    """Give the partition up."""
    await asyncio.wait_for(lane.lane.close(LIMIT), LIMIT)


async def test_closing_commits_what_was_taken(lane: Lane) -> None:
    """The next owner starts behind it."""
    await lane.take(10)
    await lane.take(11, results=0)
    await close(lane)
    assert lane.diary == [*transaction(12), "stop"]
    assert lane.made.line.progress.waiting == 0


async def test_closing_a_lane_that_did_nothing_commits_nothing(lane: Lane) -> None:
    """No empty transactions."""
    await close(lane)
    assert lane.diary == ["stop"]


async def test_nothing_is_taken_after_the_close(lane: Lane) -> None:
    """The partition is somebody else's."""
    await close(lane)
    await lane.take(10)
    assert lane.diary == ["stop"]


async def test_a_record_that_waits_while_the_lane_closes_is_not_taken(lane: Lane) -> None:
    """It is the next owner's, and does not count as waiting."""
    lane.producer.gate = asyncio.Event()
    first = asyncio.create_task(lane.take(10))
    await asyncio.sleep(0)
    second = asyncio.create_task(lane.take(11))
    closing = asyncio.create_task(lane.lane.close(LIMIT))
    await asyncio.sleep(0.01)
    lane.producer.gate.set()
    await asyncio.wait_for(asyncio.gather(first, second, closing), LIMIT)
    assert lane.diary == [*transaction(11), "stop"]
    assert lane.made.line.progress.waiting == 0


async def test_closing_gives_up_after_its_time(lane: Lane) -> None:
    """A Kafka that is silent must not hold a rebalance up; what was not committed is told by the next owner."""
    await lane.take(10)
    lane.producer.gate = asyncio.Event()
    await asyncio.wait_for(lane.lane.close(0.05), LIMIT)
    assert "commit" not in lane.diary
    assert lane.made.line.progress.waiting == 0


FAILURES: dict[str, Callable[[Lane], Awaitable[None]]] = {
    "begin": lambda lane: lane.take(11),
    "send": lambda lane: lane.take(11),
    "offsets": lambda lane: lane.lane.commit(),
    "commit": lambda lane: lane.lane.commit(),
}


@pytest.mark.parametrize("call", FAILURES)
async def test_after_a_failure_nothing_is_committed(lane: Lane, call: str) -> None:
    """Neither by the task that commits nor by a later record nor on closing: an alert that was passed over would be lost."""
    if call != "begin":
        await lane.take(10)
    lane.producer.failing[call] = BrokerDownError()
    await FAILURES[call](lane)
    assert [failure.rpartition(" ")[2] for failure in lane.made.failures] == ["BrokerDownError"]
    lane.producer.failing.clear()
    await lane.take(12)
    await asyncio.sleep(2 * COMMIT_SECONDS)
    await close(lane)
    assert "commit" not in lane.diary
    assert len(lane.made.failures) == 1
    assert lane.made.line.progress.waiting == 0


async def test_a_record_that_was_interrupted_is_not_passed_over(lane: Lane) -> None:
    """Faust may cancel an agent anywhere."""
    await lane.take(10)
    lane.producer.gate = asyncio.Event()
    interrupted = asyncio.create_task(lane.take(11))
    await asyncio.sleep(0)
    interrupted.cancel()
    await asyncio.wait([interrupted])
    lane.producer.gate = None
    await close(lane)
    assert "commit" not in lane.diary
