"""What README shows is what happens: its example, its commands, its make targets."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from streams import topics
from streams.assets import Assets
from streams.cli import cli
from streams.core.stories import StoryIndex
from streams.topology import STAGES, Context, Origin, process

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
WITHOUT_KAFKA = {"replay", "check-config"}


def blocks(language: str, document: str = "README.md") -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(document: str) -> list[list[str]]:
    """The arguments of every `lodestream` command that a document shows, in blocks and in the text."""
    text = (ROOT / document).read_text(encoding="utf-8")
    shown = [line for block in blocks("sh", document) for line in block.splitlines() if line.startswith("lodestream ")]
    shown += re.findall(r"`(lodestream [a-z][^`]*)`", text)
    return [shlex.split(line, comments=True)[1:] for line in shown]


def parse(arguments: list[str]) -> None:
    """Parse a command without running it; raises click's errors when it has no such option or subcommand."""
    context = cli.make_context("lodestream", list(arguments))
    while isinstance(group := context.command, click.Group):
        name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)


def alert_of(value: bytes, loaded: Assets) -> dict[str, Any]:
    """The alert on a raw event."""
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    messages = process(STAGES, Origin(topics.RAW, 0, 0, None, value, (), None), context)
    (told,) = (message for message in messages if message.topic == topics.ALERTS)
    content: dict[str, Any] = json.loads(told.value or b"")
    return content


def test_the_article_gives_the_alert(loaded: Assets) -> None:
    """The first thing that a reader sees is true."""
    article, shown = blocks("json")
    told = alert_of(article.encode(), loaded)
    expected = json.loads(shown)
    assert {name: told.get(name) for name in expected} == expected


def test_the_example_shows_what_cleaning_is_for(loaded: Assets) -> None:
    """Nothing of the dirt is in the alert."""
    told = json.dumps(alert_of(blocks("json")[0].encode(), loaded))
    assert "[ad_2]" not in told
    assert "gardens" not in told


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_exists(document: str) -> None:
    """With the options that are shown."""
    for arguments in commands(document):
        try:
            parse(arguments)
        except click.ClickException as error:
            pytest.fail(f"lodestream {shlex.join(arguments)}: {error.format_message()}")


def test_readme_shows_the_commands() -> None:
    """The checks around this one look at something."""
    assert {arguments[0] for arguments in commands("README.md")} >= {
        "replay",
        "worker",
        "publish",
        "alerts",
        "topics",
        "check-config",
    }


def test_commands_that_need_no_kafka_succeed(tmp_path: Path) -> None:
    """As they stand, in a copy of what they read."""
    shutil.copytree(ROOT / "tests" / "samples", tmp_path / "tests" / "samples")
    shown = [arguments for arguments in commands("README.md") if arguments[0] in WITHOUT_KAFKA]
    assert {arguments[0] for arguments in shown} == WITHOUT_KAFKA
    for arguments in shown:
        done = subprocess.run(
            [sys.executable, "-m", "streams", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "build" / "replay" / "alerts.jsonl").read_bytes()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_exists(document: str) -> None:
    """In blocks and in the text."""
    text = (ROOT / document).read_text(encoding="utf-8")
    named = {*re.findall(r"`make ([a-z-]+)", text), *re.findall(r"^make ([a-z-]+)", "".join(blocks("sh", document)), re.MULTILINE)}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets
    assert document != "README.md" or {"run", "test"} <= named


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_file_leads_to_one(document: str) -> None:
    """And so does every path in code quotes."""
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
    paths = re.findall(r"`((?:streams|tests|schemas|deploy)/[\w./*-]*)`", text)
    assert [name for name in [*links, *paths] if not list(ROOT.glob(name.rstrip("/")))] == []
