"""`make run`: alerts appear, metrics are where it says, and Ctrl-C ends all that it started."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from streams.broker import free_port

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
SECONDS = 90.0


def test_the_demonstration_shows_alerts_until_it_is_interrupted(kafka: str, tmp_path: Path) -> None:
    """With a Kafka that exists, as with its own."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    port = free_port()
    environment = os.environ | {
        "LODESTREAM_BROKERS": kafka,
        "LODESTREAM_TOPIC_PREFIX": "demo.",
        "LODESTREAM_GROUP": "demo",
        "LODESTREAM_HTTP_PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    output = tmp_path / "output"
    with output.open("wb") as screen:
        demo = subprocess.Popen([sys.executable, "-m", "streams.demo"], cwd=tmp_path, env=environment, stdout=screen, stderr=screen)
    try:
        deadline = time.monotonic() + SECONDS
        while "China stops antimony exports" not in output.read_text():
            assert demo.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.2)
        assert f"http://localhost:{port}/metrics" in output.read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            assert b"lodestream_alerts_total" in page.read()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
    assert "lodestream stopped" in (tmp_path / ".lodestream" / "worker.log").read_text()
