"""Articles whose alerts are known beforehand, and a publisher that remembers what Kafka acknowledged."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaProducer

from streams import topics
from streams.assets import Assets
from streams.core.stories import StoryIndex
from streams.kafka import MAX_RECORD_BYTES
from streams.settings import Settings
from streams.topology import STAGES, Context, Message, Origin, process
from tests.bench.articles import APART, MINERAL_EVERY, article, groups

FIRST = datetime(1990, 1, 1, tzinfo=UTC)
CONFIRMED = "\nThe report was confirmed by officials on {} occasions during the week, a spokesman said to reporters."
IN_FLIGHT = 500
PERIOD_SECONDS = 0.05


@dataclass(frozen=True)
class Article:
    """A raw record and what must come of it."""

    key: bytes | None
    value: bytes | None
    results: tuple[Message, ...]

    def values(self, topic: str) -> list[bytes]:
        """The values that it gives to a topic."""
        return [message.value or b"" for message in self.results if message.topic == topic]


def judge(key: bytes | None, value: bytes | None, context: Context) -> Article:
    """An article with its results, as the functional core gives them."""
    return Article(key, value, tuple(process(STAGES, Origin(topics.RAW, 0, 0, key, value, (), None), context)))


def stories(loaded: Assets) -> Iterator[Article]:
    """Articles without end, no two alike; one in ten gives an alert, and two of those in turn tell one story.

    What depends on each other has the same key, so that its order is kept whatever happens.
    """
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    critical, others = groups()
    number, first = 0, {}
    while True:
        event = json.loads(article(number, critical if number % MINERAL_EVERY == 0 else others, FIRST))
        key = f"outlet-{number % 50}"
        if number % MINERAL_EVERY == 0:
            pair, second = divmod(number // MINERAL_EVERY, 2)
            key = f"story-{pair}"
            if second:
                event |= {"title": first["title"], "body": first["body"] + CONFIRMED.format(number)}
            first = event
            event["published_at"] = (FIRST + APART * pair + timedelta(hours=second)).isoformat()
        yield judge(key.encode(), json.dumps(event).encode(), context)
        number += 1


class Publisher:
    """Publishes to the raw topic, waits for Kafka as long as it takes, and keeps what was acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self.topic = topics.name(settings, topics.RAW)
        self.producer = AIOKafkaProducer(
            bootstrap_servers=settings.brokers, enable_idempotence=True, linger_ms=5, max_request_size=4 * MAX_RECORD_BYTES
        )
        self.acknowledged: list[Article] = []

    async def send(self, articles: list[Article]) -> None:
        """Publish and wait until Kafka has them all."""
        sent = [await self.producer.send(self.topic, each.value, key=each.key) for each in articles]
        await asyncio.gather(*sent)
        self.acknowledged += articles

    async def run(self, source: Iterator[Article], rate: float, stopping: asyncio.Event) -> None:
        """Publish so many articles a second until told to stop."""
        due, last = 0.0, time.monotonic()
        while not stopping.is_set():
            await asyncio.sleep(PERIOD_SECONDS)
            now = time.monotonic()
            due, last = min(due + rate * (now - last), IN_FLIGHT), now
            await self.send([next(source) for _ in range(int(due))])
            due -= int(due)
