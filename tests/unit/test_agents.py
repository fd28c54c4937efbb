"""The agents: partitions come and go, records find their lane, offsets are committed, mistakes stop the worker."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from faust.types import TP

from streams import topics
from streams.agents import Agents
from streams.assets import Assets
from streams.at_least_once import AtLeastOnce
from streams.exactly_once import ExactlyOnce
from streams.topology import Stage
from tests.unit.fakes import COPY, World, raw, world

if TYPE_CHECKING:
    import faust

RAW = "dev.articles.raw"
MINERALS = "dev.articles.minerals"
STATEFUL = replace(COPY, name="fold", source=topics.MINERALS, stateful=True)


@dataclass
class FakeApp:
    """What the agents use of a Faust application."""

    topics: dict[str, dict[str, object]] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    commits: list[dict[TP, int]] = field(default_factory=list)
    signals: dict[str, Callable[..., Any]] = field(default_factory=dict)
    assigned: set[TP] = field(default_factory=set)
    refusing: bool = False
    """Whether Kafka refuses commits, as it does while a group is shared out anew."""
    flow_active: bool = False
    """Whether the consumer reads."""

    def topic(self, name: str, **options: object) -> str:
        """Declare a topic."""
        self.topics[name] = options
        return name

    def agent(self, topic: str, *, name: str) -> Callable[[object], None]:
        """Declare an agent."""
        self.agents[name] = topic
        return lambda _: None

    @property
    def on_partitions_assigned(self) -> SimpleNamespace:
        """A signal."""
        return SimpleNamespace(connect=lambda receiver: self.signals.update(assigned=receiver))

    @property
    def on_partitions_revoked(self) -> SimpleNamespace:
        """Another signal."""
        return SimpleNamespace(connect=lambda receiver: self.signals.update(revoked=receiver))

    async def _commit(self, offsets: dict[TP, int]) -> bool:
        self.commits.append(offsets)
        return not self.refusing

    def assignment(self) -> set[TP]:
        """What Kafka's client says."""
        return self.assigned

    @property
    def consumer(self) -> "FakeApp":
        """What commits."""
        return self

    async def assign(self, *partitions: TP) -> None:
        """Assign partitions, as Faust does it."""
        self.assigned = set(partitions)
        await self.signals["assigned"](self, set(partitions), signal=None)

    async def assign_and_start(self, agents: Agents, *partitions: TP) -> None:
        """The same, and wait until their lanes have started."""
        await self.assign(*partitions)
        assert agents.starting is not None
        await agents.starting

    async def revoke(self, *partitions: TP) -> None:
        """Take partitions away, as Faust does it."""
        self.assigned -= set(partitions)
        await self.signals["revoked"](self, set(partitions), signal=None)


@dataclass
class Stream:
    """A Faust stream of events."""

    messages: list[Any]
    acknowledging: bool = True

    def noack(self) -> "Stream":
        """Do not acknowledge."""
        self.acknowledging = False
        return self

    async def events(self) -> AsyncIterator[Any]:
        """The events."""
        assert not self.acknowledging
        for message in self.messages:
            yield SimpleNamespace(message=message)


def received(offset: int, value: bytes, partition: int = 0, **changes: object) -> SimpleNamespace:
    """A message as Faust hands it over; times are in seconds."""
    fields: dict[str, object] = {
        "tp": TP(RAW, partition),
        "topic": RAW,
        "partition": partition,
        "offset": offset,
        "key": b"key",
        "value": value,
        "headers": [("trace", b"7")],
        "timestamp": 1_700_000_000.001,
    }
    return SimpleNamespace(**fields | changes)


def agents_of(made: World, *chains: list[Stage]) -> tuple[Agents, FakeApp]:
    """Agents on a fake application."""
    app = FakeApp()
    return Agents(cast("faust.App", app), made.line, chains), app


@pytest.fixture
def made(loaded: Assets) -> World:
    """A line for one test."""
    return world(loaded, topic_prefix="dev.", partitions=6)


async def work(agents: Agents, *messages: SimpleNamespace) -> None:
    """Run the agent over messages."""
    await agents.work(cast("Any", Stream(list(messages))))


def test_topics_are_read_as_raw_bytes_and_never_acknowledged_by_faust(made: World) -> None:
    """Faust would acknowledge what it could not decode, and what raised."""
    _, app = agents_of(made, [COPY, COPY], [STATEFUL])
    assert app.agents == {"copy-copy": RAW, "fold": MINERALS}
    for options in app.topics.values():
        assert options == {
            "key_serializer": "raw",
            "value_serializer": "raw",
            "acks": False,
            "internal": True,
            "partitions": 6,
        }


async def test_a_record_goes_to_the_lane_of_its_partition_as_it_came(made: World) -> None:
    """Key, headers, offset and timestamp in milliseconds; a dead letter shows them all."""
    agents, app = agents_of(made, [COPY])
    await app.assign(TP(RAW, 0), TP(RAW, 1))
    await work(agents, received(5, b"junk", partition=1))
    (sent,) = made.producer.sent
    headers = dict(sent.headers)
    assert (sent.topic, sent.key, sent.value, sent.timestamp_ms) == ("articles.dead-letter", b"key", b"junk", 1_700_000_000_001)
    assert [headers[name] for name in ("trace", "dl_topic", "dl_partition", "dl_offset")] == [b"7", b"articles.raw", b"1", b"5"]


@pytest.mark.parametrize(("headers", "timestamp"), [(None, None), ((), 0.0)])
async def test_headers_and_timestamp_may_be_absent(made: World, headers: object, timestamp: object) -> None:
    """Old producers send none."""
    agents, app = agents_of(made, [COPY])
    await app.assign(TP(RAW, 0))
    await work(agents, received(0, raw("1"), headers=headers, timestamp=timestamp))
    assert made.producer.sent[0].timestamp_ms is None


async def test_a_record_that_comes_before_its_assignment_is_told_is_taken(made: World) -> None:
    """Passed over, it would be lost: the records after it move the offset."""
    agents, app = agents_of(made, [COPY])
    app.assigned = {TP(RAW, 0)}
    await work(agents, received(0, raw("1")))
    await app.assign(TP(RAW, 0))
    await work(agents, received(1, raw("1")))
    assert len(made.producer.sent) == 2


async def test_a_record_of_a_partition_that_was_given_back_is_left_to_its_next_owner(made: World) -> None:
    """Faust may still have some in its buffers."""
    agents, app = agents_of(made, [COPY])
    await app.assign(TP(RAW, 0))
    await work(agents, received(0, raw("1"), partition=1))
    await app.revoke(TP(RAW, 0))
    await work(agents, received(0, raw("1"), partition=0))
    assert made.producer.sent == []
    assert made.failures == []


async def test_acknowledged_offsets_are_committed_once(made: World) -> None:
    """For each partition, and only what moved."""
    agents, app = agents_of(made, [COPY])
    await app.assign(TP(RAW, 0), TP(RAW, 1))
    await agents.commit()
    assert app.commits == []
    await work(agents, received(4, raw("1")), received(5, raw("1")), received(8, raw("0"), partition=1))
    made.producer.sent[0].delivery.set_result(None)
    await asyncio.sleep(0)
    await agents.commit()
    await agents.commit()
    assert app.commits == [{TP(RAW, 0): 5, TP(RAW, 1): 9}]


async def test_a_commit_that_kafka_refuses_is_tried_again(made: World) -> None:
    """Else the last offsets before a rebalance would never be committed when nothing follows them."""
    agents, app = agents_of(made, [COPY])
    await app.assign(TP(RAW, 0))
    await work(agents, received(4, raw("0")))
    app.refusing = True
    await agents.commit()
    app.refusing = False
    await agents.commit()
    await agents.commit()
    assert app.commits == [{TP(RAW, 0): 5}] * 2


async def test_partitions_are_given_back_with_their_last_offsets(made: World) -> None:
    """What is in flight is awaited, and committed before the next owner reads."""
    agents, app = agents_of(made, [COPY])
    await app.assign_and_start(agents, TP(RAW, 0))
    assert agents.ready
    assert not agents.reading()
    app.flow_active = True
    assert agents.reading()
    await work(agents, received(4, raw("1")))
    revoking = asyncio.create_task(app.revoke(TP(RAW, 0)))
    await asyncio.sleep(0)
    assert not agents.ready
    made.producer.sent[0].delivery.set_result(None)
    await asyncio.wait_for(revoking, 5)
    assert app.commits == [{TP(RAW, 0): 5}]
    assert agents.lanes == {}


async def test_a_worker_that_stops_takes_nothing_more(made: World) -> None:
    """Faust delivers until it is stopped itself, after the last commit: those records are the next owner's."""
    agents, app = agents_of(made, [COPY])
    await app.assign(TP(RAW, 0))
    await agents.close()
    await work(agents, received(4, raw("1")))
    await agents.commit()
    assert (made.producer.sent, app.commits) == ([], [])


async def test_each_chain_has_lanes_of_its_kind(made: World) -> None:
    """Exactly once where there is state; a take-over that fails stops the worker, and it is not ready."""
    made = replace(made, line=replace(made.line, settings=replace(made.line.settings, brokers="127.0.0.1:1")))
    agents, app = agents_of(made, [COPY], [STATEFUL])
    await app.assign_and_start(agents, TP(RAW, 0), TP(MINERALS, 0), TP("dev.other", 0))
    assert {tp: type(lane) for tp, lane in agents.lanes.items()} == {TP(RAW, 0): AtLeastOnce, TP(MINERALS, 0): ExactlyOnce}
    assert not agents.ready
    assert made.failures == ["cannot take over partitions: KafkaConnectionError"]
    lane = agents.lanes[TP(MINERALS, 0)]
    assert isinstance(lane, ExactlyOnce)
    await lane.producer.stop()
    gc.collect()


async def test_a_take_over_that_takes_long_holds_no_heartbeat_up(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka would take the worker for dead, share its partitions anew, and so on for ever; a few lanes start at a time."""
    begun, ended, go_on = [], [], asyncio.Event()

    async def start(lane: ExactlyOnce) -> None:
        begun.append(lane.partition.partition)
        try:
            await go_on.wait()
        finally:
            ended.append(lane.partition.partition)

    monkeypatch.setattr(ExactlyOnce, "start", start)
    agents, app = agents_of(made, [STATEFUL])
    await asyncio.wait_for(app.assign(*(TP(MINERALS, number) for number in range(6))), 5)
    await asyncio.sleep(0.01)
    assert (begun, ended, agents.ready) == ([0, 1, 2, 3], [], False)
    await asyncio.wait_for(app.revoke(*app.assigned), 5)
    assert (begun, ended, agents.lanes) == ([0, 1, 2, 3], [0, 1, 2, 3], {})
    await app.assign(TP(MINERALS, 5))
    go_on.set()
    await asyncio.wait_for(cast("asyncio.Task[None]", agents.starting), 5)
    assert agents.ready
    await agents.close()


async def test_a_mistake_of_ours_stops_the_worker(made: World) -> None:
    """An agent that ended would leave its partitions unread, in silence."""
    agents, app = agents_of(made, [COPY])
    await app.assign(TP(RAW, 0))
    made.producer.failing["send"] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await work(agents, received(0, raw("1")))
    assert made.failures == ["an agent failed: ZeroDivisionError"]
