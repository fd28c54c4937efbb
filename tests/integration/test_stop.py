"""SIGTERM at any moment: a worker ends cleanly and soon, also while it starts or joins a group with others in it."""

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import pytest

from streams.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import StartWorker

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

MOMENTS = (0.2, 0.5, 1.0, 2.0, 3.0)
"""Seconds after the start of the process."""

SECONDS = 10.0
"""A stop takes up to 5 s while partitions are taken over; the rest is for a busy machine."""


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_stop_at_any_moment_of_the_start_is_clean(settings: Settings, start_worker: "StartWorker", moment: float) -> None:
    """The other member of the group goes on, so that the one that is stopped has to join a group that exists."""
    other = start_worker(settings).wait_ready()
    worker = start_worker(settings)
    await asyncio.sleep(moment)
    stopped_at = time.monotonic()
    status = worker.stop(within=30)
    seconds = time.monotonic() - stopped_at
    # A process that has not come to our first line yet ends by the signal itself.
    assert status == 0 or (status == -signal.SIGTERM and not worker.log()), worker.log()
    assert seconds < SECONDS, worker.log()
    assert other.process.poll() is None
    assert other.stop() == 0


async def test_a_stop_does_not_wait_for_a_member_that_died(settings: Settings, start_worker: "StartWorker") -> None:
    """The group is complete again only once the session of the dead member has expired."""
    start_worker(settings).wait_ready().stop(signal.SIGKILL)
    worker = start_worker(settings)
    await asyncio.sleep(2.0)
    started = time.monotonic()
    assert worker.stop(within=30) == 0
    assert time.monotonic() - started < SECONDS + 5, worker.log()
