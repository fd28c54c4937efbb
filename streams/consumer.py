"""Faust's consumer without the four tasks that it makes for each record."""

from collections.abc import Callable, Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any

from faust.transport.drivers import aiokafka
from mode.services import WaitResults


class Consumer(aiokafka.Consumer):
    """Hands records to the agents in the task that fetched them, a third of the cost of receiving them.

    Faust races each delivery against the end of the flow, for which a delivery that waits must not be there any more once
    partitions are taken over anew: it would set their read offset back to where it was, past what is fetched again.
    """

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
