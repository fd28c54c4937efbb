"""A trial: one deployment under load, what was done to it, and the verdict on what is on the topics afterwards."""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams import topics
from streams.assets import Assets
from streams.connection import read_to_end
from streams.errors import WorldError
from streams.kafka import client_options
from streams.settings import Settings
from tests.faults.cluster import Cluster
from tests.faults.load import Publisher, letter, stories
from tests.faults.workers import Workers

PARTITIONS = 6
"""Enough for three workers to share: Faust gives each at most a third of them, rounded up."""
RATE = 100.0
"""Records a second: well below what one worker does while other scenarios are played, so that faults are measured and not the
machine."""
BATCH = 250
SETTLE_SECONDS = 240.0
MEMORY_MB = 512


@dataclass
class Verdict:
    """What a scenario left behind."""

    records: int
    faults: int
    lost: int = 0
    duplicated: int = 0
    repeated: int = 0
    """Classified articles that are there more than once: allowed, at least once is promised."""
    restarts: int = 0
    peak_mb: float = 0.0
    recovery_seconds: float = 0.0
    """From the end of the load until nothing waited."""
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether all promises were kept."""
        return not (self.lost or self.duplicated or self.problems)


class Trial:
    """What a scenario works with."""

    def __init__(
        self, name: str, cluster: Cluster, loaded: Assets, directory: Path, *, seed: int, scale: float, proxied: bool
    ) -> None:
        self.cluster, self.loaded, self.scale = cluster, loaded, scale
        self.dice = random.Random(f"{seed} {name}")
        prefix = f"{name}."
        self.settings = Settings(
            brokers=cluster.address,
            topic_prefix=prefix,
            partitions=PARTITIONS,
            replication_factor=cluster.copies,
            group=f"{prefix}group",
        )
        served = cluster.proxied if proxied else cluster.address
        self.workers = Workers(replace(self.settings, brokers=served), directory)
        self.directory = directory
        self.source = stories(loaded)
        self.faults: Counter[str] = Counter()
        self.publisher: Publisher
        self.problems: list[str] = []
        self.repeats_allowed = True

    def fault(self, what: str) -> None:
        """Count what was done."""
        self.faults[what] += 1

    def times(self, count: int) -> int:
        """How often a fault is repeated."""
        return max(1, round(count * self.scale))

    @contextlib.asynccontextmanager
    async def load(self, rate: float = RATE) -> AsyncIterator[None]:
        """Publish all the while."""
        stopping = asyncio.Event()
        publishing = asyncio.create_task(self.publisher.run(self.source, rate, stopping))
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait_for(publishing, SETTLE_SECONDS)

    async def publish(self, count: int) -> None:
        """Publish articles as fast as Kafka takes them."""
        await self.publisher.send([next(self.source) for _ in range(count)])

    async def top_up(self, count: int) -> None:
        """Publish until there are so many in all, at full scale."""
        for _ in range(round(count * self.scale) - len(self.publisher.acknowledged), 0, -BATCH):
            await self.publish(BATCH)

    async def pause(self, shortest: float, longest: float) -> None:
        """Wait for a time that the seed decides."""
        await asyncio.sleep(self.dice.uniform(shortest, longest))

    async def open(self) -> None:
        """Create the topics and connect."""
        await topics.apply(self.settings)
        self.publisher = Publisher(self.settings)
        await self.publisher.producer.start()

    async def close(self) -> None:
        """End everything."""
        await self.workers.close()
        await self.publisher.producer.stop()

    async def lag(self) -> int:
        """Records that wait."""
        sources = [
            TopicPartition(topics.name(self.settings, topic), partition)
            for topic in (topics.RAW, topics.MINERALS)
            for partition in range(PARTITIONS)
        ]
        async with AIOKafkaConsumer(**client_options(self.settings), group_id=self.settings.group) as consumer:
            ends = await consumer.end_offsets(sources)
            return sum([end - (await consumer.committed(source) or 0) for source, end in ends.items()])

    async def settle(self) -> float:
        """Wait until nothing waits and all workers are ready, without a hand; gives the seconds that it took."""
        started = time.monotonic()
        lag = -1
        while lag and time.monotonic() - started < SETTLE_SECONDS:
            with contextlib.suppress(KafkaError, WorldError, TimeoutError, OSError):
                async with asyncio.timeout(20):
                    lag = await self.lag()
            await asyncio.sleep(0.3)
        if lag:
            self.problems.append(f"{lag} records wait after {SETTLE_SECONDS:.0f} s")
        try:
            await self.workers.until_ready()
        except AssertionError as error:
            self.problems.append(str(error))
        return time.monotonic() - started

    async def read(self, topic: str) -> list[ConsumerRecord]:
        """All committed records of a topic."""
        return [record async for record in read_to_end(self.settings, topics.name(self.settings, topic))]

    async def verdict(self, recovery_seconds: float) -> Verdict:
        """Read the topics and judge."""
        published = self.publisher.acknowledged
        verdict = Verdict(
            len(published),
            self.faults.total(),
            restarts=self.workers.restarts,
            peak_mb=self.workers.peak_mb,
            recovery_seconds=recovery_seconds,
            problems=[*self.problems, *self.workers.unclean, *sorted(set(self.workers.lies))],
        )
        classified: dict[str, bytes] = {}
        for record in await self.read(topics.CLASSIFIED):
            identifier = record.key.decode()
            verdict.repeated += identifier in classified
            if classified.setdefault(identifier, record.value) != record.value:
                verdict.problems.append(f"{identifier} was classified in two ways")
        refused = {letter(record.value, record.headers) for record in await self.read(topics.DEAD_LETTER)}
        missing = [
            each
            for each in published
            if (each.identifier not in classified if each.identifier is not None else each.letter not in refused)
        ]
        verdict.lost += len(missing)
        verdict.problems += [f"lost: {each.identifier or (each.value or b'')[:60]!r}" for each in missing[:5]]
        # Alerts are compared by their bytes: a story that was forgotten would be told as new.
        expected = {alert for each in published for alert in each.alerts}
        told = Counter(record.value for record in await self.read(topics.ALERTS))
        verdict.lost += len(expected - told.keys())
        verdict.duplicated += sum(told.values()) - len(told) + len(told.keys() - expected)
        verdict.problems += [f"alert lost: {name(value)}" for value in sorted(expected - told.keys())[:5]]
        verdict.problems += [f"alert not expected: {name(value)}" for value in sorted(told.keys() - expected)[:5]]
        verdict.problems += [f"alert told {times} times: {name(value)}" for value, times in told.items() if times > 1][:5]
        if verdict.repeated and not self.repeats_allowed:
            verdict.problems.append(f"{verdict.repeated} articles were classified again")
        if verdict.peak_mb > MEMORY_MB:
            verdict.problems.append(f"a worker took {verdict.peak_mb:.0f} MB")
        return verdict


def name(alert: bytes) -> str:
    """What tells an alert from others."""
    fields = json.loads(alert)
    return f"{fields['article_id']} {fields['kind']} {fields['revision']}"
