"""Logs: JSON lines for machines, text for people, and nothing secret in them."""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from streams.logs import LIBRARIES, MESSAGES, REPEAT_SECONDS, Sparing, configure
from streams.settings import Settings


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the process's logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in LIBRARIES}
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The JSON lines on stderr; nothing is on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_a_line_is_a_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    """With time, level, event and whatever was given."""
    configure(Settings(log_format="json"))
    structlog.get_logger().info("partitions assigned", topic="articles.raw", count=3)
    (line,) = logged(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "partitions assigned", "level": "info", "topic": "articles.raw", "count": 3}


def test_libraries_log_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    """One format for a log collector, from aiokafka's first warning on."""
    configure(Settings(log_format="json"))
    logging.getLogger("aiokafka").error("broker %s is gone", 1)
    logging.getLogger("aiokafka").warning("retrying")
    logging.getLogger("other").info("told", extra={"port": 1})
    lines = logged(capsys)
    assert [(line["event"], line["level"]) for line in lines] == [("broker 1 is gone", "error"), ("told", "info")]
    assert lines[1]["port"] == 1


def test_a_library_that_repeats_itself_is_heard_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a broker aiokafka writes thousands of lines a second: they would fill a disk. Ours are all written."""
    configure(Settings(log_format="json"))
    for port in range(100):
        logging.getLogger("aiokafka.conn").error("no connection to port %s", port)
        logging.getLogger("aiokafka").error("the same")
        structlog.get_logger().info("ours")
    assert Counter(line["event"] for line in logged(capsys)) == {"no connection to port 0": 1, "the same": 1, "ours": 100}


def test_a_message_of_a_library_comes_back_after_a_while() -> None:
    """So that one sees that it goes on; and what is remembered does not grow without end."""
    sparing = Sparing()
    times = [0.0, REPEAT_SECONDS / 2, REPEAT_SECONDS, REPEAT_SECONDS * 1.5]
    records = [logging.makeLogRecord({"name": "faust", "msg": "stuck", "created": time}) for time in times]
    assert [sparing.filter(record) for record in records] == [True, False, True, False]
    for number in range(2 * MESSAGES):
        assert sparing.filter(logging.makeLogRecord({"name": "mode", "msg": f"detail {number}"}))
    assert len(sparing.passed_at) <= MESSAGES


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_the_least_that_is_logged(capsys: pytest.CaptureFixture[str], level: Any, count: int) -> None:  # noqa: ANN401 - a literal
    """For our lines and for the libraries'."""
    configure(Settings(log_format="json", log_level=level))
    for logger in (structlog.get_logger(), logging.getLogger("other")):
        for name in ("debug", "info", "warning", "error"):
            getattr(logger, name)("x")
    assert len(logged(capsys)) == 2 * count


def test_a_traceback_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    """Variables hold articles and passwords."""
    configure(Settings(log_format="json"))
    password = "".join(reversed("2retnuh"))

    def fail() -> None:
        assert password
        raise ValueError("broken")

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("failed")
    (line,) = logged(capsys)
    assert line["exception"][0]["exc_value"] == "broken"
    assert [frame["name"] for frame in line["exception"][0]["frames"]][-1] == "fail"
    assert "hunter2" not in json.dumps(line)


def test_the_console_format_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Readable, with a plain traceback."""
    configure(Settings(log_format="console"))
    try:
        int("broken")
    except ValueError:
        structlog.get_logger().exception("failed", topic="articles.raw")
    text = capsys.readouterr().err
    assert "failed" in text
    assert "ValueError: invalid literal" in text
    assert not text.startswith("{")


def test_without_a_terminal_auto_means_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Containers need no setting."""
    configure(Settings())
    structlog.get_logger().info("started")
    assert [line["event"] for line in logged(capsys)] == ["started"]
