"""From the topic model's out-of-fold log-odds to probabilities and thresholds, and how good they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from streams.core.classify import TOPICS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEWEST = 3
"""So many articles of a topic a pool must have to take part in that topic's calibration."""
INVENTED = ("contrasts", "news", "briefs")
"""The pools that take no part: what was invented to be hard or varied says nothing about how likely a topic is."""


def platt(log_odds: Floats, labels: NDArray[np.int64], pools: NDArray[np.str_]) -> list[dict[str, float]]:
    """For each topic slope and offset after Platt (1999).

    Each pool in which the topic occurs weighs the same, whatever its size, the small fully labelled sets twice as much.
    """
    rows = []
    for topic in range(len(TOPICS)):
        weight = _weight(labels[:, topic], pools)
        used = weight > 0
        own, truth = log_odds[used][:, [topic]], labels[used, topic]
        fitted = LogisticRegression(C=1e4).fit(own, truth, sample_weight=weight[used] / weight[used].mean())
        rows.append({"slope": float(fitted.coef_[0][0]), "offset": float(fitted.intercept_[0])})
    return rows


def decide(rows: list[dict[str, float]], scores: Floats, labels: NDArray[np.int64], pools: NDArray[np.str_]) -> None:
    """Add to each topic's row the threshold, and the score of texts in a language that the model does not know."""
    for topic, row in enumerate(rows):
        truth, weight = labels[:, topic], _weight(labels[:, topic], pools)
        row["threshold"] = _threshold(scores[:, topic], truth == 1, _members(truth, pools))
        row["unknown"] = round(min(float(weight[truth == 1].sum() / weight.sum()), row["threshold"] / 2), 3)


def _members(truth: NDArray[np.int64], pools: NDArray[np.str_]) -> list[Flags]:
    """Which articles belong to each pool that has enough of the topic."""
    members = [(pools == pool) & (truth >= 0) for pool in sorted(set(pools) - set(INVENTED))]
    return [member for member in members if (truth[member] == 1).sum() >= FEWEST]


def _weight(truth: NDArray[np.int64], pools: NDArray[np.str_]) -> Floats:
    weight = np.zeros(len(truth))
    for member in _members(truth, pools):
        weight += member * (1 if pools[member][0] else 2) / member.sum()
    return weight


def _threshold(scores: Floats, truth: Flags, members: list[Flags]) -> float:
    """From 0.3 to 0.65 the probability with the highest mean F1 over the pools, in hundredths; of equals the nearest to 0.5.

    A pool weighs as the number of its articles of the topic: F1 of a few articles says little.
    """
    weights = [(truth & own).sum() for own in members]

    def mean_f1(threshold: float) -> float:
        given = scores >= threshold
        f1 = [2 * (given & truth & own).sum() / ((given & own).sum() + (truth & own).sum()) for own in members]
        return float(np.average(f1, weights=weights))

    candidates = [step / 100 for step in range(30, 66)]
    return max(candidates, key=lambda threshold: (round(mean_f1(threshold), 3), -abs(threshold - 0.5)))


def figures(names: NDArray[np.str_], labels: NDArray[np.int64], scores: Floats, thresholds: Sequence[float]) -> str:
    """A table: for each set and topic the articles, precision, recall, F1 and expected calibration error (ten bins).

    A second row "in mining" has the figures of politics among the articles that are about mining.
    """
    lines = [f"{'set':20}{'topic':20}{'articles':>9}{'P':>7}{'R':>7}{'F1':>7}{'ECE':>7}"]
    for name in dict.fromkeys(names.tolist()):
        for topic, threshold in enumerate(thresholds):
            scored = (names == name) & (labels[:, topic] >= 0)
            lines += _row(name, TOPICS[topic], labels[scored, topic] == 1, scores[scored, topic], threshold)
            if TOPICS[topic] == "politics":
                scored &= labels[:, TOPICS.index("mining")] == 1
                lines += _row(name, "politics in mining", labels[scored, topic] == 1, scores[scored, topic], threshold)
    return "\n".join(lines) + "\n"


def _row(name: str, topic: str, truth: Flags, scores: Floats, threshold: float) -> list[str]:
    if not truth.any():
        return []
    given = scores >= threshold
    right = (given & truth).sum()
    cells = (right / max(1, given.sum()), right / truth.sum(), 2 * right / (given.sum() + truth.sum()), _error(scores, truth))
    return [f"{name:20}{topic:20}{len(truth):9}" + "".join(f"{value:7.3f}" for value in cells)]


def _error(scores: Floats, truth: Flags) -> float:
    bins = np.minimum((scores * 10).astype(int), 9)
    parts = [bins == number for number in range(10)]
    return float(sum(abs(scores[part].sum() - truth[part].sum()) for part in parts) / len(truth))
