"""`/metrics`, `/livez` and `/readyz`, in a thread of their own: they answer while the event loop is busy or stuck."""

import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.delivery import Progress
from streams.errors import LodestreamError
from streams.settings import Settings

ANSWER_SECONDS = 20.0
"""Kafka must have answered within this time for the worker to be ready."""

UNREADY_SECONDS = 300.0
"""How long a worker may serve no partition while Kafka answers: to read stories back and to share partitions anew takes seconds."""


@dataclass(slots=True)
class Health:
    """What the probes look at; written by the event loop, read by the HTTP thread."""

    stall_seconds: float
    progress: Progress = field(default_factory=Progress)
    ready: Callable[[], bool] = lambda: False
    """Whether partitions are assigned, their state is restored and they are read."""
    served_at: float = field(default_factory=time.monotonic)
    """Monotonic time when the worker was last asked while it was ready, or Kafka did not answer."""
    answered_at: float = float("-inf")
    """Monotonic time of Kafka's last answer."""
    beat_at: float = field(default_factory=time.monotonic)
    """Monotonic time when the event loop was last seen to turn."""
    lag: int = 0
    """Records that waited in Kafka for this worker when it answered last; while it does not, a restart would not help them."""

    def live(self) -> tuple[bool, str]:
        """Whether the worker makes progress or has nothing to do, and why not."""
        now = time.monotonic()
        if now - self.beat_at > self.stall_seconds:
            return False, f"the event loop has been stuck for {now - self.beat_at:.0f} s"
        idle = now - self.progress.finished_at
        records = self.progress.waiting + (self.lag if self.answered() else 0)
        if records and idle > self.stall_seconds:
            return False, f"{records} records wait and none was finished for {idle:.0f} s"
        if self.ready() or not self.answered():
            self.served_at = now
        elif now - self.served_at > UNREADY_SECONDS:
            return False, f"no partition has been served for {now - self.served_at:.0f} s though Kafka answers"
        return True, "live"

    def answered(self) -> bool:
        """Whether Kafka has answered of late."""
        return time.monotonic() - self.answered_at <= ANSWER_SECONDS

    def is_ready(self) -> tuple[bool, str]:
        """Whether the worker serves its partitions, and why not."""
        if not self.answered():
            return False, "Kafka does not answer"
        return (True, "ready") if self.ready() else (False, "no partitions assigned yet, or their state is being restored")


class Handler(BaseHTTPRequestHandler):
    """Answers the three paths."""

    health: Health
    timeout = 10

    def do_GET(self) -> None:
        """Answer one request."""
        match self.path.partition("?")[0]:
            case "/metrics":
                self.answer(200, CONTENT_TYPE_LATEST, generate_latest())
            case "/livez":
                self.probe(*self.health.live())
            case "/readyz":
                self.probe(*self.health.is_ready())
            case _:
                self.answer(404, "text/plain", b"there are /metrics, /livez and /readyz\n")

    def probe(self, healthy: bool, why: str) -> None:  # noqa: FBT001 - the first half of what a check gives
        """Answer a probe."""
        self.answer(200 if healthy else 503, "text/plain; charset=utf-8", f"{why}\n".encode())

    def answer(self, status: int, content_type: str, body: bytes) -> None:
        """Send a whole response."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent: probes and scrapes come every few seconds."""


class Server(ThreadingHTTPServer):
    """A thread for each connection."""

    def __init__(self, host: str, port: int, handler: type[Handler]) -> None:
        """Open the port, of an IPv6 address where the host is one."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own signature
        """Pass over callers that hang up: probes do, once they have waited long enough."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def start(settings: Settings, health: Health) -> ThreadingHTTPServer:
    """Serve from a new thread; raises LodestreamError when the port is taken."""
    handler = type("BoundHandler", (Handler,), {"health": health})
    try:
        server = Server(settings.http_host, settings.http_port, handler)
    except OSError as error:
        raise LodestreamError(
            f"port {settings.http_port} of {settings.http_host} cannot be opened ({error.strerror}): set LODESTREAM_HTTP_PORT, "
            "or LODESTREAM_HTTP_HOST"
        ) from error
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server
