"""`make bench`: CPU time per article of the pure core, of the service, and of Faust used as in its tutorial, side by side.

CPU time is user + system of the worker process alone. Prints a table, writes build/bench.json, and fails when a limit is broken.
"""

import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiokafka
from rich.console import Console
from rich.table import Table

from streams import assets, topics
from streams.broker import LocalBroker, free_port
from streams.core.stories import StoryIndex
from streams.settings import Settings
from streams.topology import STAGES, Context, Origin, process
from tests.bench.articles import articles
from tests.bench.latency import LIMITS_MS, RATE, latency

HERE = Path(__file__).parent
LIMITS_US = {"core": 300, "service": 700}
REPEATS = 15
CORE_ARTICLES = 1_000
SERVICE_REPEATS = 4
"""The best counts: a broker that has just started compiles itself on the other processor."""
SERVICE_ARTICLES = 8_000
WARM_UP = 1_000
WAIT_SECONDS = 180.0
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measure everything; gives the exit status."""
    figures = {"core": core()}
    with tempfile.TemporaryDirectory() as directory:
        broker = LocalBroker(Path(directory), free_port())
        broker.start()
        try:
            service = [sys.executable, "-m", "streams", "worker"]
            figures["service"] = min(on_kafka(broker, f"service-{number}", service) for number in range(SERVICE_REPEATS))
            tutorial = [sys.executable, str(HERE / "tutorial.py"), "--datadir", directory, "worker", "-l", "error"]
            figures["tutorial"] = min(on_kafka(broker, f"tutorial-{number}", tutorial) for number in range(SERVICE_REPEATS))
        finally:
            broker.stop()
    waits = latency()
    report(figures, waits)
    slow = any(waits[name] > limit for name, limit in LIMITS_MS.items())
    return int(slow or any(figures[name] > limit for name, limit in LIMITS_US.items()))


def core() -> float:
    """µs of CPU that the whole pipeline takes for an article, from bytes to bytes, without Kafka; the best of some repeats."""
    loaded = assets.load()
    events = articles(CORE_ARTICLES)
    best = float("inf")
    for _ in range(REPEATS):
        context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
        started = time.process_time()
        for offset, value in enumerate(events):
            process(STAGES, Origin(topics.RAW, 0, offset, None, value, (), None), context)
        best = min(best, time.process_time() - started)
    return best / len(events) * 1e6


def on_kafka(broker: LocalBroker, name: str, command: list[str]) -> float:
    """µs of CPU that a worker process takes for an article while it works off a backlog, its start left out."""
    settings = Settings(brokers=broker.address, topic_prefix=f"{name}.", partitions=4, group=name)
    asyncio.run(topics.apply(settings))
    asyncio.run(publish(settings, articles(SERVICE_ARTICLES)))
    with worker(settings, command) as pid:
        before = wait_for(settings, WARM_UP, name)
        cpu = cpu_seconds(pid)
        after = wait_for(settings, SERVICE_ARTICLES, name)
        return (cpu_seconds(pid) - cpu) / (after - before) * 1e6


@contextmanager
def worker(settings: Settings, command: list[str]) -> Iterator[int]:
    """Run a worker process; gives its id."""
    environment = os.environ | {
        "LODESTREAM_BROKERS": settings.brokers,
        "LODESTREAM_TOPIC_PREFIX": settings.topic_prefix,
        "LODESTREAM_PARTITIONS": str(settings.partitions),
        "LODESTREAM_GROUP": settings.group,
        "LODESTREAM_HTTP_PORT": str(free_port()),
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)]),
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


async def publish(settings: Settings, events: list[bytes]) -> None:
    """Publish raw events."""
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=settings.brokers, linger_ms=20) as producer:
        for number, event in enumerate(events):
            await producer.send(topics.name(settings, topics.RAW), event, key=str(number).encode())
        await producer.flush()


def ended(settings: Settings) -> int:
    """Records on the classified topic."""

    async def count() -> int:
        async with aiokafka.AIOKafkaConsumer(bootstrap_servers=settings.brokers) as consumer:
            name = topics.name(settings, topics.CLASSIFIED)
            partitions = [aiokafka.TopicPartition(name, number) for number in range(settings.partitions)]
            return sum((await consumer.end_offsets(partitions)).values())

    return asyncio.run(count())


def wait_for(settings: Settings, count: int, what: str) -> int:
    """Wait until so many articles are classified; gives how many are."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (done := ended(settings)) < count:
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {what} had done {done} of {count} articles after {WAIT_SECONDS:.0f} s")
        time.sleep(0.2)
    return done


def report(figures: dict[str, float], waits: dict[str, float]) -> None:
    """Print a table and write the figures."""
    console = Console()
    table = Table(title="CPU time per article of 2 KB of text", title_justify="left")
    table.add_column("what")
    table.add_column("µs", justify="right")
    table.add_column("limit", justify="right")
    names = {
        "core": "pure core, bytes to bytes",
        "service": "service on the local broker",
        "tutorial": "Faust as in its tutorial, same core",
    }
    for name, microseconds in figures.items():
        limit = LIMITS_US.get(name)
        shown = f"[red]{microseconds:.0f}[/red]" if limit and microseconds > limit else f"{microseconds:.0f}"
        table.add_row(names[name], shown, str(limit or ""))
    console.print(table)
    shown = ", ".join(
        f"{name} {value:.0f} ms" + (f" (limit {LIMITS_MS[name]:.0f})" if name in LIMITS_MS else "") for name, value in waits.items()
    )
    console.print(f"from raw record to committed alert, at {RATE} articles/s: {shown}", highlight=False)
    build = Path("build")
    build.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "processors": os.cpu_count()}
    result = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        **machine,
        "cpu_us_per_article": {name: round(value) for name, value in figures.items()},
        "latency_ms": {name: round(value) for name, value in waits.items()},
    }
    (build / "bench.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    console.print("written to build/bench.json", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
