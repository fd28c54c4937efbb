"""Workers as Kubernetes runs them: one that ends is started again, one that is not alive is ended; probes are always asked."""

import asyncio
import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from streams.broker import free_port
from streams.settings import Settings

PROBE_SECONDS = 0.25
LIVE_EVERY_SECONDS = 10.0
LIVE_FAILURES = 3
"""Kubernetes' defaults for `livenessProbe`."""
GRACE_SECONDS = 30.0
SHORT_LIFE_SECONDS = 5.0
BACK_OFF_SECONDS = 10.0
ANSWER_SECONDS = 3.0
ASSIGNED = b'"partitions assigned"'
"""What a worker logs when it has partitions for the first time."""
UNREADY_SECONDS = 25.0
"""A worker that cannot reach Kafka may call itself ready for 20 s, plus one look."""
STOPPING_SECONDS = 1.0
"""So long a worker may call itself ready after it was told to stop: a busy machine hands the signal over late."""


@dataclass
class Worker:
    """A worker process and what was seen of it."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    wanted: bool = True
    """Whether it is started again when it ends."""
    frozen: bool = False
    ready: bool = False
    """What it answered last."""
    live_failures: int = 0
    started_at: float = field(default_factory=time.monotonic)
    stopped_at: float | None = None
    """When it was told to stop."""
    live_asked_at: float = field(default_factory=time.monotonic)
    peak_kb: int = 0

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of one of its pages; 0 when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=ANSWER_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, http.client.HTTPException):  # it is not there, or ended while it answered
            return 0, ""

    def metric(self, line: str) -> float | None:
        """The value of a metric; None when there is none."""
        for found in self.get("/metrics")[1].splitlines():
            if found.startswith(f"{line} "):
                return float(found.rpartition(" ")[2])
        return None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.frozen = number == signal.SIGSTOP
        self.process.send_signal(number)

    @property
    def ended(self) -> bool:
        """Whether the process is no more."""
        return self.process.poll() is not None

    def measure(self) -> None:
        """Look at its largest memory so far."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.peak_kb = max(self.peak_kb, int(line.split()[1]))


class Workers:
    """A deployment."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self.settings, self.directory = settings, directory
        self.code = Path(__file__).parents[2]
        """Where the service is started from: a folder with `streams` in it."""
        self.all: list[Worker] = []
        self.count = 0
        """How many there should be."""
        self.restarts = 0
        """Workers that ended by themselves or were not alive, and were started again."""
        self.short_lives = 0
        """Workers that ended soon after their start."""
        self.unclean: list[str] = []
        """Workers that were told to stop and did not end with 0."""
        self.lies: list[str] = []
        """Answers of probes that were not true."""
        self.unreachable_since: float | None = None
        """Monotonic time since when no worker can reach Kafka."""
        self.tasks: dict[int, asyncio.Task[None]] = {}

    @property
    def running(self) -> list[Worker]:
        """Those that should be there."""
        return [worker for worker in self.all if worker.wanted and not worker.ended]

    def start(self) -> Worker:
        """Start one more."""
        port = free_port()
        log = self.directory / f"worker-{len(self.all)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker"],
                stderr=output,
                cwd=self.directory,  # Faust makes a folder where it is started
                env={name: value for name, value in os.environ.items() if not name.startswith("LODESTREAM_")}
                | {
                    "PYTHONPATH": str(self.code),
                    "LODESTREAM_BROKERS": self.settings.brokers,
                    "LODESTREAM_TOPIC_PREFIX": self.settings.topic_prefix,
                    "LODESTREAM_PARTITIONS": str(self.settings.partitions),
                    "LODESTREAM_GROUP": self.settings.group,
                    "LODESTREAM_HTTP_HOST": "127.0.0.1",
                    "LODESTREAM_HTTP_PORT": str(port),
                    "LODESTREAM_LOG_FORMAT": "json",
                },
            )
        worker = Worker(process, port, log)
        self.all.append(worker)
        self.tasks[process.pid] = asyncio.create_task(self.supervise(worker))
        return worker

    async def supervise(self, worker: Worker) -> None:
        """Ask the probes and start the worker again when it ends, until it is no longer wanted."""
        while not worker.ended:
            await asyncio.sleep(PROBE_SECONDS)
            worker.measure()
            if not worker.frozen:
                await self.probe(worker)
        if worker.wanted:
            self.restarts += 1
            if time.monotonic() - worker.started_at < SHORT_LIFE_SECONDS:  # Kubernetes waits longer and longer
                self.short_lives += 1
                await asyncio.sleep(min(self.short_lives, BACK_OFF_SECONDS))
            if worker.wanted:
                worker.wanted = False
                self.start()

    async def probe(self, worker: Worker) -> None:
        """Ask the probes once."""
        asked_at = time.monotonic()
        worker.ready = (await asyncio.to_thread(worker.get, "/readyz"))[0] == 200
        if worker.ready:
            if self.unreachable_since is not None and asked_at - self.unreachable_since > UNREADY_SECONDS:
                self.lies.append(f"{worker.log.name}: ready after {asked_at - self.unreachable_since:.0f} s without Kafka")
            if ASSIGNED not in worker.log.read_bytes():
                self.lies.append(f"{worker.log.name}: ready before it had partitions")
            if worker.stopped_at is not None and asked_at - worker.stopped_at > STOPPING_SECONDS:
                self.lies.append(f"{worker.log.name}: ready {asked_at - worker.stopped_at:.1f} s after it was told to stop")
        if asked_at - worker.live_asked_at >= LIVE_EVERY_SECONDS:
            worker.live_asked_at = asked_at
            alive = (await asyncio.to_thread(worker.get, "/livez"))[0] == 200
            worker.live_failures = 0 if alive else worker.live_failures + 1
            if worker.live_failures >= LIVE_FAILURES and not worker.ended:
                worker.live_failures = 0
                worker.process.terminate()
                await self.until(lambda: worker.ended, GRACE_SECONDS, kill=worker)

    async def until(self, condition: Callable[[], bool], within: float, kill: Worker | None = None) -> bool:
        """Wait until something holds; gives whether it does, after ending a worker that was to end and did not."""
        deadline = time.monotonic() + within
        while not condition():
            for task in self.tasks.values():
                if task.done():
                    task.result()  # a mistake in the harness must not look like one of the service
            if time.monotonic() > deadline:
                if kill is not None and not kill.ended:
                    kill.process.kill()
                return False
            await asyncio.sleep(0.02)
        return True

    async def until_ready(self, within: float = 90.0) -> None:
        """Wait until as many workers as there should be run and are ready."""
        ready = await self.until(lambda: len(self.running) == self.count and all(worker.ready for worker in self.running), within)
        assert ready, f"{sum(worker.ready for worker in self.running)} of {self.count} workers are ready after {within:.0f} s"

    async def stop(self, worker: Worker) -> None:
        """Stop one as Kubernetes does; it must end with 0, unless it had not begun to run."""
        worker.wanted = False
        worker.stopped_at = time.monotonic()
        worker.signal(signal.SIGTERM)
        await self.until(lambda: worker.ended, GRACE_SECONDS, kill=worker)
        status = await asyncio.to_thread(worker.process.wait)
        if status and (status != -signal.SIGTERM or worker.log.read_bytes()):
            seconds = time.monotonic() - worker.stopped_at
            self.unclean.append(f"{worker.log.name}: ended with {status} after {seconds:.1f} s when it was told to stop")

    async def scale(self, count: int) -> None:
        """Run so many workers; stops the others as Kubernetes does."""
        self.count = count
        for _ in range(count - len(self.running)):
            self.start()
        await asyncio.gather(*(self.stop(worker) for worker in self.running[count:]))

    async def close(self) -> None:
        """End what still runs."""
        for worker in self.all:
            worker.wanted = False
            if not worker.ended:
                worker.process.kill()
            worker.process.wait()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    @property
    def peak_mb(self) -> float:
        """The largest memory of any worker, in MiB."""
        return max((worker.peak_kb for worker in self.all), default=0) / 1024
