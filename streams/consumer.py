"""Faust's consumer, which goes where partitions were left and makes no four tasks for each record."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any

import structlog
from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka
from mode.services import WaitResults

SEEK_SECONDS = 15.0
"""How long partitions may be looked for: after 20 s Faust gives up in silence, and never reads again."""

log = structlog.get_logger()


class Thread(aiokafka.AIOKafkaConsumerThread):
    """Faust's thread, which reads committed records alone: what a scraper took back is no article."""

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401 - Faust's own
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust ties it to its own transactions
        return consumer


class Consumer(aiokafka.Consumer):
    """Hands records to the agents in the task that fetched them, a third of the cost of receiving them.

    Faust races each delivery against the end of the flow, for which a delivery that waits must not be there any more once
    partitions are taken over anew: it would set their read offset back to where it was, past what is fetched again.
    """

    def _new_consumer_thread(self) -> Thread:
        """The thread that fetches."""
        return Thread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Read on where partitions were left, and from the beginning where nothing was committed, or more than there is.

        The first Faust and aiokafka leave where reading stands: behind records that were fetched while partitions were shared
        anew, and thrown away. Of the second they drop all that is new: a log loses its end with a disk or an unclean election.
        """
        async with asyncio.timeout(SEEK_SECONDS):
            await super().perform_seek()
            assigned = [TopicPartition(*tp) for tp in self.assignment()]
            ends = await self.highwaters(*assigned)
            for partition in assigned:
                committed = self._read_offset[partition]
                if committed and committed > ends[partition]:
                    report_lost_end(partition, committed, ends[partition])
                    self._read_offset[partition] = None
            if fresh := [partition for partition in assigned if not self._read_offset[partition]]:
                await self._thread.seek_to_beginning(*fresh)

    async def wait_first(self, *coros: Any, **timeout: Any) -> WaitResults:  # noqa: ANN401 - Faust's own signature says no more
        """Deliver a record, when it comes with the end of the flow; Faust also waits for single events here.

        Most deliveries need no waiting and end here. What waits, for room in an agent's queue or for the flow, is raced.
        """
        if len(coros) == 1:
            return await super().wait_first(*coros, **timeout)
        deliver, suspended = coros
        try:
            waits_for = deliver.send(None)
        except StopIteration:
            suspended.close()
            return WaitResults([], [], stopped=False)
        except BaseException:
            suspended.close()
            raise
        return await super().wait_first(rest(deliver, waits_for), suspended, **timeout)


def report_lost_end(partition: TopicPartition, committed: int, end: int) -> None:
    """Say that a log ends before what was read of it: whatever it holds may be new."""
    log.error(
        "a log has lost its end: its partition is read again from the beginning",
        topic=partition.topic,
        partition=partition.partition,
        committed=committed,
        end=end,
    )


async def rest(begun: Coroutine[Any, Any, None], waits_for: object) -> None:
    """What is left of a coroutine that waits for something."""
    await drive(begun, waits_for)


@coroutine
def drive(begun: Coroutine[Any, Any, None], waits_for: object) -> Generator[object, Any, None]:
    """Hand over what a coroutine waits for, and what comes of it, until it ends."""
    while True:
        try:
            answer = yield waits_for
        except BaseException as error:  # noqa: BLE001 - it is the coroutine's: being cancelled, above all
            step: Callable[[], object] = partial(begun.throw, error)
        else:
            step = partial(begun.send, answer)
        try:
            waits_for = step()
        except StopIteration:
            return


class Transport(aiokafka.Transport):
    """Faust's transport with this consumer."""

    Consumer = Consumer
