"""Reads alerts from Kafka, committed ones alone, keeps those that are asked for, and shows them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

import click
from aiokafka import ConsumerRecord
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams import topics
from streams.codec import decode
from streams.connection import connected, read_to_end, reader, require_topic
from streams.core.records import Alert, Rejected, Severity
from streams.settings import Settings

SEVERITIES: Sequence[str] = get_args(Severity)
COLOURS = {"low": "dim", "medium": "cyan", "high": "yellow", "critical": "bold red"}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alerts are asked for; None asks for all."""

    mineral: str | None = None
    """Any mineral of the alert, not only the one it is keyed by."""
    country: str | None = None
    min_severity: str | None = None

    def accepts(self, record: ConsumerRecord) -> bool:
        """Whether a record is asked for; its value is only decoded when its headers don't tell."""
        severity = dict(record.headers).get("severity", b"").decode(errors="replace")
        if self.min_severity and severity not in SEVERITIES[SEVERITIES.index(self.min_severity) :]:
            return False
        if not (self.mineral or self.country):
            return True
        alert = decode(record.value, Alert)
        return (
            not isinstance(alert, Rejected)
            and (self.mineral is None or any(mineral.id == self.mineral for mineral in alert.minerals))
            and (self.country is None or self.country in alert.countries)
        )


async def present(settings: Settings, wanted: Filter) -> list[ConsumerRecord]:
    """The alerts that there are, oldest first."""
    async with aclosing(read_to_end(settings, topics.name(settings, topics.ALERTS))) as records:
        found = [record async for record in records if wanted.accepts(record)]
    return sorted(found, key=lambda record: (record.timestamp, record.partition, record.offset))


async def follow(settings: Settings, wanted: Filter, *, from_beginning: bool) -> AsyncGenerator[ConsumerRecord, None]:
    """Alerts as they arrive, without end; a broker that goes away is waited for."""
    topic = topics.name(settings, topics.ALERTS)
    await require_topic(settings, topic)
    async with connected(reader(settings, topic), settings) as consumer:
        if not from_beginning:
            await consumer.seek_to_end()
        while True:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    if wanted.accepts(record):
                        yield record


def show(
    settings: Settings, wanted: Filter, *, follow_on: bool, from_beginning: bool, write: Callable[[ConsumerRecord], None]
) -> None:
    """Write the alerts that there are, or all that arrive until interrupted."""

    async def run() -> None:
        if not follow_on:
            for record in await present(settings, wanted):
                write(record)
            return
        async with aclosing(follow(settings, wanted, from_beginning=from_beginning)) as records:
            async for record in records:
                write(record)

    asyncio.run(run())


def write_json(record: ConsumerRecord) -> None:
    """Write the value of an alert, as it is, as a line of standard output."""
    click.echo(record.value)


def table_writer(console: Console) -> Callable[[ConsumerRecord], None]:
    """Write alerts as the rows of one endless table."""
    widths = (16, 8, 6, 14, 9, 3)
    free = max(console.width - sum(widths) - 2 * (len(widths) + 2), 30)
    columns = list(zip(HEADINGS, (*widths[:5], free * 2 // 3, widths[5], free - free * 2 // 3), strict=True))
    rows = iter([True])

    def write(record: ConsumerRecord) -> None:
        alert = decode(record.value, Alert)
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=next(rows, False), pad_edge=False)
        for heading, width in columns:
            table.add_column(heading, width=width, overflow="ellipsis" if heading != "title" else "fold")
        if isinstance(alert, Rejected):
            console.print(Text(f"offset {record.partition}:{record.offset} is no alert: {alert.error}", "red"))
        else:
            table.add_row(*cells(record, alert))
            console.print(table)

    return write


HEADINGS = ("time (UTC)", "severity", "kind", "mineral", "countries", "title", "src", "why")


def cells(record: ConsumerRecord, alert: Alert) -> Iterator[Text]:
    """An alert as the cells of a row; texts come from the web, so nothing in them may steer the terminal."""
    at = alert.published_at or alert.first_seen_at or datetime.fromtimestamp(record.timestamp / 1000, UTC)
    yield Text(f"{at.astimezone(UTC):%Y-%m-%d %H:%M}")
    yield Text(alert.severity, COLOURS[alert.severity])
    yield Text(alert.kind)
    yield Text(printable(", ".join(mineral.id for mineral in alert.minerals[:2])))
    yield Text(printable(" ".join(alert.countries[:2])))
    yield Text(printable(alert.title or alert.article_id))
    yield Text(str(len(alert.sources)))
    yield Text(printable(alert.evidence[0].why if alert.evidence else ""))


def printable(text: str) -> str:
    """The text with everything that a terminal would act on replaced."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
