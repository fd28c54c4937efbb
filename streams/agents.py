"""One generic Faust agent: reads raw bytes of a chain's source topic and hands each record to the lane of its partition."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import faust
import structlog
from aiokafka import TopicPartition
from faust.types import TP, EventT, StreamT

from streams import metrics
from streams.at_least_once import AtLeastOnce
from streams.delivery import Line
from streams.exactly_once import ExactlyOnce
from streams.topics import name
from streams.topology import Headers, Origin, Stage

if TYPE_CHECKING:
    from faust.streams import Stream
    from faust.transport.consumer import Consumer

    from streams.assets import Assets

DRAIN_SECONDS = 7.0
"""How long partitions that are given back may take to finish what is in flight: less than the session time-out of 10 s."""

STARTING = 4
"""Lanes that start at a time: each holds some megabytes of alerts while it reads them back."""

ABANDON_SECONDS = 1.0
"""How long lanes whose start is broken off may take to close their connections."""

Lane = AtLeastOnce | ExactlyOnce
log = structlog.get_logger()


class Agents:
    """The agents of a worker and the lanes of the partitions it was assigned."""

    def __init__(self, app: faust.App, line: Line, chains: Sequence[Sequence[Stage]]) -> None:
        """Declare an agent for each chain."""
        self.app, self.line = app, line
        self.chains = {name(line.settings, chain[0].source): chain for chain in chains}
        self.lanes: dict[TP, Lane] = {}
        self.committing = asyncio.Lock()
        self.starting: asyncio.Task[None] | None = None
        """Starts the lanes of the partitions that were assigned last."""
        self.ready = False
        """Whether partitions are assigned and all their lanes have started."""
        for topic_name, chain in self.chains.items():
            topic = app.topic(
                topic_name,
                key_serializer="raw",
                value_serializer="raw",
                acks=False,
                internal=True,
                partitions=line.settings.partitions,
            )
            app.agent(topic, name="-".join(stage.name for stage in chain))(self.work)
        app.on_partitions_revoked.connect(self.on_revoked)
        app.on_partitions_assigned.connect(self.on_assigned)

    async def work(self, stream: StreamT[bytes]) -> None:
        """Hand each record to its lane; a record of a partition that was given back meanwhile is its next owner's.

        Faust may deliver a partition's first records before it tells of the assignment: none of them may be passed over.
        """
        try:
            async for event in cast("Stream[bytes]", stream).noack().events():
                tp = event.message.tp
                if tp in self.lanes or tp in self.app.consumer.assignment():
                    await self.lane(tp).take(self.origin(event))
        except Exception as error:  # stages do not raise and lanes report what Kafka does: this is a mistake of ours
            self.line.fail("an agent failed", error)
            raise

    def lane(self, tp: TP) -> Lane:
        """The lane of a partition, a new one the first time."""
        if tp not in self.lanes:
            chain = self.chains[tp.topic]
            lane_type = ExactlyOnce if chain[0].stateful else AtLeastOnce
            self.lanes[tp] = lane_type(self.line, chain, TopicPartition(chain[0].source, tp.partition))
        return self.lanes[tp]

    def origin(self, event: EventT[bytes]) -> Origin:
        """The record that an event carries."""
        message = event.message
        return Origin(
            topic=message.topic.removeprefix(self.line.settings.topic_prefix),
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            value=message.value,
            headers=tuple(cast("Headers", message.headers) or ()),
            timestamp_ms=round(message.timestamp * 1000) if message.timestamp else None,
        )

    def reading(self) -> bool:
        """Whether the lanes have started and Faust reads for them."""
        return self.ready and cast("Consumer", self.app.consumer).flow_active

    async def on_assigned(self, *given: object, **_: object) -> None:
        """Make a lane for each partition, and start them beside Faust, for aiokafka sends no heartbeat until this has returned."""
        assigned = cast("set[TP]", given[1])  # the application goes before
        metrics.REBALANCES.inc()
        for topic_name, chain in self.chains.items():
            metrics.ASSIGNED.labels(chain[0].source).set(sum(tp.topic == topic_name for tp in assigned))
        self.starting = asyncio.create_task(self.start([self.lane(tp) for tp in sorted(assigned) if tp.topic in self.chains]))

    async def start(self, lanes: Sequence[Lane]) -> None:
        """Start lanes, some at a time; they hold back what Faust delivers meanwhile."""
        room = asyncio.Semaphore(STARTING)

        async def start(lane: Lane) -> None:
            async with room:
                await lane.start()

        try:
            await asyncio.gather(*map(start, lanes))
        except Exception as error:  # noqa: BLE001 - whatever it is, this worker cannot serve its partitions
            self.line.fail("cannot take over partitions", error)
            return
        counts = Counter(lane.partition.topic for lane in lanes)
        log.info("partitions assigned", **{chain[0].source: counts[chain[0].source] for chain in self.chains.values()})
        self.ready = True  # last: the probe is asked in another thread, and whoever sees it finds the line in the log

    async def on_revoked(self, *_: object, **__: object) -> None:
        """Give all partitions back: Faust's assignor revokes them all before it assigns anew."""
        await self.close()
        self.lanes.clear()

    async def close(self) -> None:
        """Finish what is in flight and commit it; the lanes stay, closed: what Faust still delivers is the next owner's."""
        self.ready = False
        if self.starting:
            self.starting.cancel()
            await asyncio.wait([self.starting], timeout=ABANDON_SECONDS)
        await asyncio.gather(*(lane.close(DRAIN_SECONDS) for lane in list(self.lanes.values())))
        await self.commit()

    def adopt(self, assets: "Assets") -> None:
        """Go on with other assets, from the next record on: a lane runs the stages of a record without a pause."""
        self.line.assets = assets
        for lane in self.lanes.values():
            lane.index.adopt(assets.lexicon, assets.desk.stories)

    def check(self) -> None:
        """Stop the worker when Kafka has not acknowledged something for too long."""
        for lane in self.lanes.values():
            if isinstance(lane, AtLeastOnce):
                lane.check()

    async def commit(self) -> None:
        """Commit the offsets of the stateless chains; one commit at a time, so that the last one leaves nothing out."""
        async with self.committing:
            lanes = {tp: lane for tp, lane in self.lanes.items() if isinstance(lane, AtLeastOnce) and lane.done > lane.committed}
            offsets = {tp: lane.done for tp, lane in lanes.items()}
            # Faust's public `commit` decides the offsets by itself.
            if offsets and await cast("Consumer", self.app.consumer)._commit(offsets):  # noqa: SLF001
                for tp, lane in lanes.items():
                    lane.committed = offsets[tp]
