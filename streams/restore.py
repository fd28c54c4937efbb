"""Where a source partition was left: its committed offset, and its stories read back from the committed alerts."""

from contextlib import aclosing
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.codec import decode
from streams.connection import read_up_to
from streams.core.records import Alert, Rejected
from streams.core.stories import CAPACITY, StoryIndex
from streams.kafka import client_options
from streams.settings import Settings

READ_BACK = 2 * CAPACITY
"""Offsets to read back: each alert may have a transaction marker of its own behind it."""


async def restore(settings: Settings, source: TopicPartition, alerts: TopicPartition, index: StoryIndex) -> tuple[int, int]:
    """Fold the last committed alerts of a partition into the index.

    Gives the first offset of the source partition that is not done, 0 when nothing was committed, or more than there is, and the
    number of alerts.
    Raises aiokafka's errors, and TimeoutError when Kafka falls silent.
    """
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=settings.group,  # for its offsets: a consumer that is given its partitions joins no group
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        done = await consumer.committed(source) or 0
        if done > (await consumer.end_offsets([source]))[source]:
            done = 0
        consumer.assign([alerts])
        first = (await consumer.beginning_offsets([alerts]))[alerts]
        end = (await consumer.end_offsets([alerts]))[alerts]
        consumer.seek(alerts, max(first, end - READ_BACK))
        restored = 0
        async with aclosing(read_up_to(consumer)) as records:
            async for record in records:
                told = decode(record.value, Alert)
                if not isinstance(told, Rejected):  # a record that is no alert of ours tells no story
                    index.add(told, event_time(record.headers))
                    restored += 1
        return done, restored
    finally:
        await consumer.stop()


def event_time(headers: tuple[tuple[str, bytes], ...]) -> datetime | None:
    """The event time that an alert carries in its headers."""
    text = dict(headers).get("ce_time")
    return datetime.fromisoformat(text.decode()) if text else None
