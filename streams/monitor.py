"""Watches from beside the stream: lag, Kafka's answers, the event loop, and results that Kafka does not acknowledge."""

import asyncio
import time
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams import metrics
from streams.agents import Agents
from streams.kafka import client_options
from streams.server import Health
from streams.settings import Settings

LOOK_SECONDS = 2.0
"""Time between two looks at the lag."""

BEAT_SECONDS = 0.5
"""Time between two looks at the event loop."""

ANSWER_SECONDS = 10.0
"""Longest wait for one answer of Kafka."""

FETCH_MS = 500
"""Longest wait for a record that may not be there."""


async def watch_loop(health: Health) -> None:
    """Measure how late a sleeping task wakes up."""
    while True:
        asleep = time.monotonic()
        await asyncio.sleep(BEAT_SECONDS)
        health.beat_at = time.monotonic()
        metrics.LOOP_LAG.set(max(0.0, health.beat_at - asleep - BEAT_SECONDS))


class Gap(NamedTuple):
    """Offsets of a partition that are not done."""

    start: int
    end: int


def gap(done: int, beginning: int, end: int) -> Gap:
    """What is not done: a log that has lost its end is read again from its beginning, by the next worker if not by this one."""
    return Gap(max(done if done <= end else 0, beginning), end)


class LagMonitor:
    """Compares committed offsets with the ends of the assigned partitions."""

    def __init__(self, settings: Settings, agents: Agents, health: Health) -> None:
        self.agents, self.health = agents, health
        # In the group for its offsets only: a consumer that subscribes to nothing does not join it.
        self.consumer = AIOKafkaConsumer(
            **client_options(settings), group_id=settings.group, enable_auto_commit=False, isolation_level="read_committed"
        )
        self.gaps: dict[TopicPartition, Gap] = {}
        """What was not done at the last look."""
        self.hollow: dict[TopicPartition, Gap] = {}
        """Where that holds no record."""
        self.seen_at: dict[TopicPartition, float] = {}
        """When each assigned partition was first looked at."""
        self.caught_up_at: dict[TopicPartition, float] = {}
        """When nothing waited last; absent for partitions that were always behind."""
        self.shown: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Look again and again; what Kafka does not answer is left as it was, and `/readyz` says so."""
        try:
            await self.consumer.start()
            while True:
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self.look()
                    self.health.answered_at = time.monotonic()
                except (KafkaError, TimeoutError, OSError):
                    pass
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self.consumer.stop()

    async def look(self) -> None:
        """Measure the lag of every assigned partition once."""
        assigned = {TopicPartition(tp.topic, tp.partition): lane for tp, lane in self.agents.lanes.items()}
        partitions = list(assigned)
        if not partitions:
            await self.consumer.topics()  # anything that Kafka must answer
        committed = {partition: await self.consumer.committed(partition) for partition in partitions}
        ends = await self.consumer.end_offsets(partitions) if partitions else {}
        beginnings = await self.consumer.beginning_offsets(partitions) if partitions else {}
        now = time.time()
        self.seen_at = {partition: self.seen_at.get(partition, now) for partition in assigned}
        self.caught_up_at = {partition: at for partition, at in self.caught_up_at.items() if partition in assigned}
        lag: dict[tuple[str, str], int] = {}
        gaps = {partition: gap(committed[partition] or 0, beginnings[partition], ends[partition]) for partition in partitions}
        await self.look_into(gaps)
        seconds: dict[str, float] = {chain[0].source: 0.0 for chain in self.agents.chains.values()}
        for partition, lane in assigned.items():
            waiting = gaps[partition]
            records = 0 if self.hollow.get(partition) == waiting else waiting.end - waiting.start
            topic = lane.partition.topic
            lag[topic, str(partition.partition)] = records
            if records <= 0:
                self.caught_up_at[partition] = now
            else:
                since = max(lane.finished_ms / 1000, self.caught_up_at.get(partition, 0.0)) or self.seen_at[partition]
                seconds[topic] = max(seconds[topic], now - since)
        self.show(lag, seconds)

    async def look_into(self, gaps: dict[TopicPartition, Gap]) -> None:
        """Where nothing has moved since the last look, see whether there are records at all, or only the ends of transactions."""
        still = [
            partition
            for partition, waiting in gaps.items()
            if waiting.start < waiting.end and waiting == self.gaps.get(partition) and waiting != self.hollow.get(partition)
        ]
        self.gaps = gaps
        if not still:
            return
        self.consumer.assign(still)
        for partition in still:
            self.consumer.seek(partition, gaps[partition].start)
        found = await self.consumer.getmany(timeout_ms=FETCH_MS, max_records=1)
        for partition in still:
            if not found.get(partition) and await self.consumer.position(partition) >= gaps[partition].end:
                self.hollow[partition] = gaps[partition]
        self.consumer.unsubscribe()

    def show(self, lag: dict[tuple[str, str], int], seconds: dict[str, float]) -> None:
        """Publish what was measured; partitions that were given back disappear."""
        for labels in self.shown - lag.keys():
            metrics.LAG_RECORDS.remove(*labels)
        self.shown = set(lag)
        for labels, records in lag.items():
            metrics.LAG_RECORDS.labels(*labels).set(records)
        for topic, value in seconds.items():
            metrics.LAG_SECONDS.labels(topic).set(value)
        waited, self.health.lag = self.health.lag, sum(lag.values())
        if not (waited and self.health.lag) and not self.health.progress.waiting:
            self.health.progress.finished_at = time.monotonic()  # nothing waits, or only since now
