"""A lane of the stage with state: results and offset become visible together, and after a failure never."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import cast

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, TopicPartition
from prometheus_client import REGISTRY

from streams import exactly_once as module
from streams import topics
from streams.assets import Assets
from streams.core.records import Alert, Source
from streams.delivery import MAX_UNACKED
from streams.exactly_once import COMMIT_SECONDS, IDLE_SECONDS, MAX_PROCESSED, QUIET_COMMIT_SECONDS, ExactlyOnce
from tests.unit.fakes import COPY, BrokerDownError, FakeProducer, World, origin, raw, world

SOURCE = TopicPartition("dev.articles.minerals", 3)
STAGE = replace(COPY, source=topics.MINERALS, stateful=True)
LIMIT = 5.0
ALERT = Alert(
    alert_id="a",
    story_id="s",
    revision=1,
    kind="new",
    article_id="one",
    minerals=(),
    primary_mineral="copper",
    severity="low",
    score=1.0,
    evidence=(),
    sources=(Source(id="one", content_hash="h"),),
    signature=("strik",),
)


@dataclass
class Lane:
    """A lane with a fake producer."""

    lane: ExactlyOnce
    producer: FakeProducer
    made: World

    async def take(self, offset: int, results: int = 1) -> None:
        """Give it a record with a number of results."""
        await self.lane.take(origin(raw(str(results)), offset))

    def start(self, offset: int = 10) -> None:
        """Start it where it was left, without Kafka."""
        self.lane.next = offset
        self.lane.committed_at = time.monotonic()
        self.lane.running = asyncio.create_task(self.lane.run())

    @property
    def diary(self) -> list[object]:
        """What the producer was told."""
        return self.producer.diary


@pytest_asyncio.fixture
async def fresh(loaded: Assets) -> AsyncIterator[Lane]:
    """A lane that has not started."""
    made = world(loaded, topic_prefix="dev.", group="desk")
    exactly_once = ExactlyOnce(made.line, [STAGE], TopicPartition(topics.MINERALS, 3))
    await exactly_once.producer.stop()  # it was never started
    producer = FakeProducer(acknowledges=True)
    exactly_once.producer = cast("AIOKafkaProducer", producer)
    yield Lane(exactly_once, producer, made)
    if exactly_once.running:
        exactly_once.running.cancel()


@pytest_asyncio.fixture
async def lane(fresh: Lane) -> Lane:
    """A lane whose partition was left at offset 10."""
    fresh.start()
    return fresh


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
    assert lane.diary[lane.diary.index("commit") - 1] in [("offsets", {SOURCE: taken}, "desk") for taken in range(11, offset + 1)]
    assert offset < 10 + MAX_PROCESSED, "only their number ended it"


async def test_records_below_the_committed_offset_are_skipped(lane: Lane) -> None:
    """Their alerts are told already."""
    for offset in (0, 9, 10, 10, 12, 11):
        await lane.take(offset)
    await until(lambda: "commit" in lane.diary)
    assert lane.diary == transaction(13, results=2)


async def test_records_wait_for_the_start_and_hold_nobody_up(fresh: Lane) -> None:
    """Faust delivers them while the partition is still being taken over; some may be told already."""
    for offset in (10, 11, 12):
        await asyncio.wait_for(fresh.take(offset), LIMIT)
    await asyncio.sleep(2 * COMMIT_SECONDS)
    assert fresh.diary == []
    fresh.start(12)
    await until(lambda: "commit" in fresh.diary)
    assert fresh.diary == transaction(13)


async def test_records_that_wait_for_a_start_are_let_go_when_the_partition_is_given_back(fresh: Lane) -> None:
    """They are the next owner's, and do not count as waiting."""
    await fresh.take(10)
    await close(fresh)
    assert fresh.diary == ["stop"]
    assert fresh.made.line.progress.waiting == 0


async def test_a_commit_that_takes_long_holds_no_other_partition_up(lane: Lane) -> None:
    """Records gather meanwhile, and share the next transaction."""
    lane.producer.gate = asyncio.Event()
    for offset in range(10, 30):
        await asyncio.wait_for(lane.take(offset), LIMIT)
    lane.producer.gate.set()
    await until(lambda: lane.made.line.progress.waiting == 0)
    assert lane.diary.count("send") == 20


async def test_records_without_results_move_the_offset_alone(lane: Lane) -> None:
    """In no hurry: nobody waits for it."""
    await lane.take(10, results=0)
    await asyncio.sleep(3 * COMMIT_SECONDS)
    assert lane.diary == []
    await until(lambda: "commit" in lane.diary)
    assert lane.diary == transaction(11, results=0)


async def test_a_lane_without_records_shows_kafka_that_it_is_there(fresh: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka forgets a transactional id that has made no transaction for a week, and then takes none from it."""
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.05)
    fresh.start()
    await until(lambda: fresh.diary.count("commit") >= 2)
    assert fresh.diary[:6] == transaction(10, results=0) * 2


async def test_many_records_without_results_are_committed_sooner(lane: Lane) -> None:
    """What a crash repeats is bounded."""
    started = asyncio.get_running_loop().time()
    for offset in range(10, 10 + MAX_PROCESSED):
        await lane.take(offset, results=0)
    await until(lambda: "commit" in lane.diary)
    assert asyncio.get_running_loop().time() - started < QUIET_COMMIT_SECONDS
    assert lane.diary == transaction(10 + MAX_PROCESSED, results=0)


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


async def test_a_lane_that_is_closed_while_it_restores_takes_no_stories_off_the_gauge(fresh: Lane) -> None:
    """They were never counted; a gauge that went below zero stayed wrong for good."""
    before = REGISTRY.get_sample_value("lodestream_story_index_size")
    fresh.lane.index.add(ALERT, None)
    await fresh.lane.close(LIMIT)
    assert REGISTRY.get_sample_value("lodestream_story_index_size") == before


async def test_nothing_is_taken_after_the_close(lane: Lane) -> None:
    """The partition is somebody else's."""
    await close(lane)
    await lane.take(10)
    assert lane.diary == ["stop"]


async def test_a_record_that_waits_for_room_while_the_lane_closes_is_not_taken(lane: Lane) -> None:
    """It is the next owner's, and does not count as waiting."""
    lane.made.line.progress.change(MAX_UNACKED)
    taking = asyncio.create_task(lane.take(10))
    await asyncio.sleep(0)
    assert not taking.done()
    await close(lane)
    lane.made.line.progress.finish(MAX_UNACKED)
    await asyncio.wait_for(taking, LIMIT)
    assert lane.diary == ["stop"]
    assert lane.made.line.progress.waiting == 0


async def test_closing_gives_up_after_its_time(lane: Lane) -> None:
    """A Kafka that is silent must not hold a rebalance up; what was not committed is told by the next owner."""
    await lane.take(10)
    lane.producer.gate = asyncio.Event()
    await asyncio.wait_for(lane.lane.close(0.05), LIMIT)
    assert "commit" not in lane.diary
    assert lane.made.line.progress.waiting == 0


@pytest.mark.parametrize("call", ["begin", "send", "delivery", "offsets", "commit"])
async def test_after_a_failure_nothing_is_committed(lane: Lane, call: str) -> None:
    """Neither what was processed nor a later record, nor on closing: an alert that was passed over would be lost."""
    lane.producer.failing[call] = BrokerDownError()
    await lane.take(10)
    await until(lambda: bool(lane.made.failures))
    lane.producer.failing.clear()
    await lane.take(11)
    await close(lane)
    assert lane.made.failures == ["Kafka did not take alerts: BrokerDownError"]
    assert "commit" not in lane.diary
    assert lane.made.line.progress.waiting == 0


async def test_a_mistake_of_ours_stops_the_worker(lane: Lane) -> None:
    """A lane that ended would leave its partition unread, in silence."""
    lane.producer.failing["send"] = ZeroDivisionError()
    await lane.take(10)
    await until(lambda: bool(lane.made.failures))
    assert lane.made.failures == ["a lane failed: ZeroDivisionError"]
