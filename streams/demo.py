"""`make run`: a local Kafka and the service; publishes the samples and shows the alerts until Ctrl-C, which stops it all."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from streams import inputs, publish, subscribe, topics
from streams.broker import LocalBroker
from streams.errors import LodestreamError
from streams.settings import PREFIX, Settings, load

SAMPLES = "tests/samples"
HOME = Path(".lodestream")
READY_SECONDS = 60.0
STOP_SECONDS = 20.0


def main() -> int:
    """Run the demonstration; gives the exit status."""
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was started is stopped
    try:
        with ExitStack() as running:
            run(console, running)
    except LodestreamError as error:
        print(f"lodestream: {error}", file=sys.stderr)  # noqa: T201 - the one line for a person
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
    return 0


def run(console: Console, running: ExitStack) -> None:
    """Start everything, publish the samples and follow the alerts; what was started is stopped with `running`."""
    settings = load(os.environ)
    if f"{PREFIX}BROKERS" not in os.environ:
        broker = LocalBroker(HOME / "broker")
        if broker.status() is None:
            console.print("starting Apache Kafka (the first time fetches it, about 45 MB) ...")
            running.callback(broker.stop)
            broker.start()
        console.print(f"Apache Kafka  {broker.address}, log {broker.log}", highlight=False)
    asyncio.run(topics.apply(settings))
    worker = start_worker(running)
    wait_until_ready(settings, worker)
    console.print(f"metrics       http://localhost:{settings.http_port}/metrics", highlight=False)
    console.print(f"worker log    {log_path()}", highlight=False)
    report = asyncio.run(publish.publish(settings, inputs.read([SAMPLES]), lambda _: None))
    console.print(f"published     {report.acknowledged} sample articles from {SAMPLES}", highlight=False)
    console.print("alerts, as they arrive (Ctrl-C stops everything):\n")
    subscribe.show(settings, subscribe.Filter(), follow_on=True, from_beginning=True, write=subscribe.table_writer(console))


def log_path() -> Path:
    """Where the worker's log goes."""
    return HOME / "worker.log"


def start_worker(running: ExitStack) -> subprocess.Popen[bytes]:
    """Start the service in a session of its own, so that Ctrl-C reaches it through us alone, in order."""
    HOME.mkdir(exist_ok=True)
    log = running.enter_context(log_path().open("ab"))
    worker = subprocess.Popen([sys.executable, "-m", "streams", "worker"], stderr=log, start_new_session=True)

    def stop() -> None:
        worker.terminate()
        try:
            worker.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()

    running.callback(stop)
    return worker


def wait_until_ready(settings: Settings, worker: subprocess.Popen[bytes]) -> None:
    """Wait until the service serves its partitions; raises LodestreamError when it ends or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if worker.poll() is not None:
            lines = log_path().read_text(errors="replace").splitlines()
            raise LodestreamError(f"the worker ended: {lines[-1] if lines else 'it said nothing'}; see {log_path()}")
        try:
            with urllib.request.urlopen(f"http://localhost:{settings.http_port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise LodestreamError(f"the worker was not ready after {READY_SECONDS:.0f} s: see {log_path()}")


if __name__ == "__main__":
    sys.exit(main())
