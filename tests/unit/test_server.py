"""The probes, and the HTTP server that answers them."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer

import pytest

from streams.delivery import Progress
from streams.errors import LodestreamError
from streams.server import ANSWER_SECONDS, UNREADY_SECONDS, Health, start
from streams.settings import Settings

STALL = 60.0


def worker(*, idle: int = 0, waiting: int = 0, lag: int = 0, stuck: int = 0) -> Health:
    """The state of a worker; times are seconds ago."""
    now = time.monotonic()
    return Health(STALL, progress=Progress(waiting=waiting, finished_at=now - idle), beat_at=now - stuck, lag=lag, answered_at=now)


@pytest.mark.parametrize(
    ("state", "live", "told"),
    [
        ({}, True, "live"),
        ({"idle": 1000}, True, "live"),
        ({"waiting": 3, "idle": 50}, True, "live"),
        ({"lag": 3, "idle": 50}, True, "live"),
        ({"waiting": 3, "idle": 70}, False, "3 records wait and none was finished for 70 s"),
        ({"lag": 3, "idle": 70}, False, "3 records wait"),
        ({"waiting": 3, "lag": 4, "idle": 70}, False, "7 records wait"),
        ({"stuck": 50}, True, "live"),
        ({"stuck": 70}, False, "the event loop has been stuck for 70 s"),
        ({"stuck": 70, "waiting": 3}, False, "the event loop"),
    ],
)
def test_a_worker_is_live_while_it_makes_progress_or_has_nothing_to_do(
    state: dict[str, int],
    live: bool,  # noqa: FBT001 - a case
    told: str,
) -> None:
    """Kubernetes restarts a worker that is not live, so an idle one must be."""
    alive, why = worker(**state).live()
    assert alive is live
    assert told in why


def test_lag_of_long_ago_makes_no_worker_unlive() -> None:
    """While Kafka is away nothing can be finished, and a restart of all workers would mend nothing."""
    state = worker(lag=3, idle=70)
    state.answered_at -= ANSWER_SECONDS + 1
    assert state.live()[0]


@pytest.mark.parametrize("answered", [None, ANSWER_SECONDS + 1, ANSWER_SECONDS - 5])
@pytest.mark.parametrize("assigned", [True, False])
def test_a_worker_is_ready_once_kafka_answers_and_its_partitions_are_there(answered: float | None, assigned: bool) -> None:  # noqa: FBT001 - a case
    """Both, and the answer was not long ago."""
    state = Health(STALL, ready=lambda: assigned)
    if answered is not None:
        state.answered_at = time.monotonic() - answered
    recent = answered is not None and answered < ANSWER_SECONDS
    ready, why = state.is_ready()
    assert ready is (recent and assigned)
    assert why == ("Kafka does not answer" if not recent else "ready" if assigned else why)


@pytest.mark.parametrize(("answers", "ready", "live"), [(True, False, False), (True, True, True), (False, False, True)])
def test_a_worker_that_serves_nothing_for_long_is_not_live(answers: bool, ready: bool, live: bool) -> None:  # noqa: FBT001 - cases
    """Something in it hangs, and only a restart helps; while Kafka is away a restart does not."""
    now = time.monotonic()
    state = Health(STALL, ready=lambda: ready, served_at=now - UNREADY_SECONDS - 5)
    state.answered_at = now if answers else now - ANSWER_SECONDS - 5
    assert state.live()[0] is live
    assert state.live()[0] is live


def test_a_new_worker_is_live_and_not_ready() -> None:
    """It may take long to find Kafka."""
    assert Health(STALL).live()[0]
    assert not Health(STALL).is_ready()[0]


Get = Callable[[str], tuple[int, str, bytes]]


@pytest.fixture
def served() -> Iterator[tuple[Health, Get]]:
    """A server on a free port, and how to ask it."""
    state = Health(STALL)
    server = start(Settings(http_host="127.0.0.1", http_port=0), state)

    def get(path: str) -> tuple[int, str, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}", timeout=5) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], error.read()

    yield state, get
    server.shutdown()
    server.server_close()


def test_probes_answer_by_status_and_say_why(served: tuple[Health, Get]) -> None:
    """200 or 503, with the reason for whoever looks."""
    state, get = served
    text = "text/plain; charset=utf-8"
    assert get("/livez") == (200, text, b"live\n")
    assert get("/livez?verbose") == (200, text, b"live\n")
    assert get("/readyz") == (503, text, b"Kafka does not answer\n")
    state.answered_at, state.ready = time.monotonic(), lambda: True
    assert get("/readyz") == (200, text, b"ready\n")
    state.beat_at -= STALL + 10
    assert get("/livez")[0] == 503


def test_metrics_are_in_prometheus_text_format(served: tuple[Health, Get]) -> None:
    """With help and type for each."""
    status, content_type, body = served[1]("/metrics")
    assert status == 200
    assert content_type.startswith("text/plain; version=")
    assert b"# TYPE lodestream_articles_total counter" in body


@pytest.mark.parametrize("path", ["/", "/metric", "/livez/"])
def test_other_paths_are_not_found(served: tuple[Health, Get], path: str) -> None:
    """There are three pages."""
    assert served[1](path)[0] == 404


def test_nothing_is_logged_for_a_request(served: tuple[Health, Get], capfd: pytest.CaptureFixture[str]) -> None:
    """Probes come every few seconds."""
    served[1]("/livez")
    assert capfd.readouterr() == ("", "")


def fail(error: Exception) -> None:
    """Raise an error, as the handler of a request does."""
    raise error


@pytest.mark.parametrize(
    ("error", "shown"), [(BrokenPipeError(), False), (ConnectionResetError(), False), (ZeroDivisionError(), True)]
)
def test_callers_that_hang_up_leave_no_traceback(error: Exception, shown: bool, capfd: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001 - a case
    """A probe gives up after its time-out; mistakes of ours are shown."""
    server = start(Settings(http_host="127.0.0.1", http_port=0), Health(STALL))
    with socket.socket() as caller:
        try:
            fail(error)
        except Exception:  # noqa: BLE001 - as the server does
            server.handle_error(caller, ("127.0.0.1", 1))
    server.shutdown()
    server.server_close()
    assert bool(capfd.readouterr().err) == shown


def test_a_taken_port_is_said_with_the_setting_that_changes_it() -> None:
    """The one line that an operator needs."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LodestreamError, match=f"port {port} of 127.0.0.1 .*LODESTREAM_HTTP_PORT"):
            start(Settings(http_host="127.0.0.1", http_port=port), Health(STALL))


def test_the_server_is_in_threads_of_its_own() -> None:
    """A slow reader of one page delays no other, and none of them keeps the process alive."""
    server = start(Settings(http_host="127.0.0.1", http_port=0), Health(STALL))
    assert isinstance(server, ThreadingHTTPServer)
    assert server.daemon_threads
    with socket.create_connection(("127.0.0.1", server.server_port)):  # says nothing
        url = f"http://127.0.0.1:{server.server_port}/livez"
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert answer.status == 200
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_it_can_be_bound_to_an_ipv6_address() -> None:
    """Clusters have networks of that kind alone."""
    server = start(Settings(http_host="::1", http_port=0), Health(STALL))
    try:
        with urllib.request.urlopen(f"http://[::1]:{server.server_port}/livez", timeout=5) as answer:
            assert answer.status == 200
    finally:
        server.shutdown()
        server.server_close()
