"""Where a source partition was left: its committed offset, and its stories read back from the committed alerts."""

from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.codec import decode
from streams.core.records import Alert, Rejected
from streams.core.stories import CAPACITY, StoryIndex
from streams.kafka import MAX_RECORD_BYTES, client_options
from streams.settings import Settings

READ_BACK = 2 * CAPACITY
"""Offsets to read back: each alert may have a transaction marker of its own behind it."""


async def committed_offset(settings: Settings, partition: TopicPartition) -> int:
    """The first offset of the partition that is not done; 0 when nothing was committed."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(settings.group, partitions=[partition])
    finally:
        await admin.close()
    return max(0, int(offsets[partition].offset))


async def restore(settings: Settings, alerts: TopicPartition, index: StoryIndex) -> int:
    """Fold the last committed alerts of a partition into the index; gives their number."""
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign([alerts])
        first = (await consumer.beginning_offsets([alerts]))[alerts]
        end = (await consumer.end_offsets([alerts]))[alerts]
        consumer.seek(alerts, max(first, end - READ_BACK))
        restored = 0
        while await consumer.position(alerts) < end:
            for record in (await consumer.getmany(alerts, timeout_ms=500)).get(alerts, ()):
                told = decode(record.value, Alert)
                if not isinstance(told, Rejected):  # a record that is no alert of ours tells no story
                    index.add(told, event_time(record.headers))
                    restored += 1
        return restored
    finally:
        await consumer.stop()


def event_time(headers: tuple[tuple[str, bytes], ...]) -> datetime | None:
    """The event time that an alert carries in its headers."""
    text = dict(headers).get("ce_time")
    return datetime.fromisoformat(text.decode()) if text else None
