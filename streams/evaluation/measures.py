"""Figures as sums: what each article adds, what the sums say, and how far they would move with other articles."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import NamedTuple, TypeVar

T = TypeVar("T")
Counts = tuple[float, ...]
Values = dict[str, float]

RESAMPLES = 1_000
SEED = 20_261_122
TAIL = 0.025
"""Of the resamples below and above a 95 % interval."""
BINS = 10
"""Of the expected calibration error."""


class Row(NamedTuple):
    """What one article, or one pair of articles, adds to a figure."""

    id: str
    group: str
    """Rows of one outlet or story share it: they are drawn together."""
    counts: Counts
    fault: float = 0.0
    """How bad a mistake it is; 0 is none."""
    note: str = ""
    """The mistake in words."""


def precision_recall(sums: Counts) -> Values:
    """From true positives, false positives and false negatives; nothing given or nothing wanted counts as perfect."""
    right, wrong, missed = sums
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    return {"precision": precision, "recall": recall, "f1": harmonic(precision, recall), "false_alarms": wrong}


def overlap(sums: Counts) -> Values:
    """From sums of the texts' own precision and recall, and their number."""
    precision, recall = sums[0] / sums[2], sums[1] / sums[2]
    return {"precision": precision, "recall": recall, "f1": harmonic(precision, recall)}


def share(sums: Counts) -> Values:
    """From hits and cases."""
    return {"share": sums[0] / sums[1]}


def calibration(sums: Counts) -> Values:
    """Expected calibration error, from the sum of probability less truth in each bin, and the number of articles."""
    return {"error": sum(map(abs, sums[:BINS])) / sums[BINS]}


def harmonic(a: float, b: float) -> float:
    """F1 of a precision and a recall."""
    return 2 * a * b / (a + b) if a + b else 0.0


MAIN = ("f1", "share", "error")
"""The value that stands for a figure: each figure has one of them."""
LOWER_IS_BETTER = frozenset({"error", "false_alarms"})

TOPICS = ("mining", "politics", "sport")

FIGURES: Mapping[str, Callable[[Counts], Values]] = {
    "text": overlap,
    "words": overlap,
    "snippets": precision_recall,
    "kept": share,
    "refused": share,
    **{f"topic_{topic}": precision_recall for topic in TOPICS},
    **{f"calibration_{topic}": calibration for topic in TOPICS},
    "alerts": precision_recall,
    "minerals": precision_recall,
    "primary_mineral": share,
    "countries": precision_recall,
    "main_country": share,
    "event_types": precision_recall,
    "severity": share,
    "severity_exact": share,
    "evidence": share,
    "evidence_exact": share,
    "evidence_why": share,
    "stories": precision_recall,
    "stories_reordered": precision_recall,
    "hard_pairs": share,
    "pairs": precision_recall,
    "pairs_own_threshold": precision_recall,
}
"""Every figure by its name: how its values follow from the sums over all rows.

`text` counts runs of four words as the article-extraction benchmark does, `words` single words. `kept` are articles that were
not refused, `refused` pages that are no article and were. `severity` are those within one step; `stories_reordered` is
`stories` with articles that arrive in other orders; `pairs` are of any news, judged by the matcher alone.
"""

Rows = dict[str, list[Row]]
"""The rows of each figure."""


def values(figure: str, rows: Iterable[Row]) -> Values:
    """The values of a figure."""
    return FIGURES[figure](_sum(row.counts for row in rows))


def main_value(given: Mapping[str, T]) -> T:
    """That of the values, or of their intervals, that stands for the figure."""
    return next(given[name] for name in MAIN if name in given)


def intervals(figure: str, rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """95 % intervals of a figure's values, by a seeded bootstrap over groups; there must be rows."""
    by_group: defaultdict[str, list[Counts]] = defaultdict(list)
    for row in rows:
        by_group[row.group].append(row.counts)
    sums = [_sum(own) for own in by_group.values()]
    chance = Random(SEED)  # noqa: S311 - the same rows give the same interval
    drawn = [FIGURES[figure](_sum(chance.choices(sums, k=len(sums)))) for _ in range(RESAMPLES)]
    return {name: _middle(sorted(each[name] for each in drawn)) for name in drawn[0]}


def _middle(ordered: Sequence[float]) -> tuple[float, float]:
    cut = int(TAIL * len(ordered))
    return ordered[cut], ordered[len(ordered) - 1 - cut]


def _sum(counts: Iterable[Counts]) -> Counts:
    return tuple(map(sum, zip(*counts, strict=True)))


def worst(rows: Iterable[Row], most: int) -> list[Row]:
    """The gravest mistakes, at most so many; the same rows give the same list."""
    return sorted((row for row in rows if row.fault), key=lambda row: (-row.fault, row.id, row.note))[:most]
