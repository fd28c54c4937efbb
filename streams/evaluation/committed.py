"""The committed results: a small JSON file that says how good each set was, so that a change that makes one worse is seen."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.errors import LodestreamError
from streams.evaluation.measures import Rows, main_value, values
from streams.evaluation.results import SetResult

TOLERANCE = 0.01
"""By so much a figure may be worse than the committed one: less than one article in a hundred."""

WAYS = ("as_shipped", "cross_validated")


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is not what was committed; `now` is None where it can no longer be measured."""

    set: str
    way: str
    figure: str
    before: float
    now: float | None
    lower_is_better: bool

    @property
    def worse(self) -> bool:
        """Whether it is worse by more than the tolerance."""
        if self.now is None:
            return True
        fall = self.now - self.before if self.lower_is_better else self.before - self.now
        return fall > TOLERANCE


def load(path: Path) -> dict[str, Any]:
    """The committed results by set; none when there is no such file. Raises LodestreamError for one that is broken."""
    if not path.exists():
        return {}
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError as error:
        raise LodestreamError(f"{path}: {error}: take the committed file back, or write it anew with --update") from error
    return content


def compare(committed: dict[str, Any], results: Sequence[SetResult]) -> list[Change]:
    """What differs from the committed figures of the same sets; sets that have changed and figures that are new don't count."""
    return [
        change
        for result in results
        if committed.get(result.name, {}).get("fingerprint") == result.fingerprint
        for change in _changes(committed[result.name], result)
    ]


def _changes(known: dict[str, Any], result: SetResult) -> Iterator[Change]:
    own = entry(result)
    for way in WAYS:
        for figure, before in known.get(way, {}).items() if way in own else ():
            now = own[way].get(figure)
            if now != before:
                yield Change(result.name, way, figure, before, now, figure.startswith("calibration"))


def entry(result: SetResult) -> dict[str, Any]:
    """What is committed of one set."""
    ways = dict(zip(WAYS, (result.rows, result.held_out), strict=True))
    return {"fingerprint": result.fingerprint} | {way: _rounded(rows) for way, rows in ways.items() if rows}


def _rounded(rows: Rows) -> dict[str, float]:
    return {figure: round(main_value(values(figure, own)), 4) for figure, own in rows.items()}


def save(path: Path, results: Sequence[SetResult]) -> None:
    """Write the results of these sets, and keep those of others."""
    content = load(path) | {result.name: entry(result) for result in results}
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
