"""Articles whose alerts are known beforehand, and a publisher that remembers what Kafka acknowledged."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaProducer

from streams import topics
from streams.assets import Assets
from streams.core.stories import WINDOW, StoryIndex
from streams.kafka import MAX_RECORD_BYTES
from streams.settings import Settings
from streams.topology import STAGES, Context, Origin, process
from tests.bench.articles import MINERAL_EVERY, articles

FIRST = datetime(1970, 1, 2, tzinfo=UTC)
APART = WINDOW + timedelta(days=1)
"""Between two stories, so that none is taken for another, in whatever order they come."""
SENTENCE = " The report was confirmed by officials on {} occasions during the week, a spokesman said to reporters."
MODELS = 400
"""Different texts."""
CRITICAL_EVERY = 20
IN_FLIGHT = 500
PERIOD_SECONDS = 0.05


@dataclass(frozen=True)
class Article:
    """A raw record and what must come of it."""

    key: bytes | None
    value: bytes | None
    identifier: str | None
    """Its `article_id`; None when it must be refused."""
    alerts: tuple[bytes, ...] = ()
    letter: bytes = b""
    """What tells its dead letter from others."""


def judge(key: bytes | None, value: bytes | None, context: Context) -> Article:
    """An article with what the functional core makes of it."""
    results = process(STAGES, Origin(topics.RAW, 0, 0, key, value, (), None), context)
    identifier = next((message.key for message in results if message.topic == topics.CLASSIFIED and message.key), None)
    alerts = tuple(message.value for message in results if message.topic == topics.ALERTS and message.value)
    letters = [letter(message.value, message.headers) for message in results if message.topic == topics.DEAD_LETTER]
    return Article(key, value, identifier.decode() if identifier else None, alerts, *letters)


def letter(value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> bytes:
    """What tells a dead letter from others: the original bytes, or their number where they were too many."""
    return value or dict(headers).get("dl_left_out", b"")


def stories(loaded: Assets) -> Iterator[Article]:
    """Articles without end, no two alike; one in twenty gives an alert, and two of those in turn tell one story.

    What depends on each other has the same key, so that its order is kept whatever happens.
    """
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    models = [json.loads(event) for event in articles(MODELS)]
    critical, others = models[::MINERAL_EVERY], [model for number, model in enumerate(models) if number % MINERAL_EVERY]
    for number in itertools.count():
        turn, place = divmod(number, CRITICAL_EVERY)
        if place:
            event = numbered(others[number % len(others)], number)
            yield Article(f"outlet-{number % 50}".encode(), json.dumps(event).encode(), event["id"])
        else:
            pair, second = divmod(turn, 2)
            event = numbered(critical[pair % len(critical)], number)
            event["published_at"] = (FIRST + APART * pair + timedelta(hours=second)).isoformat()
            yield judge(f"story-{pair}".encode(), json.dumps(event).encode(), context)


def numbered(model: dict[str, str], number: int) -> dict[str, str]:
    """An article like another, with a sentence of its own in its midst."""
    lines = model["body"].split("\n")
    longest = max(range(len(lines)), key=lambda index: len(lines[index]))
    lines[longest] += SENTENCE.format(number)
    return model | {"id": f"fault-{number}", "body": "\n".join(lines)}


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
