"""Delivery: what the lanes of a worker share.

A lane publishes what the records of one source partition gave, and moves its offset: `streams.at_least_once` serves
stateless chains, `streams.exactly_once` the stage with state.

Dangers: nobody else may commit offsets for these partitions (Faust's topics are declared with `acks=False`), and after any
failure a lane is unusable: its worker must stop, so that the records are read again from the committed offset.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import Histogram

from streams import metrics
from streams.assets import Assets
from streams.kafka import MAX_RECORD_BYTES, client_options
from streams.outbox import Outbox
from streams.settings import Settings

MAX_UNACKED = 500
"""Records of a worker that may wait for Kafka's acknowledgement: bounds memory and what a crash repeats."""

DELIVERY_SECONDS = 60.0
"""How long Kafka may take to acknowledge what came of a record, retries included; then the worker stops without acknowledging.
aiokafka's idempotent producer by itself never gives up."""

BATCH_BYTES = 262_144
"""Largest batch of small records, in bytes."""

REQUEST_TIMEOUT_MS = 20_000
"""Longest wait for Kafka's answer to one request (aiokafka: 40 s): long enough for a change of leader."""


@dataclass(slots=True)
class Progress:
    """What the health checks look at; written by the event loop, read by the HTTP thread."""

    waiting: int = 0
    """Records taken and not finished."""
    finished_at: float = field(default_factory=time.monotonic)
    """Monotonic time when a record was last finished, or when there was last nothing to do."""
    room: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while more records may be taken."""

    def __post_init__(self) -> None:
        """Begin with room."""
        self.room.set()

    async def take(self) -> None:
        """Take a record; waits while too many are unacknowledged."""
        await self.room.wait()
        if not self.waiting:
            self.finished_at = time.monotonic()
        self.change(1)

    def finish(self, count: int) -> None:
        """Records were finished, or given back unfinished."""
        self.finished_at = time.monotonic()
        self.change(-count)

    def change(self, count: int) -> None:
        """Count records in and out."""
        self.waiting += count
        metrics.UNACKED.set(self.waiting)
        if self.waiting < MAX_UNACKED:
            self.room.set()
        else:
            self.room.clear()


@dataclass(slots=True)
class Line:
    """What all lanes of a worker share."""

    settings: Settings
    assets: Assets
    """Those in force: a reload replaces them between two records."""
    outbox: Outbox
    progress: Progress
    fail: Callable[[str, BaseException], None]
    """Stops the worker: the world failed, and nothing more may be acknowledged."""


def producer_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of every producer of the worker."""
    return {
        **client_options(settings),
        "acks": "all",
        "enable_idempotence": True,
        "max_batch_size": BATCH_BYTES,
        "max_request_size": 2 * MAX_RECORD_BYTES,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
    }


def observe_latency(histogram: Histogram, timestamp_ms: int | None) -> None:
    """Observe the time since the raw record reached Kafka."""
    if timestamp_ms and timestamp_ms > 0:  # -1: the producer gave none
        histogram.observe(max(0.0, time.time() - timestamp_ms / 1000))
