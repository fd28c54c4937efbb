"""The composition root of the service: checks everything, waits for Kafka, runs the agents, stops cleanly or crashes loudly."""

import asyncio
import os
import signal
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress

import faust
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from faust.types.auth import CredentialsT

from streams import __version__, assets, logs, metrics, server
from streams.agents import Agents
from streams.connection import connected, partitions, require_coordinator, require_rights
from streams.consumer import Transport
from streams.delivery import Line, producer_options
from streams.errors import LodestreamError, WorldError
from streams.kafka import client_options, refusal, ssl_context
from streams.monitor import LagMonitor, watch_loop
from streams.outbox import Outbox
from streams.settings import Settings
from streams.topics import ALERTS, TOPICS, name
from streams.topology import chains

COMMIT_SECONDS = 1.0
"""Time between two commits of the stateless chains: what a crash repeats at most (Faust: 2.8 s)."""

STOP_SECONDS = 18.0
"""A process that has not stopped by then is ended: Kubernetes kills after 30 s, and 20 s are promised."""

FAILED_SECONDS = 5.0
"""The same after a failure, which leaves nothing to finish."""

JOIN_SECONDS = 5.0
"""How long a stop waits for a take-over of partitions that is under way, in the middle of which Faust does not stop: longer than
the 3 s after which the other workers notice that somebody joins."""

LEAVE_SECONDS = 5.0
"""How long Faust may take to leave the group: it first waits until the group is complete, with a dead member in it for minutes."""

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to reach a broker that is not there yet; the last one repeats."""

log = structlog.get_logger()


def run(settings: Settings, stages: Sequence[str]) -> int:
    """Run the service until SIGTERM, SIGINT or a failure; gives the exit status. Raises LodestreamError when it cannot start."""
    logs.configure(settings)
    health = server.Health(settings.stall_seconds)
    service = Service(settings, assets.load(settings.data_dir), health, stages)
    model = service.assets.version
    metrics.describe_build(model)
    http = server.start(settings, health)
    log.info("lodestream starts", version=__version__, model=model, stages=list(stages), http_port=http.server_port)
    try:
        return asyncio.run(service.run())
    finally:
        http.shutdown()


class Service:
    """One worker process."""

    def __init__(self, settings: Settings, loaded: assets.Assets, health: server.Health, stages: Sequence[str]) -> None:
        self.settings, self.assets, self.health, self.stages = settings, loaded, health, stages
        self.stopping = asyncio.Event()
        self.reload_asked = asyncio.Event()
        self.failed = False

    async def run(self) -> int:
        """Live from start to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop, signal.Signals(number).name)
        loop.add_signal_handler(signal.SIGHUP, self.reload_asked.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        beat = asyncio.create_task(watch_loop(self.health))
        waiting = asyncio.create_task(self.until_kafka_answers())
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait((waiting, stopped), return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            waiting.result()
            await self.serve()
        waiting.cancel()
        beat.cancel()
        log.info("lodestream stopped", failed=self.failed)
        return int(self.failed)

    def stop(self, why: str) -> None:
        """Begin to stop; a watchdog ends the process if that hangs."""
        if not self.stopping.is_set():
            log.info("stopping", why=why)
            self.stopping.set()
            watchdog = threading.Timer(FAILED_SECONDS if self.failed else STOP_SECONDS, self.give_up, args=(1,))
            watchdog.daemon = True
            watchdog.start()

    def give_up(self, status: int) -> None:
        """End the process at once: what was not acknowledged is read again by the next one."""
        log.error("stopping took too long: the process ends now", status=status)
        os._exit(status)

    def fail(self, what: str, error: BaseException) -> None:
        """Stop because the world failed; nothing more is acknowledged."""
        if not self.failed:
            self.failed = True
            log.error(what, error=refusal(error, self.settings) or f"{type(error).__name__}: {error}")
            self.stop("failure")

    async def until_kafka_answers(self) -> None:
        """Wait for a broker that is not there yet; raises LodestreamError when it refuses or its topics are wrong."""
        for attempt in range(1_000_000):
            try:
                async with connected(AIOKafkaAdminClient(**client_options(self.settings)), self.settings) as admin:
                    found = await partitions(admin, [name(self.settings, topic.name) for topic in TOPICS])
                    await require_rights(admin, self.settings.group, self.sources())
                    await require_coordinator(admin, self.settings.group)
                break
            except WorldError as error:
                log.warning("waiting for Kafka", error=str(error))
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
        for topic in TOPICS:
            full_name = name(self.settings, topic.name)
            if full_name not in found:
                raise LodestreamError(f"topic {full_name} does not exist: run `lodestream topics apply`")
            if len(found[full_name]) != self.settings.partitions:
                raise LodestreamError(
                    f"topic {full_name} has {len(found[full_name])} partitions, not {self.settings.partitions}: "
                    "set LODESTREAM_PARTITIONS; all topics need the same number"
                )

    def sources(self) -> set[str]:
        """Topics that are read: those of the stages, and the alerts, where stories are read back from."""
        chosen = chains(self.stages)
        read = {chain[0].source for chain in chosen} | ({ALERTS} if any(chain[0].stateful for chain in chosen) else set())
        return {name(self.settings, topic) for topic in read}

    async def serve(self) -> None:
        """Read, process and publish until told to stop."""
        app = faust_app(self.settings)
        producer = AIOKafkaProducer(**producer_options(self.settings))
        line = Line(self.settings, self.assets, Outbox(producer, self.settings), self.health.progress, self.fail)
        agents = Agents(app, line, chains(self.stages))
        self.health.ready = lambda: agents.reading() and not self.stopping.is_set()
        lag = LagMonitor(self.settings, agents, self.health)
        app.finalize()
        parts = (
            start(producer, app),
            self.watch_faust(app),
            self.commit_regularly(agents),
            self.reload_when_asked(agents),
            lag.run(),
        )
        tasks = [asyncio.create_task(part) for part in parts]
        for task in tasks:
            task.add_done_callback(self.task_ended)
        await self.stopping.wait()
        await self.until_joined(agents)
        if not self.failed:
            await agents.close()
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks[1:], return_exceptions=True)
        await self.leave(app)
        await producer.stop()

    async def until_joined(self, agents: Agents) -> None:
        """Wait until partitions that are being taken over are ours, for as long as that is worth it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(JOIN_SECONDS):
                while not (agents.ready or self.failed):  # noqa: ASYNC110 - it becomes true in Faust's own tasks
                    await asyncio.sleep(0.05)

    async def leave(self, app: faust.App) -> None:
        """Stop Faust; what hangs there cannot be cancelled, and nothing depends on it: the lanes are closed."""
        leaving = asyncio.create_task(app.stop())
        await asyncio.wait([leaving], timeout=LEAVE_SECONDS)
        if not leaving.done():
            self.give_up(int(self.failed))
        leaving.result()

    def task_ended(self, task: asyncio.Task[None]) -> None:
        """A part that fails stops all."""
        if not task.cancelled() and (error := task.exception()):
            self.fail("a part of the worker failed", error)

    async def watch_faust(self, app: faust.App) -> None:
        """Notice when Faust has crashed: it does not end the process by itself."""
        while not app.crashed:  # noqa: ASYNC110 - Faust sets a flag, no event
            await asyncio.sleep(0.2)
        self.fail("Faust crashed", app.crash_reason or RuntimeError("for a reason that it does not tell"))

    async def commit_regularly(self, agents: Agents) -> None:
        """Commit the offsets of the stateless chains."""
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            agents.check()
            await agents.commit()

    async def reload_when_asked(self, agents: Agents) -> None:
        """Load the data files anew on SIGHUP; one that comes while they are read asks for one more time."""
        while True:
            await self.reload_asked.wait()
            self.reload_asked.clear()
            try:
                loaded = await asyncio.to_thread(assets.build, self.settings.data_dir)
            except Exception as error:  # noqa: BLE001 - whatever is in the files, those in force are right
                log.error("data files not reloaded", error=str(error), model=self.assets.version)  # noqa: TRY400 - for operators
                continue
            agents.adopt(loaded)
            before, self.assets = self.assets.version, loaded
            metrics.describe_build(loaded.version)
            assets.freeze()
            log.info("data files reloaded", before=before, model=loaded.version)


async def start(producer: AIOKafkaProducer, app: faust.App) -> None:
    """Start the producer, then Faust, whose agents need it."""
    await producer.start()
    await app.start()


def faust_app(settings: Settings) -> faust.App:
    """The Faust application, with Faust's defaults lowered to what suits an alerting service."""
    app = faust.App(
        settings.group,
        broker=[f"kafka://{broker}" for broker in settings.brokers.split(",")],
        broker_credentials=faust_credentials(settings),
        env_prefix="LODESTREAM_FAUST_",  # else Faust reads BROKER_URL and others past `streams.settings`
        store="memory://",
        datadir=tempfile.gettempdir(),  # nothing is kept there, but Faust makes the folder, by default where the worker was started
        web_enabled=False,  # `/metrics` and the probes have a server of their own
        topic_disable_leader=True,
        topic_allow_declare=False,  # topics are created by `topics apply`
        topic_partitions=settings.partitions,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=30_000,  # a topic that was made anew is noticed after half a minute (Faust: five)
        stream_wait_empty=False,  # lanes end their own deliveries
        stream_buffer_maxsize=256,  # records that wait in memory for one agent (Faust: 4096)
        broker_session_timeout=10.0,  # a dead worker's partitions move after 10 s (Faust: 60)
        broker_heartbeat_interval=3.0,
        broker_request_timeout=20.0,  # as our own requests (Faust: 90)
        broker_rebalance_timeout=30.0,
        broker_max_poll_interval=120.0,  # a stuck consumer leaves the group after two minutes (Faust: 1000)
        producer_request_timeout=20.0,  # Faust's own producer sends nothing, but a commit waits for it (Faust: 1200)
        stream_processing_timeout=60.0,
        origin="streams",
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    return app


def faust_credentials(settings: Settings) -> CredentialsT | None:
    """How Faust logs in; None means plain text."""
    context = ssl_context(settings)
    if settings.security_protocol.startswith("SASL_"):
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None
