"""The figures for a person, as tables, and for programs, as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from streams.evaluation.committed import TOLERANCE, Change
from streams.evaluation.measures import FIGURES, Row, intervals, main_value, values, worst
from streams.evaluation.results import SetResult, Verdict

PIPE_WIDTH = 150
"""Columns when the output is no terminal."""
MISTAKES = 5
"""Shown of each figure."""
CHANGES = 40
"""Shown, those for the worse first."""

LEGEND = (
    "As shipped: by the models that ship. Cross-validated: by models trained, thresholds included, without the article's outlet "
    "or story; rules and word lists are the same. Unseen: the models learnt nothing from the set. 95 %: bootstrap over outlets "
    "and stories."
)


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run found."""

    folder: Path
    results: list[SetResult]
    verdicts: list[Verdict]
    changes: list[Change]
    notes: list[str]
    """What could not be measured, and why."""


def show(report: Report, console: Console) -> None:
    """Print everything."""
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(_figures(report.results))
    console.print(_mistakes(report.results))
    measured = [verdict for verdict in report.verdicts if verdict.met is not None]
    console.print(_targets(measured))
    met = sum(bool(verdict.met) for verdict in measured)
    left = len(report.verdicts) - len(measured)
    console.print(f"{met} of {len(measured)} targets met" + (f"; the sets of {left} others are not here" if left else "") + ".")
    console.print(LEGEND)
    for note in report.notes:
        console.print(note, markup=False)
    if report.changes:
        console.print(_changes(report.changes))


def _targets(verdicts: Sequence[Verdict]) -> Table:
    table = _table("Targets", "what", "sets", "target", "reached", "95 %", "how", "as shipped", "met", right=("target", "reached"))
    for verdict in verdicts:
        target = verdict.target
        low, high = verdict.interval or (None, None)
        table.add_row(
            target.title,
            " + ".join(target.sets),
            f"{'≤' if verdict.lower_is_better else '≥'} {target.goal:g}",
            _number(verdict.reached, 4),  # else a figure just below its target would look met
            f"{_number(low)}-{_number(high)}" if verdict.interval else "",
            verdict.how or "",
            _number(verdict.in_sample) if verdict.in_sample is not None else "",
            "[green]yes" if verdict.met else "[red]NO",
        )
    return table


def _figures(results: Iterable[SetResult]) -> Table:
    headings = ("set", "figure", "cases", "how", "precision", "recall", "F1, share, error", "95 %", "as shipped")
    table = _table("Figures", *headings, right=("cases", "precision", "recall", "F1, share, error", "as shipped"))
    for result in results:
        for figure in (figure for figure in FIGURES if figure in result.rows):
            rows, how = result.best(figure)
            found = values(figure, rows)
            low, high = main_value(intervals(figure, rows))
            shipped = _number(main_value(values(figure, result.rows[figure]))) if how == "cross-validated" else ""
            parts = [_number(found[name]) if name in found else "" for name in ("precision", "recall")]
            main = _number(main_value(found))
            table.add_row(result.name, figure, str(len(rows)), how, *parts, main, f"{_number(low)}-{_number(high)}", shipped)
        table.add_section()
    return table


def _mistakes(results: Sequence[SetResult]) -> Table:
    table = _table(f"Worst mistakes, up to {MISTAKES} of each figure", "figure", "set", "article", "what")
    for figure in FIGURES:
        for name, row in _worst(results, figure):
            table.add_row(figure, name, escape(row.id), escape(row.note))
    return table


def _worst(results: Iterable[SetResult], figure: str) -> Iterator[tuple[str, Row]]:
    found = {row: result.name for result in results if figure in result.rows for row in result.best(figure)[0]}
    for row in worst(found, MISTAKES):
        yield found[row], row


def _changes(changes: Sequence[Change]) -> Table:
    ordered = sorted(changes, key=lambda change: not change.worse)
    table = _table("Against the committed results", "set", "how", "figure", "before", "now", "", right=("before", "now"))
    for change in ordered[:CHANGES]:
        mark = "[red]WORSE" if change.worse else ""
        table.add_row(change.set, change.way, change.figure, _number(change.before), _number(change.now), mark)
    if len(changes) > CHANGES:
        table.caption = f"and {len(changes) - CHANGES} more; worse means by more than {TOLERANCE}"
    return table


def _table(title: str, *headings: str, right: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return table


def _number(value: float | None, decimals: int = 3) -> str:
    """So many decimals for shares; four figures for counts and times."""
    return "-" if value is None else f"{value:.{decimals}f}" if 0 <= value <= 1 else f"{value:.4g}"


def content(report: Report) -> dict[str, Any]:
    """All figures, for programs."""
    return {
        "folder": str(report.folder),
        "sets": {result.name: _set_content(result) for result in report.results},
        "targets": [_verdict_content(verdict) for verdict in report.verdicts],
        "changes": [
            {"set": change.set, "how": change.way, "figure": change.figure, "before": change.before, "now": change.now}
            | {"worse": change.worse}
            for change in report.changes
        ],
        "notes": report.notes,
    }


def _set_content(result: SetResult) -> dict[str, Any]:
    ways = {"as_shipped": result.rows, "cross_validated": result.held_out}
    return {"fingerprint": result.fingerprint, "learned": result.learned} | {
        way: {figure: _figure_content(figure, own) for figure, own in rows.items()} for way, rows in ways.items() if rows
    }


def _figure_content(figure: str, rows: Sequence[Row]) -> dict[str, Any]:
    mistakes = [{"id": row.id, "what": row.note} for row in worst(rows, MISTAKES)]
    return {"cases": len(rows), **values(figure, rows), "intervals": intervals(figure, rows), "worst": mistakes}


def _verdict_content(verdict: Verdict) -> dict[str, Any]:
    target = verdict.target
    return {
        "what": target.title,
        "sets": list(target.sets),
        "figure": target.figure,
        "value": target.value,
        "goal": target.goal,
        "reached": verdict.reached,
        "how": verdict.how,
        "interval": verdict.interval,
        "as_shipped": verdict.in_sample,
        "met": verdict.met,
    }


def write(report: Report, path: Path) -> None:
    """Write all figures into a file, keys sorted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content(report), indent=1, sort_keys=True) + "\n", encoding="utf-8")
