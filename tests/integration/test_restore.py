"""Where a partition was left is asked of a group coordinator, which is not always there."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from streams import assets, topics
from streams.broker import LocalBroker, free_port
from streams.core.stories import StoryIndex
from streams.kafka import client_options
from streams.restore import restore
from streams.settings import Settings

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

COMMITS, PARTITIONS, METADATA_BYTES = 200, 24, 30_000
"""What the coordinator has to read when it starts: it takes longer than clients need to find it."""


@pytest.mark.asyncio
async def test_a_partition_is_not_read_anew_while_its_offset_is_loaded(tmp_path: Path) -> None:
    """A broker that came back answers before it has read what was committed: that is no answer that nothing was."""
    local = LocalBroker(tmp_path, free_port(), properties={"offset.metadata.max.bytes": "32767"})
    settings = Settings(brokers=local.address, group="desk", partitions=PARTITIONS)
    sources = [TopicPartition(topics.name(settings, topics.CLASSIFIED), number) for number in range(PARTITIONS)]
    alerts = TopicPartition(topics.name(settings, topics.ALERTS), 0)
    loaded = assets.build("")
    try:
        await asyncio.to_thread(local.start)
        await topics.apply(settings)
        async with AIOKafkaProducer(**client_options(settings)) as producer:
            await producer.send_and_wait(sources[0].topic, b"a record that is done", partition=sources[0].partition)
        async with AIOKafkaConsumer(**client_options(settings), group_id="desk", enable_auto_commit=False) as consumer:
            consumer.assign(sources)
            for _ in range(COMMITS):
                await consumer.commit(dict.fromkeys(sources, OffsetAndMetadata(1, "x" * METADATA_BYTES)))
        await asyncio.to_thread(local.stop)
        await asyncio.to_thread(local.start)
        found = await restore(settings, sources[0], alerts, StoryIndex(loaded.lexicon, loaded.desk.stories))
    finally:
        await asyncio.to_thread(local.stop)
    assert found == (1, 0)
