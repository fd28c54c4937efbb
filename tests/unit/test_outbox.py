"""The outbox: what is put in reaches the producer whole, in order, in few batches, and each part learns what became of it."""

import asyncio
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder

from streams import topics
from streams.outbox import Outbox
from streams.settings import Settings
from streams.topology import Message
from tests.unit.fakes import BrokerDownError

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer
    from aiokafka.errors import KafkaError


class Batches:
    """Stands for aiokafka's producer: keeps the batches; the test answers for them."""

    def __init__(self, batch_size: int = 10_000) -> None:
        self.batch_size = batch_size
        self.sent: list[tuple[str, int, int]] = []
        self.answers: list[asyncio.Future[object]] = []
        self.error: KafkaError | None = None

    def create_batch(self) -> BatchBuilder:
        """A batch of aiokafka's own."""
        return BatchBuilder(self.batch_size, 0)

    async def send_batch(self, builder: BatchBuilder, topic: str, *, partition: int) -> "asyncio.Future[object]":
        """Keep a batch."""
        if self.error:
            raise self.error
        self.sent.append((topic, partition, builder.record_count()))
        self.answers.append(asyncio.get_running_loop().create_future())
        return self.answers[-1]


def outbox(producer: Batches) -> Outbox:
    """An outbox in front of a producer."""
    return Outbox(cast("AIOKafkaProducer", producer), Settings(topic_prefix="dev.", partitions=4))


def message(key: bytes | None, value: bytes = b"value") -> Message:
    """A message for the topic of clean articles."""
    return Message(topics.CLEAN, key, value, (("ce_id", b"1"),), 1_700_000_000_000)


async def test_messages_of_one_partition_share_a_batch() -> None:
    """Messages of one key keep together; others may go elsewhere."""
    producer = Batches()
    box = outbox(producer)
    deliveries = [await box.put(message(b"tin")) for _ in range(3)]
    await box.put(message(b"gallium"))
    await box.flush()
    assert sorted(count for _, _, count in producer.sent) == [1, 3]
    assert {topic for topic, _, _ in producer.sent} == {"dev.articles.clean"}
    assert not any(delivery.done() for delivery in deliveries)
    for answer in producer.answers:
        answer.set_result(None)
    await asyncio.gather(*deliveries)


async def test_what_was_put_in_is_sent_without_further_ado() -> None:
    """A lone message waits for company no longer than the linger."""
    producer = Batches()
    box = outbox(producer)
    delivery = await box.put(message(None))
    while not producer.answers:  # noqa: ASYNC110 - the producer of the test has no event
        await asyncio.sleep(0.001)
    producer.answers[0].set_result(None)
    await delivery


async def test_a_full_batch_is_sent_before_the_next_is_begun() -> None:
    """Nothing is dropped, and nothing is overtaken."""
    producer = Batches(batch_size=300)
    box = outbox(producer)
    for _ in range(10):
        await box.put(message(b"tin", b"x" * 100))
    await box.flush()
    assert sum(count for _, _, count in producer.sent) == 10
    assert len({partition for _, partition, _ in producer.sent}) == 1
    assert len(producer.sent) > 1


async def test_a_message_larger_than_a_batch_is_sent_alone() -> None:
    """A large article is no reason to stop."""
    producer = Batches(batch_size=300)
    box = outbox(producer)
    await box.put(message(b"tin", b"x" * 5_000))
    await box.flush()
    assert [count for _, _, count in producer.sent] == [1]


async def test_each_message_learns_of_a_failure() -> None:
    """Whether Kafka refuses the batch or the producer does not take it."""
    producer = Batches()
    box = outbox(producer)
    refused = await box.put(message(b"tin"))
    await box.flush()
    producer.answers[0].set_exception(BrokerDownError())
    with pytest.raises(BrokerDownError):
        await refused
    producer.error = BrokerDownError()
    untaken = await box.put(message(b"tin"))
    await box.flush()
    with pytest.raises(BrokerDownError):
        await untaken


async def test_a_stopped_producer_leaves_it_open_what_became_of_a_message() -> None:
    """Cancelled is neither delivered nor failed."""
    producer = Batches()
    box = outbox(producer)
    delivery = await box.put(message(b"tin"))
    await box.flush()
    producer.answers[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivery
