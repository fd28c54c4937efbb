"""Opens aiokafka clients for a command: a bounded wait, and one clear line when Kafka cannot be reached or refuses."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from logging.handlers import BufferingHandler
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.errors import WorldError
from streams.kafka import client_options
from streams.settings import Settings

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
"""How long a broker that was reached may leave us without an answer. aiokafka's idempotent producer alone would wait for ever."""

CLOSE_SECONDS = 5.0
"""How long the end of a client may wait for a broker that has gone."""

Client = TypeVar("Client", AIOKafkaAdminClient, AIOKafkaConsumer, AIOKafkaProducer)


@asynccontextmanager
async def connected(client: Client, settings: Settings) -> AsyncIterator[Client]:
    """Start a client and end it afterwards; raises WorldError when Kafka cannot be reached or refuses what is asked."""
    complaints = BufferingHandler(capacity=100)  # aiokafka's exceptions leave out why a broker was not reached, its log does not
    logger = logging.getLogger("aiokafka")
    logger.addHandler(complaints)
    try:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.start()
        except (KafkaError, OSError) as error:
            why = complaints.buffer[-1].getMessage() if complaints.buffer else "no answer"
            raise WorldError(
                f"Kafka at {settings.brokers} cannot be reached ({why}): start it (`lodestream broker start`) "
                "or set LODESTREAM_BROKERS"
            ) from error
        try:
            yield client
        except (KafkaError, TimeoutError) as error:
            why = str(error) or f"no answer within {ANSWER_SECONDS:.0f} s"
            raise WorldError(f"Kafka at {settings.brokers} failed ({why}): look at the brokers, then run it again") from error
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
        logger.removeHandler(complaints)


async def require_topic(settings: Settings, topic: str) -> None:
    """Raise WorldError when a topic does not exist: clients would wait for it, or have the broker make one with other settings."""
    async with connected(AIOKafkaAdminClient(**client_options(settings)), settings) as admin:
        if topic not in await admin.list_topics():
            raise WorldError(f"the topic {topic} does not exist: run `lodestream topics apply`")


def reader(settings: Settings, topic: str) -> AIOKafkaConsumer:
    """A consumer without a group that is assigned all of a topic, from its beginning, and sees committed records alone."""
    return AIOKafkaConsumer(
        topic, **client_options(settings), group_id=None, isolation_level="read_committed", auto_offset_reset="earliest"
    )


async def read_to_end(settings: Settings, topic: str) -> AsyncGenerator[ConsumerRecord, None]:
    """All committed records that a topic has at the moment, in order within each partition."""
    await require_topic(settings, topic)
    async with connected(reader(settings, topic), settings) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        last_progress = time.monotonic()
        while unread := await behind(consumer, ends):
            batches = await consumer.getmany(*unread, timeout_ms=200)
            for partition, records in batches.items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield record
            if batches:
                last_progress = time.monotonic()
            elif time.monotonic() - last_progress > ANSWER_SECONDS:
                raise TimeoutError


async def behind(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[TopicPartition]:
    """The partitions that were not read to their end.

    Positions move over the markers of transactions, which are no records: the last offset may never be seen as one.
    """
    async with asyncio.timeout(ANSWER_SECONDS):
        return [partition for partition, end in ends.items() if await consumer.position(partition) < end]
