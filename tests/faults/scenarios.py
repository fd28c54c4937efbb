"""The table of scenarios: what is done to the workers, to Kafka, to the network, to the input."""

import asyncio
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams import __file__ as package_file
from streams import __version__, topics
from streams.kafka import MAX_RECORD_BYTES, client_options
from tests.faults.cluster import limit_disk
from tests.faults.poison import oversized, poison
from tests.faults.trial import PARTITIONS, RATE, Trial
from tests.faults.workers import ASSIGNED, Worker

SESSION_SECONDS = 10.0
"""After so long Kafka gives the partitions of a silent worker to others."""

EVERY_TIMEOUT_SECONDS = 80.0
"""Longer than the worker waits for anything: 60 s for a delivery, 20 s for a request."""

IN_PHASE_SECONDS = 60.0


@dataclass(frozen=True)
class Scenario:
    """A row of the table."""

    name: str
    what: str
    run: Callable[[Trial], Awaitable[None]]
    seconds: int
    """How long it takes, about: the longest begin first."""
    records: int = 5_500
    """How many it publishes at least."""
    nodes: int = 1
    proxied: bool = False
    disk_mb: int = 0
    """Size of the broker's disk; 0 means as much as there is."""
    short: bool = False
    """Whether `make test` runs it, at a small scale."""


async def kill(trial: Trial, worker: Worker, phase: str) -> None:
    """Kill a worker and wait until it has been started again."""
    before = len(trial.workers.all)
    worker.signal(signal.SIGKILL)
    trial.fault(f"kill -9 {phase}")
    assert await trial.workers.until(lambda: len(trial.workers.all) > before, 30), "a killed worker was not started again"


async def kill_in_start(trial: Trial) -> None:
    """Killed before it serves anything, at any moment."""
    await trial.workers.scale(1)
    async with trial.load():
        for _ in range(trial.times(4)):
            await trial.pause(0.05, 2.5)
            await kill(trial, trial.workers.running[-1], "at start")
        await trial.workers.until_ready()


async def kill_in_restore(trial: Trial) -> None:
    """Killed while it fences its predecessor and reads its stories back."""
    await trial.publish(500)
    await trial.workers.scale(1)
    await trial.workers.until_ready()
    async with trial.load():
        for _ in range(trial.times(4)):
            await kill(trial, trial.workers.running[-1], "while processing")
            deadline = time.monotonic() + IN_PHASE_SECONDS
            while time.monotonic() < deadline:
                worker = trial.workers.running[-1]
                if not await asyncio.to_thread(worker.metric, "lodestream_rebalances_total"):
                    continue
                worker.signal(signal.SIGSTOP)
                caught = ASSIGNED not in worker.log.read_bytes()
                await kill(trial, worker, "while restoring" if caught else "while processing")
                if caught:
                    break
        await trial.workers.until_ready()


async def kill_while_processing(trial: Trial) -> None:
    """Killed anywhere in its work."""
    await trial.workers.scale(1)
    async with trial.load():
        for _ in range(trial.times(4)):
            await trial.workers.until_ready()
            await trial.pause(0.2, 2.0)
            await kill(trial, trial.workers.running[-1], "while processing")
        await trial.workers.until_ready()


async def freeze_in_transaction(trial: Trial, worker: Worker) -> None:
    """Stop a worker's process at a moment when a transaction of it is open."""
    partitions = [TopicPartition(topics.name(trial.settings, topics.ALERTS), number) for number in range(PARTITIONS)]
    stable = AIOKafkaConsumer(**client_options(trial.settings), isolation_level="read_committed")
    newest = AIOKafkaConsumer(**client_options(trial.settings))

    async def is_open() -> bool:
        ends, stable_ends = await asyncio.gather(newest.end_offsets(partitions), stable.end_offsets(partitions))
        return any(ends[partition] > stable_ends[partition] for partition in partitions)

    async with stable, newest:
        deadline = time.monotonic() + IN_PHASE_SECONDS
        while True:
            assert time.monotonic() < deadline, "no transaction was found open"
            if await is_open():
                worker.signal(signal.SIGSTOP)
                await asyncio.sleep(0.1)  # what it had sent arrives
                if await is_open():
                    return
                worker.signal(signal.SIGCONT)


async def kill_in_transaction(trial: Trial) -> None:
    """Killed with a transaction open, seen on the broker."""
    await trial.workers.scale(1)
    async with trial.load():
        for _ in range(trial.times(4)):
            await trial.workers.until_ready()
            worker = trial.workers.running[-1]
            await freeze_in_transaction(trial, worker)
            await kill(trial, worker, "in a transaction")
        await trial.workers.until_ready()


async def kill_in_rebalance(trial: Trial) -> None:
    """Killed while the group shares its partitions anew, the old member or the new one."""
    await trial.workers.scale(2)
    async with trial.load():
        for turn in range(trial.times(4)):
            await trial.workers.until_ready()
            old = trial.workers.running[0]
            await trial.workers.scale(3)
            deadline = time.monotonic() + IN_PHASE_SECONDS
            while (await asyncio.to_thread(old.get, "/readyz"))[0] == 200:  # it has not given its partitions back yet
                assert time.monotonic() < deadline, "no rebalance was seen"
            await kill(trial, trial.workers.running[-1] if turn % 2 else old, "in a rebalance")
            await trial.workers.until_ready()
            await trial.workers.scale(2)
        await trial.workers.until_ready()


async def zombie(trial: Trial) -> None:
    """Frozen for longer than its session while another takes over, then thawed; every other time in a transaction."""
    async with trial.load():
        for turn in range(trial.times(4)):
            await trial.workers.scale(1)
            await trial.workers.until_ready()
            frozen = trial.workers.running[0]
            if turn % 2:
                await trial.pause(0.2, 1.0)
                frozen.signal(signal.SIGSTOP)
            else:
                await freeze_in_transaction(trial, frozen)
            trial.fault("SIGSTOP" if turn % 2 else "SIGSTOP in a transaction")
            other = trial.workers.start()
            trial.workers.count = 2
            assert await trial.workers.until(partial(getattr, other, "ready"), 60), "nobody took over"
            await trial.pause(1.0, 3.0)
            frozen.signal(signal.SIGCONT)
            trial.fault("SIGCONT")
            await trial.pause(5.0, 6.0)
            await trial.workers.until_ready()
    await trial.workers.scale(1)


async def sigterm(trial: Trial) -> None:
    """Stopped under load: it ends with 0 and its successor repeats nothing."""
    await trial.workers.scale(1)
    async with trial.load():
        for _ in range(trial.times(6)):
            await trial.workers.until_ready()
            await trial.pause(0.1, 1.5)
            await trial.workers.scale(0)
            trial.fault("SIGTERM")
            await trial.workers.scale(1)
        await trial.workers.until_ready()
    trial.repeats_allowed = False


async def scaling(trial: Trial) -> None:
    """One worker, three, and one again, under load."""
    async with trial.load():
        for _ in range(trial.times(4)):
            await trial.workers.scale(1)
            await trial.workers.until_ready()
            await trial.pause(0.5, 1.5)
            await trial.workers.scale(3)
            trial.fault("scaled up")
            if trial.dice.random() < 0.5:  # else the next change comes in the middle of the rebalance
                await trial.workers.until_ready()
            await trial.pause(0.0, 4.0)
            await trial.workers.scale(1)
            trial.fault("scaled down")
        await trial.workers.until_ready()


async def rolling(trial: Trial) -> None:
    """A new version takes over pod by pod: the new one is ready before the old one is stopped."""
    await trial.workers.scale(2)
    await trial.workers.until_ready()
    package = Path(package_file).parent
    async with trial.load():
        for turn in range(trial.times(2)):
            code = trial.directory / f"version-{turn}"
            shutil.copytree(package, code / "streams", ignore=shutil.ignore_patterns("__pycache__"))
            version = code / "streams" / "__init__.py"
            version.write_text(version.read_text().replace(__version__, f"99.0.{turn}"))
            trial.workers.code = code
            for old in trial.workers.running:
                trial.workers.start()
                trial.workers.count = 3
                await trial.workers.until_ready()
                trial.workers.count = 2
                await trial.workers.stop(old)
                trial.fault("replaced by a new version")
            await trial.workers.until_ready()
    page = trial.workers.running[0].get("/metrics")[1]
    assert f'version="99.0.{trial.times(2) - 1}"' in page, "the new version does not run"


async def broker_restart(trial: Trial) -> None:
    """The only broker is killed or stopped under load and comes back."""
    await trial.workers.scale(2)
    async with trial.load():
        for turn in range(trial.times(3)):
            await trial.workers.until_ready()
            await trial.pause(0.2, 1.5)
            if turn % 2:
                await asyncio.to_thread(trial.cluster.nodes[0].stop)
            else:
                await asyncio.to_thread(trial.cluster.kill)
            trial.fault("broker stopped" if turn % 2 else "broker killed")
            await trial.pause(1.0, 10.0)
            await asyncio.to_thread(trial.cluster.nodes[0].start)
        await trial.workers.until_ready()


async def leader_killed(trial: Trial) -> None:
    """One of three brokers is killed under load, each in turn; two copies of three are enough to go on."""
    await trial.workers.scale(2)
    async with trial.load():
        for turn in range(trial.times(3)):
            await trial.workers.until_ready()
            await trial.pause(1.0, 2.0)
            await asyncio.to_thread(trial.cluster.kill, turn % 3)
            trial.fault("broker of three killed")
            await trial.pause(15.0, 20.0)
            await asyncio.to_thread(trial.cluster.nodes[turn % 3].start)
            await asyncio.sleep(10)  # its copies catch up
        await trial.workers.until_ready()


async def network_cut(trial: Trial) -> None:
    """Connections between workers and broker break and are refused for a while."""
    await trial.workers.scale(2)
    (proxy,) = trial.cluster.proxies
    async with trial.load():
        for _ in range(trial.times(6)):
            await trial.workers.until_ready()
            await trial.pause(0.2, 1.0)
            proxy.cut()
            trial.fault("connections cut")
            await trial.pause(0.1, 12.0)
            proxy.mend()
        await trial.workers.until_ready()


async def network_dead(trial: Trial) -> None:
    """Packets between workers and broker get lost for less and for more than the session."""
    await trial.workers.scale(2)
    (proxy,) = trial.cluster.proxies
    async with trial.load():
        for _ in range(trial.times(4)):
            await trial.workers.until_ready()
            await trial.pause(0.2, 1.0)
            proxy.deaden()
            trial.fault("network dead")
            await trial.pause(3.0, 18.0)
            proxy.mend()
            await trial.pause(2.0, 3.0)
        await trial.workers.until_ready()


async def unreachable(trial: Trial) -> None:
    """The broker cannot be reached for longer than every time-out; workers say that they are not ready."""
    await trial.workers.scale(2)
    (proxy,) = trial.cluster.proxies
    async with trial.load(rate=50):
        for turn in range(trial.times(2)):
            await trial.workers.until_ready()
            (proxy.cut if turn % 2 else proxy.deaden)()
            trial.workers.unreachable_since = time.monotonic()
            trial.fault("broker unreachable")
            await asyncio.sleep(EVERY_TIMEOUT_SECONDS)
            trial.workers.unreachable_since = None
            proxy.mend()
            await trial.pause(2.0, 3.0)
        await trial.workers.until_ready()


async def disk_full(trial: Trial) -> None:
    """The broker's disk fills up, which ends the broker; it is started again on a larger one."""
    (node,) = trial.cluster.nodes
    await trial.workers.scale(2)
    async with trial.load(rate=3 * RATE):
        await trial.workers.until_ready()
        assert await trial.workers.until(lambda: node.status() is None, 120), "the disk did not fill up"
        trial.fault("disk full")
        await trial.pause(2.0, 10.0)
        await asyncio.to_thread(node.stop)
        limit_disk(node.directory.parent, 2048)
        await asyncio.to_thread(node.start)
        await trial.pause(5.0, 6.0)
        await trial.workers.until_ready()


async def published_twice(trial: Trial) -> None:
    """Producers that are not idempotent repeat records, at once and later: one article, one alert."""
    await trial.workers.scale(2)
    for _ in range(trial.times(5)):
        batch = [next(trial.source) for _ in range(400)]
        await trial.publisher.send(batch)
        await trial.publisher.send(batch)
        trial.fault("a batch published twice")
    earlier = trial.publisher.acknowledged[:: trial.dice.randint(2, 5)]
    await trial.settle()
    await trial.publisher.send(earlier)
    trial.fault("records published again later")


async def replayed(trial: Trial) -> None:
    """The group's offsets are set back to the start of the topics: everything is classified again, nothing told again."""
    await trial.workers.scale(2)
    await trial.publish(1000)
    for turn in range(trial.times(3)):
        await trial.settle()
        await trial.workers.scale(0)
        sources = (topics.RAW, topics.MINERALS) if turn % 2 else (topics.RAW,)
        partitions = [
            TopicPartition(topics.name(trial.settings, topic), number) for topic in sources for number in range(PARTITIONS)
        ]
        async with AIOKafkaConsumer(
            **client_options(trial.settings), group_id=trial.settings.group, enable_auto_commit=False
        ) as consumer:
            consumer.assign(partitions)
            await consumer.commit(dict.fromkeys(partitions, 0))
        trial.fault("offsets set back to the start")
        await trial.publish(200)
        await trial.workers.scale(2)


async def poisoned(trial: Trial) -> None:
    """Among good articles comes everything that has ever broken a parser."""
    await trial.workers.scale(1)
    for _ in range(trial.times(3)):
        for article in poison(trial.loaded, trial.dice):
            await trial.publisher.send([article])
        trial.fault("a batch of poison")
        await trial.publish(100)


async def oversize(trial: Trial) -> None:
    """Among good articles come records that fit into Kafka only just, or only compressed."""
    await trial.workers.scale(1)
    async with AIOKafkaProducer(
        **client_options(trial.settings), compression_type="gzip", max_request_size=4 * MAX_RECORD_BYTES
    ) as producer:
        for article in oversized(trial.loaded):
            if len(article.value or b"") > MAX_RECORD_BYTES:
                await producer.send_and_wait(trial.publisher.topic, article.value)
                trial.publisher.acknowledged.append(article)
            else:
                await trial.publisher.send([article])
            await trial.publish(20)
    trial.fault("records too large")


SCENARIOS = (
    Scenario("kill-start", "kill -9 at start", kill_in_start, 70, short=True),
    Scenario("kill-restore", "kill -9 while stories are restored", kill_in_restore, 100),
    Scenario("kill-processing", "kill -9 while processing", kill_while_processing, 90),
    Scenario("kill-transaction", "kill -9 inside a transaction", kill_in_transaction, 80, short=True),
    Scenario("kill-rebalance", "kill -9 during a rebalance", kill_in_rebalance, 250),
    Scenario("zombie", "SIGSTOP past the session, SIGCONT", zombie, 300, short=True),
    Scenario("sigterm", "SIGTERM under load", sigterm, 60),
    Scenario("scaling", "1, 3, 1 workers under load", scaling, 70),
    Scenario("rolling", "a new version rolled over the old", rolling, 70),
    Scenario("published-twice", "producers repeat articles", published_twice, 30, short=True),
    Scenario("replayed", "the raw topic read again from its start", replayed, 40, short=True),
    Scenario("poison", "records that break parsers", poisoned, 20, short=True),
    Scenario("oversize", "records that only just fit into Kafka", oversize, 15, short=True),
    Scenario("network-cut", "connections break, are refused", network_cut, 80, proxied=True),
    Scenario("network-dead", "packets get lost", network_dead, 90, proxied=True),
    Scenario("unreachable", "no broker for longer than every time-out", unreachable, 260, proxied=True),
    Scenario("broker-restart", "the broker killed and restarted", broker_restart, 80),
    Scenario("disk-full", "the broker's disk fills up", disk_full, 100, disk_mb=64),
    Scenario("leader-killed", "a broker of three killed", leader_killed, 240, nodes=3),
)
