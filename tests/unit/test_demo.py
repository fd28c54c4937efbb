"""`make run`, as far as it goes without Kafka: the worker is started, waited for and stopped."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from streams import demo
from streams.errors import LodestreamError
from streams.server import Health, start
from streams.settings import Settings

if TYPE_CHECKING:
    import subprocess

NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without anything, and no broker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LODESTREAM_BROKERS", NOWHERE)
    monkeypatch.setenv("LODESTREAM_HTTP_PORT", "0")


def process(status: int | None) -> "subprocess.Popen[bytes]":
    """A process that runs, or has ended."""
    return cast("subprocess.Popen[bytes]", SimpleNamespace(poll=lambda: status))


@pytest.fixture
def port() -> Iterator[tuple[Health, int]]:
    """The probes of a worker."""
    health = Health(60)
    server = start(Settings(http_host="127.0.0.1", http_port=0), health)
    yield health, server.server_port
    server.shutdown()
    server.server_close()


def test_it_goes_on_once_the_worker_is_ready(port: tuple[Health, int]) -> None:
    """And not before: articles and alerts would seem to be lost."""
    health, number = port
    looks = iter([False, False])
    health.answered_at, health.ready = time.monotonic(), lambda: next(looks, True)
    demo.wait_until_ready(Settings(http_port=number), process(None))
    assert next(looks, None) is None


def test_a_worker_that_ended_is_told_by_its_last_line() -> None:
    """Nobody has to look for the log."""
    demo.HOME.mkdir()
    demo.log_path().write_text("first\nlodestream: port 9464 cannot be opened\n")
    with pytest.raises(LodestreamError, match=r"port 9464 cannot be opened; see .*worker\.log"):
        demo.wait_until_ready(Settings(), process(1))
    demo.log_path().write_text("")
    with pytest.raises(LodestreamError, match="it said nothing"):
        demo.wait_until_ready(Settings(), process(1))


def test_a_worker_that_is_never_ready_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the log to look at."""
    monkeypatch.setattr(demo, "READY_SECONDS", 0.3)
    with pytest.raises(LodestreamError, match=r"not ready after .*worker\.log"):
        demo.wait_until_ready(Settings(http_port=1), process(None))


def test_what_was_started_is_stopped() -> None:
    """The worker runs while the demonstration does, and logs into a file."""
    with ExitStack() as running:
        worker = demo.start_worker(running)
        deadline = time.monotonic() + 30
        while "waiting for Kafka" not in demo.log_path().read_text():
            assert time.monotonic() < deadline
            assert worker.poll() is None
            time.sleep(0.05)
    assert worker.poll() == 0


def test_a_worker_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends everything."""
    monkeypatch.setattr(demo, "STOP_SECONDS", 0.0)
    with ExitStack() as running:
        worker = demo.start_worker(running)
    assert worker.poll() is not None


@pytest.mark.parametrize(
    ("name", "value", "told"), [("LODESTREAM_HTTP_PORT", "no", "LODESTREAM_HTTP_PORT: "), ("LODESTREAM_LOG_LEVEL", "info", NOWHERE)]
)
def test_a_failure_is_one_line(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong setting, or a broker that cannot be reached."""
    monkeypatch.setenv(name, value)
    assert demo.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lodestream: ")
    assert told in line
