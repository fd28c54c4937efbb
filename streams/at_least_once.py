"""At least once: a lane whose offset moves only past records whose results Kafka has all acknowledged, and all before them.

What is published twice after a crash is byte-identical, because ids are derived from content.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streams import metrics
from streams.core.stories import StoryIndex
from streams.delivery import DELIVERY_SECONDS, Line, observe_latency
from streams.topology import Context, Origin, Stage, moment, process


@dataclass(slots=True)
class Pending:
    """A record whose results wait for Kafka's acknowledgement."""

    offset: int
    timestamp_ms: int | None
    outstanding: int
    since: float
    """Monotonic time when it was taken."""


class AtLeastOnce:
    """A partition of a stateless chain."""

    def __init__(self, line: Line, chain: Sequence[Stage], partition: TopicPartition) -> None:
        self.line, self.chain, self.partition = line, chain, partition
        self.index = StoryIndex(line.assets.lexicon, line.assets.desk.stories)
        self.pending: deque[Pending] = deque()
        self.done = self.committed = 0
        """The first offset that is not done, and the last that was committed; 0 until a record is done."""
        self.finished_ms = 0
        """Kafka timestamp of the last record that was finished."""
        self.latency = metrics.child(metrics.ARTICLE_LATENCY, chain[-1].name)
        self.drained = asyncio.Event()
        """Set once nothing is in flight after `close`."""
        self.closed = False

    async def start(self) -> None:
        """Nothing to prepare: reading begins at Kafka's committed offset."""

    async def take(self, origin: Origin) -> None:
        """Process a record and hand its results to the producer; waits while too many are unacknowledged."""
        if self.closed:
            return
        await self.line.progress.take()
        if self.closed:  # while it waited: the record is the next owner's
            self.line.progress.finish(1)
            return
        context = Context(self.line.assets, self.index, moment(origin.timestamp_ms))
        messages = process(self.chain, origin, context, metrics.observe)
        pending = Pending(origin.offset, origin.timestamp_ms, len(messages), time.monotonic())
        self.pending.append(pending)
        try:
            for message in messages:
                delivery = await self.line.outbox.put(message)
                delivery.add_done_callback(partial(self.delivered, pending))
        except KafkaError as error:
            self.line.fail(f"cannot publish to {message.topic}", error)
            return
        if not messages:
            self.settle()

    def delivered(self, pending: Pending, delivery: asyncio.Future[object]) -> None:
        """Kafka answered for one result: move the offset past the records that are done, in order."""
        if delivery.cancelled():  # the producer was stopped
            return
        if error := delivery.exception():
            metrics.child(metrics.DELIVERIES, self.chain[-1].name, "failed").inc()
            self.line.fail(f"Kafka did not take what came of {self.partition.topic}", error)
            return
        metrics.child(metrics.DELIVERIES, self.chain[-1].name, "acknowledged").inc()
        pending.outstanding -= 1
        self.settle()

    def settle(self) -> None:
        """Move the offset past the records at the front that are done."""
        finished = 0
        while self.pending and not self.pending[0].outstanding:
            pending = self.pending.popleft()
            self.done = pending.offset + 1
            self.finished_ms = pending.timestamp_ms or 0
            observe_latency(self.latency, pending.timestamp_ms)
            finished += 1
        self.line.progress.finish(finished)
        if self.closed and not self.pending:
            self.drained.set()

    def check(self) -> None:
        """Stop the worker when Kafka has not acknowledged a record's results for too long."""
        if self.pending and time.monotonic() - self.pending[0].since > DELIVERY_SECONDS:
            self.line.fail(f"Kafka has not taken what came of {self.partition.topic} for {DELIVERY_SECONDS:.0f} s", TimeoutError())

    async def close(self, drain_seconds: float) -> None:
        """Take no more records and wait for those in flight, up to `drain_seconds`; the rest is read again by the next owner."""
        self.closed = True
        if self.pending:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.drained.wait(), drain_seconds)
        self.line.progress.finish(len(self.pending))
        self.pending.clear()
