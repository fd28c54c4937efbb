"""Exactly once: a lane with a transactional producer of its own, by which results and source offset become visible together.

Starting the producer fences whoever held the partition before and ends the transaction that one left open; then the
committed offset is read, the stories are read back from the committed alerts, and records below that offset are skipped.
Measured: no loss and no duplicate in 80,000 records over five kills (ARCHITECTURE).
"""

import asyncio
import time
from collections.abc import Sequence

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

MAX_TAKEN = 100
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
        self.started = asyncio.Event()
        """Set once the stories are restored: Faust delivers records while partitions are still being taken over."""
        self.lock = asyncio.Lock()
        self.next = 0
        """The first offset that was not taken."""
        self.committed = 0
        """The first offset whose results are not committed."""
        self.told: list[int | None] = []
        """Raw timestamps of the results in the open transaction."""
        self.taken = 0
        """Records taken since the last commit."""
        self.finished_ms = 0
        """Kafka timestamp of the last record that was taken."""
        self.opened_at = self.touched_at = 0.0
        self.committer: asyncio.Task[None] | None = None
        self.closed = False
        self.whole = True
        """Whether the transaction holds all results of all records taken; for good False after a failure: nothing is committed."""

    async def start(self) -> None:
        """Fence the partition's former owner, then find where it was left."""
        started = time.monotonic()
        await self.producer.start()
        alerts = TopicPartition(name(self.line.settings, ALERTS), self.partition.partition)
        self.next, restored = await restore(self.line.settings, self.source, alerts, self.index)
        self.committed = self.next
        seconds = time.monotonic() - started
        metrics.RESTORE_SECONDS.set(seconds)
        metrics.STORIES.inc(len(self.index))
        log.debug(
            "stories restored",
            partition=self.partition.partition,
            alerts=restored,
            stories=len(self.index),
            seconds=round(seconds, 3),
        )
        self.started.set()

    async def take(self, origin: Origin) -> None:
        """Process a record and put its results into the transaction, which is committed soon after."""
        await self.started.wait()
        if self.closed or origin.offset < self.next:
            return
        await self.line.progress.take()  # before the lock: a commit makes room, and needs it
        async with self.lock:
            if self.closed or not self.whole:
                self.line.progress.finish(1)
                return
            self.whole = False
            self.next = origin.offset + 1
            self.finished_ms = origin.timestamp_ms or 0
            self.taken += 1
            stories = len(self.index)
            context = Context(self.line.assets, self.index, moment(origin.timestamp_ms))
            messages = process(self.chain, origin, context, metrics.observe)
            metrics.STORIES.inc(len(self.index) - stories)
            self.touched_at = time.monotonic()
            try:
                async with asyncio.timeout(DELIVERY_SECONDS):
                    if messages and not self.told:
                        await self.producer.begin_transaction()
                        self.opened_at = self.touched_at
                    for message in messages:
                        await send(self.producer, self.line.settings, message, self.partition.partition)
                        self.told.append(origin.timestamp_ms)
            except (KafkaError, TimeoutError) as error:
                self.line.fail("cannot publish alerts", error)
                return
            self.whole = True
        if self.committer is None:
            self.committer = asyncio.create_task(self.commit_soon())

    async def commit_soon(self) -> None:
        """Commit once the partition is idle or the transaction is old enough; offsets without results can wait longer."""
        opened = time.monotonic()
        while True:
            await asyncio.sleep(IDLE_SECONDS)
            now = time.monotonic()
            if self.told and (now - self.touched_at >= IDLE_SECONDS or now - self.opened_at >= COMMIT_SECONDS):
                break
            if self.taken >= MAX_TAKEN or (not self.told and now - opened >= QUIET_COMMIT_SECONDS):
                break
        self.committer = None
        await self.commit()

    async def commit(self) -> None:
        """Make results and offset visible together."""
        async with self.lock:
            if self.next == self.committed or not self.whole:
                return
            self.whole = False
            try:
                async with asyncio.timeout(DELIVERY_SECONDS):
                    if not self.told:
                        await self.producer.begin_transaction()
                    await self.producer.send_offsets_to_transaction({self.source: self.next}, self.line.settings.group)
                    await self.producer.commit_transaction()
            except (KafkaError, TimeoutError) as error:
                metrics.TRANSACTIONS.labels("failed").inc()
                self.line.fail("cannot commit alerts", error)
                return
            metrics.TRANSACTIONS.labels("committed").inc()
            metrics.DELIVERIES.labels(self.chain[-1].name, "acknowledged").inc(len(self.told))
            for timestamp_ms in self.told:
                observe_latency(metrics.ALERT_LATENCY, timestamp_ms)
                observe_latency(metrics.ARTICLE_LATENCY.labels(self.chain[-1].name), timestamp_ms)
            self.whole = True
            self.told.clear()
            self.committed = self.next
            self.line.progress.finish(self.taken)
            self.taken = 0

    async def close(self, drain_seconds: float) -> None:
        """Commit what was taken, then give the partition up; what cannot be committed in time is told by the next owner."""
        self.closed = True
        self.started.set()  # lets go of a record that waits for a start that failed
        if self.committer:
            self.committer.cancel()
        try:
            async with asyncio.timeout(drain_seconds):
                await self.commit()
                await self.producer.stop()
        except TimeoutError:
            log.warning("partition given back without a commit", topic=self.partition.topic, partition=self.partition.partition)
        self.line.progress.finish(self.taken)
        metrics.STORIES.dec(len(self.index))


async def send(producer: AIOKafkaProducer, settings: Settings, message: Message, partition: int) -> None:
    """Put a message into the open transaction; waits while its batch is full."""
    await producer.send(
        name(settings, message.topic),
        message.value,
        key=message.key,
        partition=partition,
        timestamp_ms=message.timestamp_ms,
        headers=list(message.headers),
    )
