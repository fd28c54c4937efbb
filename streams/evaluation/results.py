"""The figures of a run: of every set, and against what was aimed at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from streams.evaluation.measures import LOWER_IS_BETTER, Row, Rows, intervals, values
from streams.evaluation.targets import Target

How = Literal["in-sample", "cross-validated", "unseen"]
"""What the models knew of the articles: themselves, nothing of their outlet or story, or nothing of their set."""


@dataclass(frozen=True, slots=True)
class SetResult:
    """What was measured on one set."""

    name: str
    fingerprint: str
    learned: bool
    """Whether the models that ship learned from it."""
    rows: Rows
    held_out: Rows
    """By models that had not seen the articles; empty where that was not measured, or is the same."""

    def best(self, figure: str) -> tuple[list[Row], How]:
        """The most honest rows of a figure."""
        if self.held_out.get(figure):
            return self.held_out[figure], "cross-validated"
        return self.rows[figure], "in-sample" if self.learned else "unseen"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and what was reached; nothing where a set is missing."""

    target: Target
    reached: float | None = None
    how: How | None = None
    interval: tuple[float, float] | None = None
    in_sample: float | None = None

    @property
    def lower_is_better(self) -> bool:
        """Whether the goal is an upper limit."""
        return self.target.value in LOWER_IS_BETTER

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where it was not measured."""
        if self.reached is None:
            return None
        return self.reached <= self.target.goal if self.lower_is_better else self.reached >= self.target.goal


def judge(targets: Sequence[Target], results: Sequence[SetResult], timed: Callable[[str], float | None]) -> list[Verdict]:
    """The verdict on each target; `timed` gives the figures that are times by their name."""
    by_name = {result.name: result for result in results}
    return [_verdict(target, by_name, timed) for target in targets]


def _verdict(target: Target, by_name: dict[str, SetResult], timed: Callable[[str], float | None]) -> Verdict:
    if not target.sets:
        return Verdict(target, timed(target.figure))
    used = [by_name[name] for name in target.sets if name in by_name and target.figure in by_name[name].rows]
    if len(used) < len(target.sets):
        return Verdict(target)
    rows = [row for result in used for row in result.best(target.figure)[0]]
    ways = {result.best(target.figure)[1] for result in used}
    seen = [row for result in used for row in result.rows[target.figure]]
    return Verdict(
        target=target,
        reached=values(target.figure, rows)[target.value],
        how="in-sample" if "in-sample" in ways else "cross-validated" if "cross-validated" in ways else "unseen",
        interval=intervals(target.figure, rows)[target.value],
        in_sample=values(target.figure, seen)[target.value] if any(result.learned for result in used) else None,
    )
