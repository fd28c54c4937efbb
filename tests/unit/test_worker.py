"""The composition root, as far as it goes without Kafka."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import faust
import pytest
import structlog

from streams import metrics, worker
from streams.assets import Assets
from streams.errors import LodestreamError
from streams.logs import LIBRARIES
from streams.server import Health
from streams.settings import Settings
from streams.worker import Service, faust_app, faust_credentials

if TYPE_CHECKING:
    from streams.agents import Agents

NOWHERE = "127.0.0.1:1"


class Patient(Service):
    """A service whose watchdog ends no test run."""

    gave_up: int | None = None

    def give_up(self, status: int) -> None:
        """Only note it."""
        self.gave_up = status


@pytest.fixture
def service(loaded: Assets) -> Patient:
    """A service without a broker."""
    return Patient(Settings(brokers=NOWHERE), loaded, Health(60), ("clean",))


async def test_it_waits_for_a_broker_until_it_is_told_to_stop(service: Patient) -> None:
    """A worker that starts before its broker is no failure: it ends with 0."""
    with structlog.testing.capture_logs() as lines:
        running = asyncio.create_task(service.run())
        async with asyncio.timeout(20):
            while not any(line["event"] == "waiting for Kafka" for line in lines):  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
        signal.raise_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running, 5) == 0
    assert any(line["event"] == "waiting for Kafka" and NOWHERE in line["error"] for line in lines)
    assert [line for line in lines if line["event"] == "stopping"] == [{"event": "stopping", "why": "SIGTERM", "log_level": "info"}]
    assert not service.failed


async def test_the_first_failure_stops_the_worker_and_is_logged(service: Patient) -> None:
    """What fails after it is a consequence."""
    with structlog.testing.capture_logs() as lines:
        service.fail("cannot publish", OSError("disk full"))
        service.fail("cannot commit", ValueError("later"))
    assert service.failed
    assert service.stopping.is_set()
    assert [(line["event"], line.get("error")) for line in lines] == [
        ("cannot publish", "OSError: disk full"),
        ("stopping", None),
    ]


STOPS: dict[str, Callable[[Service], None]] = {
    "STOP_SECONDS": lambda service: service.stop("test"),
    "FAILED_SECONDS": lambda service: service.fail("test", OSError()),
}


@pytest.mark.parametrize("limit", STOPS)
async def test_a_stop_that_hangs_is_ended(service: Patient, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """Kubernetes would kill it later, without a word in the log; after a failure there is nothing to wait for."""
    monkeypatch.setattr(worker, limit, 0.01)
    STOPS[limit](service)
    async with asyncio.timeout(5):
        while service.gave_up is None:  # noqa: ASYNC110 - it is set from a thread
            await asyncio.sleep(0.01)
    assert service.gave_up == 1


@pytest.mark.parametrize("failed", [False, True])
async def test_faust_may_hang_once_all_is_committed(service: Patient, monkeypatch: pytest.MonkeyPatch, failed: bool) -> None:  # noqa: FBT001 - a parameter
    """It waits for a group with a dead member in it; the status tells whether the worker had failed, not that."""
    monkeypatch.setattr(worker, "LEAVE_SECONDS", 0.01)
    left = asyncio.Event()
    service.failed = failed
    leaving = asyncio.create_task(service.leave(cast("faust.App", SimpleNamespace(stop=left.wait))))
    await asyncio.sleep(0.05)
    assert service.gave_up == int(failed)
    leaving.cancel()
    left.set()


@pytest.mark.parametrize("why", ["taken over", "failed"])
async def test_a_stop_waits_until_partitions_are_taken_over(service: Patient, why: str) -> None:
    """Lanes that are closed while they start would never finish their start; after a failure nothing is worth waiting for."""
    agents = SimpleNamespace(ready=False)
    waiting = asyncio.create_task(service.until_joined(cast("Agents", agents)))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    agents.ready, service.failed = why == "taken over", why == "failed"
    await asyncio.wait_for(waiting, 1)


async def test_a_stop_does_not_wait_for_ever_for_a_group(service: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that died keeps it from being complete."""
    monkeypatch.setattr(worker, "JOIN_SECONDS", 0.01)
    await asyncio.wait_for(service.until_joined(cast("Agents", SimpleNamespace(ready=False))), 1)


def test_a_worker_that_is_stopped_while_it_loads_ends_at_once(tmp_path: Path) -> None:
    """Also as the first process of a container, where a signal that nobody handles is ignored."""
    (tmp_path / "click.py").write_text("import time\nprint('loading', flush=True)\ntime.sleep(60)\n")
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "streams", "worker"],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"},
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"loading\n"
        process.terminate()
        assert process.wait(5) == 0


@pytest.mark.parametrize("crash_reason", [OSError("gone"), None])
async def test_a_crash_of_faust_stops_the_worker(service: Patient, crash_reason: BaseException | None) -> None:
    """Faust itself would leave the process running without reading."""
    app = SimpleNamespace(crashed=False, crash_reason=crash_reason)
    watching = asyncio.create_task(service.watch_faust(cast("faust.App", app)))
    await asyncio.sleep(0)
    assert not service.failed
    app.crashed = True
    await asyncio.wait_for(watching, 5)
    assert service.failed


async def test_a_part_that_ends_by_an_error_stops_the_worker(service: Patient) -> None:
    """A task that was cancelled does not."""

    async def fail() -> None:
        raise ZeroDivisionError

    async def wait() -> None:
        await asyncio.Event().wait()

    waiting, failing = asyncio.create_task(wait()), asyncio.create_task(fail())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting, failing])
    service.task_ended(waiting)
    assert not service.failed
    service.task_ended(failing)
    assert service.failed


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    """Leave the process's logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in LIBRARIES}
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    metrics.BUILD_INFO.clear()


def test_a_taken_port_ends_it_before_it_reads_anything(untouched_logging: None) -> None:
    """With the line that says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(brokers=NOWHERE, http_host="127.0.0.1", http_port=taken.getsockname()[1])
        with pytest.raises(LodestreamError, match="LODESTREAM_HTTP_PORT"):
            worker.run(settings, ("clean",))


async def test_faust_is_set_up_by_the_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by variables of its own; it opens no port and makes no topics, and its lock on shutdown is off."""
    monkeypatch.setenv("BROKER_URL", "kafka://elsewhere:9092")
    monkeypatch.setenv("WEB_ENABLED", "1")
    conf = faust_app(Settings(brokers="a:1,b:2", group="desk", partitions=5)).conf
    assert [str(url) for url in conf.broker] == ["kafka://a:1", "kafka://b:2"]
    assert (conf.id, conf.topic_partitions, conf.broker_credentials) == ("desk", 5, None)
    assert not conf.web_enabled
    assert not conf.topic_allow_declare
    assert not conf.stream_wait_empty


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_faust_logs_in_as_the_other_clients_do(protocol: str) -> None:
    """By name, password and mechanism; over TLS where it is asked for."""
    settings = Settings(
        security_protocol=protocol,  # type: ignore[arg-type]
        sasl_username="reader",
        sasl_password="secret",  # noqa: S106 - invented
    )
    found = faust_credentials(settings)
    assert isinstance(found, faust.SASLCredentials)
    assert (found.username, found.password) == ("reader", "secret")
    assert str(getattr(found.mechanism, "value", found.mechanism)) == "SCRAM-SHA-512"
    assert str(getattr(found.protocol, "value", found.protocol)) == protocol


def test_faust_speaks_tls_as_the_other_clients_do() -> None:
    """And plain text where nothing else is asked for."""
    found = faust_credentials(Settings(security_protocol="SSL"))
    assert isinstance(found, faust.SSLCredentials)
    assert isinstance(found.context, ssl.SSLContext)
    assert faust_credentials(Settings()) is None
