"""Looks at refused records and sends them again, once.

A record that was sent again is remembered by a marker on the dead-letter topic itself: an empty value, and its id in the header
`dl_redriven`. The marker follows Kafka's acknowledgement of the record, so a crash between the two can send one record again
(the pipeline tells an article once all the same), and so can two redrives at the same time: run one.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer, ConsumerRecord
from rich.table import Table
from rich.text import Text

from streams import topics
from streams.connection import ANSWER_SECONDS, connected, read_to_end
from streams.errors import LodestreamError
from streams.kafka import MAX_RECORD_BYTES, client_options
from streams.settings import Settings
from streams.subscribe import printable

PREFIX = "dl_"
REDRIVEN = "dl_redriven"
ATTEMPTS = "dl_attempts"
KEPT = frozenset((ATTEMPTS, "dl_left_out"))
"""Headers of ours before `dl_stage`."""
MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A refused record."""

    record: ConsumerRecord
    redriven: bool
    """Whether it has been sent again since."""

    @property
    def id(self) -> str:
        """Partition and offset on the dead-letter topic."""
        return f"{self.record.partition}:{self.record.offset}"

    def header(self, name: str) -> str:
        """The text of the last header of that name; empty when there is none."""
        value: bytes | None = dict(own(self.record)).get(name)
        return (value or b"").decode(errors="replace")

    @property
    def attempts(self) -> int:
        """How often it was sent again before this refusal."""
        return self.number(ATTEMPTS) or 0

    def number(self, name: str) -> int | None:
        """The number in a header; None when there is none."""
        text = self.header(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None

    def summary(self) -> dict[str, object]:
        """What there is to know about it but the record itself: the fields of `dead-letter.jsonl`, and what became of it."""
        return {
            "id": self.id,
            **{name: self.header(name) or None for name in ("dl_stage", "dl_reason", "dl_error", "dl_topic")},
            **{name: self.number(name) for name in ("dl_partition", "dl_offset")},
            "dl_time": self.header("dl_time") or None,
            "attempts": self.attempts,
            "redriven": self.redriven,
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters are meant; None means all."""

    reason: str | None = None
    stages: Collection[str] | None = None
    ids: Collection[str] | None = None

    def accepts(self, letter: DeadLetter) -> bool:
        """Whether a dead letter is meant."""
        return (
            (self.ids is None or letter.id in self.ids)
            and (self.reason is None or letter.header("dl_reason") == self.reason)
            and (self.stages is None or letter.header("dl_stage") in self.stages)
        )


def own(record: ConsumerRecord) -> Sequence[tuple[str, bytes | None]]:
    """The headers that we gave: a letter's begin at the last `dl_stage`, a producer's own of the same names stand before."""
    starts = [at for at, (name, _) in enumerate(record.headers) if name == "dl_stage"]
    kept = [pair for pair in record.headers[: starts[-1]] if pair[0] in KEPT] if starts else []
    return [*kept, *record.headers[starts[-1] :]] if starts else record.headers


def marked(record: ConsumerRecord) -> bytes | None:
    """The id that a marker carries; None when the record is none: ours have no `dl_stage`, and no value."""
    names = dict(record.headers)
    return names.get(REDRIVEN) if not record.value and "dl_stage" not in names else None


async def read(settings: Settings, selection: Selection) -> list[DeadLetter]:
    """The selected dead letters, oldest first; raises LodestreamError when an id is none."""
    async with aclosing(read_to_end(settings, topics.name(settings, topics.DEAD_LETTER))) as found:
        records = [record async for record in found]
    markers = {(marked(record) or b"").decode(errors="replace") for record in records}
    letters = [
        DeadLetter(record, redriven=f"{record.partition}:{record.offset}" in markers)
        for record in records
        if marked(record) is None
    ]
    unknown = set(selection.ids or ()) - {each.id for each in letters}
    if unknown:
        raise LodestreamError(f"no dead letter has the id {', '.join(sorted(unknown))}: see `lodestream dead-letter list`")
    letters.sort(key=lambda each: (each.record.timestamp, each.record.partition, each.record.offset))
    return [each for each in letters if selection.accepts(each)]


async def redrive(settings: Settings, letters: Sequence[DeadLetter]) -> AsyncGenerator[DeadLetter, None]:
    """Send dead letters to the partition they came from, one after the other; each is given back once it is there and marked."""
    origins = {topic.name for topic in topics.TOPICS}
    for each in letters:
        if each.header("dl_topic") not in origins or each.number("dl_partition") is None:
            raise LodestreamError(f"dead letter {each.id} does not say where it came from: choose others by id")
        if each.header("dl_left_out"):
            raise LodestreamError(
                f"dead letter {each.id} was too large to be kept: read it at dl_offset of its topic, choose others by id"
            )
    producer = AIOKafkaProducer(**client_options(settings), enable_idempotence=True, acks="all", max_request_size=MAX_RECORD_BYTES)
    async with connected(producer, settings):
        for each in letters:
            async with asyncio.timeout(ANSWER_SECONDS):
                await send_again(producer, settings, each)
            yield each


async def send_again(producer: AIOKafkaProducer, settings: Settings, dead: DeadLetter) -> None:
    """Send a dead letter to where it came from, and then the marker that says so."""
    record = dead.record
    kept = [(name, value) for name, value in record.headers if not name.startswith(PREFIX)]
    await producer.send_and_wait(
        topics.name(settings, dead.header("dl_topic")),
        record.value,
        key=record.key,
        partition=dead.number("dl_partition"),
        headers=[*kept, (ATTEMPTS, str(dead.attempts + 1).encode())],
    )
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    marker = [(REDRIVEN, dead.id.encode()), ("dl_time", now.encode())]
    await producer.send_and_wait(record.topic, b"", key=record.key, partition=record.partition, headers=marker)


def table(letters: Sequence[DeadLetter]) -> Table:
    """Dead letters for people."""
    shown = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in ("id", "time", "stage", "reason"):
        shown.add_column(heading, no_wrap=True)
    shown.add_column("error", overflow="fold")
    shown.add_column("from", overflow="fold")
    shown.add_column("sent again", no_wrap=True)
    for each in letters:
        origin = f"{each.header('dl_topic')} {each.header('dl_partition')}:{each.header('dl_offset')}"
        texts = (each.id, *(each.header(f"dl_{name}") for name in ("time", "stage", "reason", "error")), origin)
        shown.add_row(*(Text(printable(text)) for text in texts), "yes" if each.redriven else "no")
    return shown


def count_by_reason(letters: Sequence[DeadLetter]) -> list[tuple[str, int]]:
    """How many there are for each reason, most frequent first."""
    return Counter(each.header("dl_reason") for each in letters).most_common()


def readable(dead: DeadLetter) -> Iterator[str]:
    """A dead letter line by line: its headers, an empty line, its bytes with everything unprintable escaped."""
    record = dead.record
    yield f"id: {dead.id}"
    yield f"key: {escaped(record.key)}"
    for name, value in record.headers:
        yield f"{printable(name)}: {escaped(value)}"
    yield f"sent again: {'yes' if dead.redriven else 'no'}"
    yield ""
    yield escaped(record.value)


def escaped(value: bytes | None) -> str:
    """Bytes as text: UTF-8 where it is printable, escapes where it is not."""
    if value is None:
        return "(none)"
    text = value.decode(errors="backslashreplace")
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)
