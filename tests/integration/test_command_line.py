"""Publishing, alerts and dead letters on a real broker, through the command line."""

import asyncio
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from streams import cli, topics
from streams.codec import encode
from streams.connection import connected, read_to_end
from streams.core.records import Alert, AlertMineral, Evidence, Severity, Source
from streams.kafka import MAX_RECORD_BYTES, client_options
from streams.settings import Settings

pytestmark = pytest.mark.kafka

Headers = Sequence[tuple[str, bytes]]
Run = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; gives exit status and the lines of both outputs."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> tuple[int, list[str], list[str]]:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        captured = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out.splitlines(), captured.err.splitlines()

    return command


def environment(settings: Settings) -> dict[str, str]:
    """The variables that lead to the settings."""
    return {
        "LODESTREAM_BROKERS": settings.brokers,
        "LODESTREAM_TOPIC_PREFIX": settings.topic_prefix,
        "LODESTREAM_PARTITIONS": str(settings.partitions),
    }


async def records(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """All records of a topic."""
    return [record async for record in read_to_end(settings, topics.name(settings, topic))]


async def send(settings: Settings, topic: str, key: bytes, value: bytes, headers: Headers = (), *, commit: bool = True) -> None:
    """Send one record, in a transaction that is committed or aborted."""
    producer = AIOKafkaProducer(**client_options(settings), transactional_id=f"{settings.topic_prefix}test")
    async with connected(producer, settings):
        await producer.begin_transaction()
        await producer.send_and_wait(topics.name(settings, topic), value, key=key, headers=list(headers))
        await (producer.commit_transaction() if commit else producer.abort_transaction())


def told(
    number: int, severity: Severity = "high", minerals: Sequence[str] = ("lithium",), countries: Sequence[str] = ("CHL",)
) -> Alert:
    """An invented alert."""
    return Alert(
        alert_id=f"alert-{number}",
        story_id=f"story-{number}",
        revision=1,
        kind="new",
        article_id=f"article-{number}",
        title=f"Mine number {number} \x1b[31mstops",
        published_at=datetime(2025, 3, number, 12, 30, tzinfo=UTC),
        minerals=tuple(AlertMineral(id=each, name=each, mentions=1, in_title=False, salience=0.5, lists=()) for each in minerals),
        primary_mineral=minerals[0],
        countries=tuple(countries),
        severity=severity,
        score=0.7,
        evidence=(Evidence(text="stops", start=0, end=5, why="supply disruption"),),
        sources=(Source(id=f"article-{number}", content_hash="00"),),
    )


def send_alert(settings: Settings, alert: Alert, *, commit: bool = True) -> None:
    """Publish an alert as the service does."""
    headers = [("mineral", alert.primary_mineral.encode()), ("severity", alert.severity.encode()), ("kind", alert.kind.encode())]
    asyncio.run(send(settings, topics.ALERTS, alert.primary_mineral.encode(), encode(alert), headers, commit=commit))


def send_dead_letter(settings: Settings, value: bytes, reason: str = "invalid_json", partition: int = 1) -> None:
    """Refuse a record as the service does."""
    headers = {
        "ce_id": "7",
        "trace": "kept",
        "dl_stage": "clean",
        "dl_reason": reason,
        "dl_error": "record: broken",
        "dl_topic": topics.RAW,
        "dl_partition": str(partition),
        "dl_offset": "41",
        "dl_time": "2025-03-01T12:00:00.000Z",
    }
    asyncio.run(send(settings, topics.DEAD_LETTER, b"outlet", value, [(name, text.encode()) for name, text in headers.items()]))


def test_published_events_are_on_the_raw_topic_with_key_and_headers(settings: Settings, run: Run, tmp_path: Path) -> None:
    """Key: source, else url, else none; headers: CloudEvents; value: the bytes of the line."""
    lines = [
        b'{"body": "a", "source": "Outlet", "url": "https://example.org/a", "id": "A1"}',
        b'{"body": "b", "url": "https://example.org/b", "source": 5}',
        b"no json \xff",
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    status, out, err = run("publish", str(tmp_path))
    assert (status, err) == (0, [])
    assert out[0].startswith("3 acknowledged")
    by_value = {record.value: record for record in asyncio.run(records(settings, topics.RAW))}
    assert set(by_value) == set(lines)
    assert [by_value[line].key for line in lines] == [b"Outlet", b"https://example.org/b", None]
    headers = dict(by_value[lines[0]].headers)
    assert headers["ce_id"] == b"A1"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"lodestream.articles.raw.v1"
    assert headers["content-type"] == b"application/json"
    assert {"ce_source", "ce_time"} <= set(headers)


def test_the_largest_article_is_accepted_and_a_larger_record_is_told(settings: Settings, run: Run, tmp_path: Path) -> None:
    """1 MiB of control characters is 6 MiB of JSON; a record that cannot be sent does not stop the others."""
    largest = json.dumps({"body": "\x01" * 1024 * 1024}).encode()
    lines = [b'{"body": "%s"}' % (b"x" * MAX_RECORD_BYTES), largest, b'{"body": "small"}']
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    status, out, err = run("publish", str(tmp_path / "in.jsonl"))
    assert status == 1
    assert out[0].startswith("2 acknowledged")
    assert err[0].startswith(f"{tmp_path / 'in.jsonl'}:1: ")
    assert err[-1].startswith("lodestream: not everything was acknowledged")
    assert {record.value for record in asyncio.run(records(settings, topics.RAW))} == set(lines[1:])


def test_a_file_that_breaks_off_is_told_with_what_was_sent_before(settings: Settings, run: Run, tmp_path: Path) -> None:
    """The reader knows what is on the topic."""
    whole = gzip.compress(b"".join(b'{"body": "%d"}\n' % number for number in range(5000)))
    (tmp_path / "in.jsonl.gz").write_bytes(whole[:-1000])
    status, out, err = run("publish", str(tmp_path))
    there = len(asyncio.run(records(settings, topics.RAW)))
    assert (status, out[0].startswith(f"{there} acknowledged")) == (1, True)
    assert 0 < there < 5000
    assert "in.jsonl.gz" in err[0]


def test_many_events_are_all_acknowledged(settings: Settings, run: Run, tmp_path: Path) -> None:
    """More than may be in flight at once."""
    (tmp_path / "in.jsonl").write_text("".join(f'{{"body": "{number}"}}\n' for number in range(2500)))
    assert run("publish", str(tmp_path / "in.jsonl"))[1][0].startswith("2500 acknowledged")
    assert len({record.value for record in asyncio.run(records(settings, topics.RAW))}) == 2500


@pytest.mark.parametrize(
    "command", [("publish", "FILE"), ("alerts",), ("alerts", "--follow"), ("dead-letter", "list")], ids=" ".join
)
def test_a_missing_topic_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, command: Sequence[str]
) -> None:
    """At once, with the command that creates it."""
    (tmp_path / "in.jsonl").write_text('{"body": "a"}\n')
    monkeypatch.setenv("LODESTREAM_TOPIC_PREFIX", "absent.")
    status, out, err = run(*(str(tmp_path) if word == "FILE" else word for word in command))
    assert (status, out, len(err)) == (1, [], 1)
    assert "lodestream topics apply" in err[0]


def test_topics_are_checked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit status 1 when they are not as they should be."""
    assert run("topics", "check") == (0, ["all topics are as they should be"], [])
    monkeypatch.setenv("LODESTREAM_PARTITIONS", "3")
    status, out, err = run("topics", "check")
    assert (status, len(out), len(err)) == (1, 6, 1)
    assert out[0].endswith("articles.raw: partitions is 2, should be 3")


def test_piped_alerts_are_the_committed_values_oldest_first(settings: Settings, run: Run) -> None:
    """Aborted ones never were; the last offset may be a transaction's marker."""
    alerts = [told(1), told(2, minerals=["cobalt"]), told(3)]
    for alert in alerts:
        send_alert(settings, alert)
    send_alert(settings, told(4), commit=False)
    assert run("alerts") == (0, [encode(alert).decode() for alert in alerts], [])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--mineral", "cobalt"), [2]),
        (("--mineral", "lithium"), [1, 2]),
        (("--country", "cod"), [2]),
        (("--min-severity", "high"), [2, 3]),
        (("--min-severity", "critical"), [3]),
        (("--mineral", "lithium", "--min-severity", "high"), [2]),
        (("--mineral", "tungsten"), []),
    ],
)
def test_alerts_are_filtered(settings: Settings, run: Run, options: Sequence[str], expected: list[int]) -> None:
    """By any mineral and country of the alert, and by least severity."""
    send_alert(settings, told(1, "low"))
    send_alert(settings, told(2, "high", ["lithium", "cobalt"], ["AUS", "COD"]))
    send_alert(settings, told(3, "critical", ["graphite"], ["CHN"]))
    status, out, _ = run("alerts", *options)
    assert (status, [json.loads(line)["alert_id"] for line in out]) == (0, [f"alert-{number}" for number in expected])


def follow(settings: Settings, *options: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Start `lodestream alerts --follow`."""
    return subprocess.Popen(
        [sys.executable, "-m", "streams", "alerts", "--follow", *options],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=os.environ | environment(settings) | {"TERM": "xterm", "COLUMNS": "120"},
    )


def test_following_shows_alerts_as_they_come_until_interrupted(settings: Settings) -> None:
    """Each at once, and Ctrl-C ends it without a word."""
    send_alert(settings, told(1))
    with follow(settings, "--from-beginning") as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["alert_id"] == "alert-1"
        send_alert(settings, told(2))
        assert json.loads(process.stdout.readline())["alert_id"] == "alert-2"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read().strip() == b""


def test_a_terminal_shows_a_table_that_no_title_can_steer(settings: Settings) -> None:
    """Titles come from the web: their escape sequences are not passed on."""
    send_alert(settings, told(1))
    ours, theirs = pty.openpty()
    with follow(settings, "--from-beginning", stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"supply" not in shown:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    os.close(ours)
    assert b"severity" in shown
    assert b"2025-03-01 12:30" in shown
    assert b"lithium" in shown
    assert b"\x1b[31mstops" not in shown


def test_dead_letters_are_listed_and_chosen(settings: Settings, run: Run) -> None:
    """As JSON lines when piped, with the reason from the headers."""
    send_dead_letter(settings, b"{", "invalid_json")
    send_dead_letter(settings, b"\xff", "invalid_utf8")
    status, out, err = run("dead-letter", "list")
    assert (status, err) == (0, [])
    assert [json.loads(line)["dl_reason"] for line in out] == ["invalid_json", "invalid_utf8"]
    first = json.loads(out[0])
    assert first.pop("id")
    assert first == {
        "dl_stage": "clean",
        "dl_reason": "invalid_json",
        "dl_error": "record: broken",
        "dl_topic": topics.RAW,
        "dl_partition": 1,
        "dl_offset": 41,
        "dl_time": "2025-03-01T12:00:00.000Z",
        "attempts": 0,
        "redriven": False,
    }
    assert len(run("dead-letter", "list", "--reason", "invalid_utf8")[1]) == 1
    assert run("dead-letter", "list", "--stages", "alert")[1] == []


def test_a_dead_letter_is_shown_with_headers_and_bytes(settings: Settings, run: Run) -> None:
    """Bytes that are no text are escaped."""
    send_dead_letter(settings, b'{"body": "caf\xe9 \x1b"}')
    (line,) = run("dead-letter", "list")[1]
    status, out, _ = run("dead-letter", "show", json.loads(line)["id"])
    assert status == 0
    assert "dl_reason: invalid_json" in out
    assert "key: outlet" in out
    assert out[-1] == '{"body": "caf\\xe9 \\x1b"}'
    status, _, err = run("dead-letter", "show", "0:999")
    assert (status, len(err)) == (1, 1)


def test_a_dead_letter_is_sent_again_once_to_where_it_came_from(settings: Settings, run: Run) -> None:
    """Only with --yes; key, bytes and headers as they were, and the attempt counted."""
    send_dead_letter(settings, b"{", "invalid_json")
    send_dead_letter(settings, b"[", "no_text")
    status, out, _ = run("dead-letter", "redrive", "--reason", "invalid_json")
    assert (status, out[-1]) == (0, "1 to send: run it again with --yes")
    assert asyncio.run(records(settings, topics.RAW)) == []

    assert run("dead-letter", "redrive", "--reason", "invalid_json", "--yes")[1][-1] == "1 sent"
    (again,) = asyncio.run(records(settings, topics.RAW))
    assert (again.partition, again.key, again.value) == (1, b"outlet", b"{")
    assert again.headers == (("ce_id", b"7"), ("trace", b"kept"), ("dl_attempts", b"1"))

    assert run("dead-letter", "redrive", "--all", "--yes")[1][-1] == "1 sent"
    assert run("dead-letter", "redrive", "--all", "--yes")[1][-1] == "0 sent"
    assert len(asyncio.run(records(settings, topics.RAW))) == 2
    assert [json.loads(line)["redriven"] for line in run("dead-letter", "list")[1]] == [True, True]


def test_a_record_that_is_refused_again_counts_its_attempts(settings: Settings, run: Run) -> None:
    """The count travels with the record."""
    headers = [("dl_attempts", b"2"), ("dl_reason", b"no_text"), ("dl_topic", topics.RAW.encode()), ("dl_partition", b"0")]
    asyncio.run(send(settings, topics.DEAD_LETTER, b"k", b"v", headers))
    (line,) = run("dead-letter", "list")[1]
    assert json.loads(line)["attempts"] == 2
    run("dead-letter", "redrive", json.loads(line)["id"], "--yes")
    (again,) = asyncio.run(records(settings, topics.RAW))
    assert again.headers == (("dl_attempts", b"3"),)


def test_a_dead_letter_without_an_origin_is_not_sent_anywhere(settings: Settings, run: Run) -> None:
    """Headers from elsewhere must not choose any topic of the cluster."""
    asyncio.run(send(settings, topics.DEAD_LETTER, b"k", b"v", [("dl_topic", b"payments"), ("dl_partition", b"0")]))
    status, _, err = run("dead-letter", "redrive", "--all", "--yes")
    assert (status, len(err)) == (1, 1)
    assert "does not say where it came from" in err[0]


def test_a_dead_letter_whose_original_was_too_large_to_keep_is_not_sent(settings: Settings, run: Run) -> None:
    """It is empty: sent again, it would stand for the original."""
    headers = [("dl_left_out", b"8388000"), ("dl_topic", topics.RAW.encode()), ("dl_partition", b"0"), ("dl_offset", b"5")]
    asyncio.run(send(settings, topics.DEAD_LETTER, b"k", b"", headers))
    status, _, err = run("dead-letter", "redrive", "--all", "--yes")
    assert (status, len(err)) == (1, 1)
    assert "too large to be kept" in err[0]
