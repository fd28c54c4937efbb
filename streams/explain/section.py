"""The parts of an explanation, and how they look on a terminal or in a pipe."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from streams.subscribe import printable

LABEL = 15
"""Columns for the labels."""
YES, NO, QUIET, NAME = "green", "red", "dim", "bold"
BEFORE, AFTER = 28, 160
"""Characters of context shown around a passage; what the terminal is too narrow for is cut off."""


@dataclass(frozen=True, slots=True)
class Row:
    """A label and what there is to say."""

    label: str
    content: RenderableType
    style: str = ""
    """Of the label."""


@dataclass(frozen=True, slots=True)
class Section:
    """One stage: its name, what it decided, and why."""

    name: str
    decision: Text
    rows: Sequence[Row]


def show(console: Console, heading: Text, sections: Iterable[Section]) -> None:
    """Print sections as wide as the terminal is."""
    with console.capture() as captured:
        console.print(heading)
        for section in sections:
            console.print(Rule(style=QUIET))
            console.print(pair(section.name, section.decision, NAME))
            for row in section.rows:
                console.print(pair(row.label, row.content, row.style))
    console.file.write("\n".join(line.rstrip(" ") for line in captured.get().split("\n")))


def pair(label: str, content: RenderableType, style: str) -> Table:
    """A label with what is said beside it, which wraps within its own column."""
    grid = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
    grid.add_column(width=LABEL, no_wrap=True)
    grid.add_column()
    grid.add_row(Text(label, style), content)
    return grid


def plain(text: str, style: str = "") -> Text:
    """A text from the web: nothing in it can steer the terminal."""
    return Text(printable(text.replace("\n", " / ")), style)


def clipped(text: str, style: str = "") -> Text:
    """A text on one line, cut off where the terminal ends."""
    shown = plain(text[: BEFORE + AFTER], style)
    shown.no_wrap, shown.overflow = True, "ellipsis"
    return shown


def snippet(full: str, start: int, end: int) -> Text:
    """A passage, marked, with what stands around it, on one line."""
    left = full[max(start - BEFORE, 0) : start]
    shown = Text.assemble(
        ("…" if start > BEFORE else "", QUIET),
        plain(left, QUIET),
        plain(full[start:end], NAME),
        plain(full[end : end + AFTER], QUIET),
    )
    shown.no_wrap, shown.overflow = True, "ellipsis"
    return shown


def weights(parts: Iterable[tuple[str, float]]) -> Columns:
    """Names with what each adds, such as `+1.20 tin   +0.80 ore`, in as many columns as there is room for."""
    shown = [Text.assemble((f"{value:+.2f} ", YES if value > 0 else NO), plain(name)) for name, value in parts]
    return Columns(shown, padding=(0, 3))


def names(values: Iterable[str]) -> Text:
    """Names in a row."""
    return plain(", ".join(values))
