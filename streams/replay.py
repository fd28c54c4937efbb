"""The whole pipeline without a broker: the service's table of stages over files, one JSON Lines file for each topic."""

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from streams import assets, inputs, topics
from streams.core.stories import StoryIndex
from streams.counter import counter
from streams.errors import LodestreamError
from streams.inputs import Input
from streams.topology import STAGES, Context, Message, Origin, process

FILES = {
    topics.CLEAN: "clean.jsonl",
    topics.CLASSIFIED: "classified.jsonl",
    topics.MINERALS: "minerals.jsonl",
    topics.ALERTS: "alerts.jsonl",
    topics.DEAD_LETTER: "dead-letter.jsonl",
}

SHOW_EVERY = 50
"""Articles between two steps of the progress bar."""


@dataclass(slots=True)
class Summary:
    """What a replay found."""

    articles: int = 0
    topics: Counter[str] = field(default_factory=Counter)
    minerals: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


def replay(paths: Sequence[str], output: Path, data_dir: str = "") -> Summary:
    """Replay files into a folder: progress on stderr, a summary on standard output; raises LodestreamError for a wrong path."""
    found = inputs.files(paths)
    written = {(output / name).resolve() for name in FILES.values()}
    if both := [file for file in found if file != inputs.STDIN and Path(file).resolve() in written]:
        raise LodestreamError(f"{both[0]} would be read and written: name another folder with --output")
    with counter("articles") as progress:
        summary = run(inputs.read_files(found), assets.load(data_dir), output, progress)
    Console().print(table(summary))
    Console().print(f"Results are in {output}/", highlight=False, soft_wrap=True)
    return summary


def run(events: Iterable[Input], loaded: assets.Assets, output: Path, progress: Callable[[int], None]) -> Summary:
    """Run every event through all stages, in order, as one partition of the raw topic; writes one line for each message."""
    summary = Summary()
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    with ExitStack() as stack:
        try:
            output.mkdir(parents=True, exist_ok=True)
            streams = {topic: stack.enter_context((output / name).open("wb")) for topic, name in FILES.items()}
            for offset, event in enumerate(events):
                origin = Origin(topics.RAW, 0, offset, None, event.value, (), None)
                for message in process(STAGES, origin, context):
                    line = dead_letter_line(message) if message.topic == topics.DEAD_LETTER else message.value
                    streams[message.topic].write((line or b"") + b"\n")
                    count(summary, message)
                summary.articles += 1
                if not summary.articles % SHOW_EVERY:
                    progress(summary.articles)
        except OSError as error:
            raise LodestreamError(f"cannot write to {output}: {error.strerror}: name another folder with --output") from error
    return summary


def dead_letter_line(message: Message) -> bytes:
    """A dead letter as JSON: its headers as fields and the input, in base64 where it is no UTF-8."""
    fields: dict[str, str | int] = {
        name: int(value) if name in ("dl_partition", "dl_offset") else value.decode() for name, value in message.headers
    }
    try:
        fields["input"] = (message.value or b"").decode()
    except UnicodeDecodeError:
        fields["input"] = base64.b64encode(message.value or b"").decode()
        fields["input_encoding"] = "base64"
    return orjson.dumps(fields)


def count(summary: Summary, message: Message) -> None:
    """Count what a message says."""
    headers = dict(message.headers)
    match message.topic:
        case topics.CLASSIFIED:
            summary.topics.update(orjson.loads(message.value or b"{}")["topics"] or ["none"])
        case topics.MINERALS:
            summary.minerals[orjson.loads(message.value or b"{}")["primary_mineral"]] += 1
        case topics.ALERTS:
            summary.kinds[headers["kind"].decode()] += 1
            summary.severities[headers["severity"].decode()] += 1
        case topics.DEAD_LETTER:
            summary.reasons[headers["dl_reason"].decode()] += 1
        case _:
            pass


def table(summary: Summary) -> Table:
    """The summary for a person."""
    shown = Table(box=None, show_header=False, pad_edge=False)
    shown.add_row("articles", str(summary.articles))
    for title, found in (
        ("topics", summary.topics),
        ("primary minerals", summary.minerals),
        ("alerts", summary.kinds),
        ("severity", summary.severities),
        ("refused", summary.reasons),
    ):
        total = f"{sum(found.values())}" if title != "topics" else ""
        parts = ", ".join(f"{name} {number}" for name, number in sorted(found.items(), key=lambda item: (-item[1], item[0])))
        shown.add_row(title, f"{total}  {parts}".strip() if parts else "none")
    return shown
