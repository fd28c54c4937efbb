"""Topics on a real broker: created once, compared, never changed."""

import asyncio
from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams import topics
from streams.connection import connected
from streams.errors import WorldError
from streams.kafka import client_options
from streams.settings import Settings

pytestmark = pytest.mark.kafka


@pytest.fixture
def untouched(settings: Settings) -> Settings:
    """Settings whose topics do not exist yet."""
    return replace(settings, topic_prefix=f"{settings.topic_prefix}new.")


async def states(settings: Settings) -> dict[str, topics.State]:
    """What is on the broker."""
    async with connected(AIOKafkaAdminClient(**client_options(settings)), settings) as admin:
        return await topics.describe(admin, [topics.name(settings, topic.name) for topic in topics.TOPICS])


async def test_missing_topics_are_created_as_the_table_says(untouched: Settings) -> None:
    """Then there is nothing to report, and a second time nothing to do."""
    names = tuple(topics.name(untouched, topic.name) for topic in topics.TOPICS)
    assert await topics.check(untouched) == topics.Report(created=(), missing=names, drift=())
    assert await topics.apply(untouched) == topics.Report(created=names, missing=(), drift=())
    assert await topics.apply(untouched) == topics.Report(created=(), missing=(), drift=())
    assert await topics.check(untouched) == topics.Report(created=(), missing=(), drift=())
    assert set(await states(untouched)) == set(names)


async def test_checking_creates_nothing(untouched: Settings) -> None:
    """Not even on a broker that creates the topics it is asked about."""
    await topics.check(untouched)
    assert await states(untouched) == {}


async def test_a_topic_that_differs_is_reported_and_left_as_it_is(untouched: Settings) -> None:
    """A change may cost data, so the operator decides."""
    raw = topics.name(untouched, topics.RAW)
    async with connected(AIOKafkaAdminClient(**client_options(untouched)), untouched) as admin:
        await admin.create_topics([NewTopic(raw, 5, 1, topic_configs={"retention.ms": "60000"})])
        await topics.until_usable(admin, [raw])
    report = await topics.apply(untouched)
    assert raw not in report.created
    assert len(report.created) == 5
    assert f"{raw}: partitions is 5, should be 2" in report.drift
    assert f"{raw}: retention.ms is 60000, should be 604800000" in report.drift
    assert (await states(untouched))[raw].partitions == 5


async def test_two_that_apply_at_the_same_time_both_succeed(untouched: Settings) -> None:
    """Several instances may be deployed at once."""
    reports = await asyncio.gather(topics.apply(untouched), topics.apply(untouched))
    assert sorted(name for report in reports for name in report.created) == sorted(await states(untouched))
    assert await topics.check(untouched) == topics.Report(created=(), missing=(), drift=())


async def test_more_copies_than_brokers_are_refused_with_advice(untouched: Settings) -> None:
    """It names the setting."""
    with pytest.raises(WorldError, match="LODESTREAM_REPLICATION_FACTOR"):
        await topics.apply(replace(untouched, replication_factor=3))
