"""Exactly once: a lane with a transactional producer of its own, by which results and source offset become visible together.

Starting the producer fences whoever held the partition before and ends the transaction that one left open; then the
committed offset is read, the stories are read back from the committed alerts, and records below that offset are skipped.
Measured: no loss and no duplicate in 80,000 records over five kills (ARCHITECTURE).
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from streams import metrics
from streams.core.stories import StoryIndex
from streams.delivery import DELIVERY_SECONDS, Line, observe_latency, producer_options
from streams.restore import restore
from streams.settings import Settings
from streams.topics import ALERTS, name
from streams.topology import Context, Message, Origin, Stage, moment, process

COMMIT_SECONDS = 0.05
"""Longest time that a transaction stays open: with the round trips of its commit an alert is out within 400 ms."""

IDLE_SECONDS = 0.005
"""A transaction is committed at once when its partition has been idle for so long."""

QUIET_COMMIT_SECONDS = 1.0
"""How long offsets of records that gave no alert may wait for their commit."""

RENEW_SECONDS = 86_400.0
"""After so long without a transaction a lane makes one of its offset alone: after seven days Kafka forgets who made none."""

STOP_SECONDS = 1.0
"""How long a producer may take to stop once nothing is left to commit."""

MAX_PROCESSED = 100
"""Records of a partition after which its offset is committed in any case."""

log = structlog.get_logger()


class ExactlyOnce:
    """A partition of a stage with state."""

    def __init__(self, line: Line, chain: Sequence[Stage], partition: TopicPartition) -> None:
        self.line, self.chain, self.partition = line, chain, partition
        self.index = StoryIndex(line.assets.lexicon, line.assets.desk.stories)
        self.source = TopicPartition(name(line.settings, partition.topic), partition.partition)
        self.producer = AIOKafkaProducer(
            **producer_options(line.settings), transactional_id=f"{line.settings.group}-{self.source.topic}-{self.source.partition}"
        )
        self.queue: asyncio.Queue[Origin | None] = asyncio.Queue()
        """Records that were taken, as many as `Progress` has room for; None is the end."""
        self.running: asyncio.Task[None] | None = None
        self.closed = False
        self.counted = 0
        """Stories that the gauge counts for this lane."""
        self.unfinished = 0
        """Records taken whose results are not committed."""
        self.next = 0
        """The first offset that was not processed."""
        self.processed = 0
        """Records processed since the last commit."""
        self.told: list[tuple[int | None, asyncio.Future[object]]] = []
        """Of each result in the open transaction the raw timestamp, and Kafka's answer."""
        self.finished_ms = 0
        """Kafka timestamp of the last record that was processed."""
        self.first_at = self.opened_at = self.touched_at = self.committed_at = 0.0
        """Monotonic times of the first record since the last commit, of the transaction's begin, of the last record, and of the
        last commit or the start."""

    async def start(self) -> None:
        """Fence the partition's former owner, find where it was left, and go on from there."""
        started = time.monotonic()
        await self.producer.start()
        alerts = TopicPartition(name(self.line.settings, ALERTS), self.partition.partition)
        self.next, restored = await restore(self.line.settings, self.source, alerts, self.index)
        seconds = time.monotonic() - started
        metrics.RESTORE_SECONDS.set(seconds)
        self.count_stories()
        log.debug(
            "stories restored",
            partition=self.partition.partition,
            alerts=restored,
            stories=len(self.index),
            seconds=round(seconds, 3),
        )
        self.committed_at = time.monotonic()
        if not self.closed:
            self.running = asyncio.create_task(self.run())

    async def take(self, origin: Origin) -> None:
        """Put a record into the queue; waits while too many of the worker's are unfinished.

        Faust delivers records while partitions are still being taken over: those wait here for the start.
        """
        await self.line.progress.take()
        if self.closed:
            self.line.progress.finish(1)
        else:
            self.unfinished += 1
            self.queue.put_nowait(origin)

    async def run(self) -> None:
        """Process records in order and commit when it is time, up to the end of the queue or to the first failure."""
        try:
            while True:
                try:
                    async with asyncio.timeout_at(self.commit_at()):
                        origin = await self.queue.get()
                except TimeoutError:
                    await self.commit()
                    continue
                if origin is None:
                    break
                await self.process(origin)
                if self.processed >= MAX_PROCESSED or (self.told and time.monotonic() - self.opened_at >= COMMIT_SECONDS):
                    await self.commit()
            if self.processed:
                await self.commit()
        except (KafkaError, TimeoutError) as error:
            metrics.TRANSACTIONS.labels("failed").inc()
            self.line.fail("Kafka did not take alerts", error)
        except Exception as error:  # noqa: BLE001 - stages do not raise: this is a mistake of ours
            self.line.fail("a lane failed", error)

    def commit_at(self) -> float:
        """When to commit if no record comes: once the partition is idle, or later where nobody waits for a result."""
        if self.told:
            return min(self.touched_at + IDLE_SECONDS, self.opened_at + COMMIT_SECONDS)
        return self.first_at + QUIET_COMMIT_SECONDS if self.processed else self.committed_at + RENEW_SECONDS

    async def process(self, origin: Origin) -> None:
        """Process a record and put its results into the transaction; those of one that was committed are told already."""
        if origin.offset < self.next:
            self.finish(1)
            return
        context = Context(self.line.assets, self.index, moment(origin.timestamp_ms))
        messages = process(self.chain, origin, context, metrics.observe)
        self.count_stories()
        self.touched_at = time.monotonic()
        if not self.processed:
            self.first_at = self.touched_at
        async with asyncio.timeout(DELIVERY_SECONDS):
            if messages and not self.told:
                self.opened_at = self.touched_at
                await self.producer.begin_transaction()
            for message in messages:
                delivery = await send(self.producer, self.line.settings, message, self.partition.partition)
                self.told.append((origin.timestamp_ms, delivery))
        self.processed += 1
        self.next = origin.offset + 1
        self.finished_ms = origin.timestamp_ms or 0

    async def commit(self) -> None:
        """Make results and offset visible together; aiokafka would commit without the results that Kafka refused."""
        async with asyncio.timeout(DELIVERY_SECONDS):
            if not self.told:
                await self.producer.begin_transaction()
            await self.producer.send_offsets_to_transaction({self.source: self.next}, self.line.settings.group)
            await asyncio.gather(*(delivery for _, delivery in self.told))
            await self.producer.commit_transaction()
        self.committed_at = time.monotonic()
        metrics.TRANSACTIONS.labels("committed").inc()
        metrics.DELIVERIES.labels(self.chain[-1].name, "acknowledged").inc(len(self.told))
        for timestamp_ms, _ in self.told:
            observe_latency(metrics.ALERT_LATENCY, timestamp_ms)
            observe_latency(metrics.ARTICLE_LATENCY.labels(self.chain[-1].name), timestamp_ms)
        self.told.clear()
        self.finish(self.processed)
        self.processed = 0

    def count_stories(self) -> None:
        """Bring the gauge up to date."""
        metrics.STORIES.inc(len(self.index) - self.counted)
        self.counted = len(self.index)

    def finish(self, count: int) -> None:
        """Records are finished, or given up."""
        self.unfinished -= count
        self.line.progress.finish(count)

    async def close(self, drain_seconds: float) -> None:
        """Commit what was taken, then give the partition up; what cannot be committed in time is told by the next owner."""
        self.closed = True
        self.queue.put_nowait(None)
        try:
            async with asyncio.timeout(drain_seconds):
                if self.running:
                    await self.running
        except TimeoutError:
            log.warning("partition given back without a commit", topic=self.partition.topic, partition=self.partition.partition)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self.producer.stop()
        self.finish(self.unfinished)
        metrics.STORIES.dec(self.counted)


async def send(producer: AIOKafkaProducer, settings: Settings, message: Message, partition: int) -> asyncio.Future[object]:
    """Put a message into the open transaction; waits while its batch is full. The future is done once Kafka has answered."""
    delivery: asyncio.Future[object] = await producer.send(
        name(settings, message.topic),
        message.value,
        key=message.key,
        partition=partition,
        timestamp_ms=message.timestamp_ms,
        headers=list(message.headers),
    )
    return delivery
