"""The local broker: it starts, keeps its data, says why it cannot start, and touches no process but its own."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams import topics
from streams.broker import LocalBroker, free_port
from streams.connection import read_to_end
from streams.errors import LodestreamError
from streams.inputs import Input
from streams.publish import publish
from streams.settings import Settings

pytestmark = pytest.mark.kafka


def command(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `lodestream broker` on a directory, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "streams", "broker", "--directory", str(directory), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


async def raw_values(settings: Settings) -> list[bytes]:
    """The values on the raw topic."""
    return [record.value async for record in read_to_end(settings, topics.name(settings, topics.RAW))]


@pytest.mark.slow
def test_records_outlive_a_stop_and_a_kill(tmp_path: Path) -> None:
    """Start, use, stop, start, kill, start: what was acknowledged is there, and each step says what it did."""
    local = LocalBroker(tmp_path / "broker", free_port())
    settings = Settings(brokers=local.address, partitions=1)
    port = ("--port", str(local.port))
    try:
        started = command(local.directory, "start", *port)
        assert (started.returncode, started.stderr) == (0, "")
        for shown in (local.address, local.data, local.log):
            assert str(shown) in started.stdout
        asyncio.run(topics.apply(settings))
        asyncio.run(publish(settings, [Input(b"first", "1")], lambda _: None))

        again = command(local.directory, "start", *port)
        assert (again.returncode, "runs already" in again.stdout) == (0, True)
        elsewhere = command(local.directory, "start", "--port", str(free_port()))
        assert (elsewhere.returncode, str(local.port) in elsewhere.stderr) == (1, True)
        assert command(local.directory, "status").returncode == 0

        assert command(local.directory, "stop").stdout == "stopped\n"
        assert command(local.directory, "status").returncode == 1
        assert command(local.directory, "start", *port).returncode == 0
        assert asyncio.run(raw_values(settings)) == [b"first"]
        asyncio.run(publish(settings, [Input(b"second", "2")], lambda _: None))

        running = local.status()
        assert running
        os.kill(running.pid, signal.SIGKILL)
        while local.status():
            time.sleep(0.05)
        assert command(local.directory, "start", *port).returncode == 0
        assert asyncio.run(raw_values(settings)) == [b"first", b"second"]
    finally:
        local.stop()
    assert local.status() is None


def test_a_port_in_use_is_told_at_once(tmp_path: Path) -> None:
    """Before Java is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = command(tmp_path, "start", "--port", str(port))
    assert outcome.returncode == 1
    assert outcome.stderr.splitlines() == [
        f"lodestream: cannot listen on port {port} (Address already in use): stop what uses it or choose another port"
    ]


def test_a_setting_that_kafka_refuses_is_told(tmp_path: Path) -> None:
    """Kafka's own words, not a stack of calls."""
    local = LocalBroker(tmp_path, free_port(), properties={"message.max.bytes": "plenty"})
    with pytest.raises(LodestreamError, match=r"Invalid value plenty for configuration message\.max\.bytes"):
        local.start()
    assert local.status() is None


def test_a_node_that_ends_while_starting_is_told_with_its_last_error(tmp_path: Path) -> None:
    """The log names the reason, and so do we."""
    local = LocalBroker(tmp_path, free_port())
    local.data.mkdir()
    (local.data / "meta.properties").write_text("version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\nnode.id=7\n")
    with pytest.raises(LodestreamError, match=r"stopped while starting: .*node.?id"):
        local.start()
    assert local.status() is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """It asks for another."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LodestreamError, match=r"cannot write to .*broker: Not a directory; choose another folder"):
        LocalBroker(tmp_path / "file" / "broker", free_port()).start()


def test_a_process_that_is_not_ours_is_never_stopped(tmp_path: Path) -> None:
    """After a restart of the machine, the number of our process may be that of another."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "process.json").write_text(json.dumps({"pid": other.pid, "port": 1}))
        assert LocalBroker(tmp_path).status() is None
        assert not LocalBroker(tmp_path).stop()
        assert other.poll() is None
        other.communicate(b"\n")
