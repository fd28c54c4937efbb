"""Trains `streams/data/relevance.json`: what is worth an alert, how much it matters, and which sentences show it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from streams.core.evidence import passages, sentence_features
from streams.core.relevance import SEVERITIES, Linear, RelevanceModel, features
from streams.training.articles import TOLD, load_lexicon
from streams.training.desk import Case, cases
from streams.training.desk_words import word_classes

FILE = "relevance.json"
FOLDS = 10
UNLABELLED_WEIGHT = 0.3
"""Of articles that only seem to be no alert, as they are not about mining."""
TOLD_WEIGHT = 0.05
"""Of the tellings of `told`: all are of alerts, and many of two sentences. Without them one in five was not sent, with them one in
nine (out of fold); at more weight articles that are no alert are sent."""
PENALTY = 300
"""Of the weights of severity."""
SEVERITY_FEATURES = ("event:", "words:")
"""Kinds of features that severity looks at: with all of them one rare word could decide."""
SHIFTS = {-0.3: 1, -0.15: 2, 0.0: 3, 0.15: 2, 0.3: 1}
"""By how much the severity of an unseen article may be off, and how often: limits are chosen for articles so shifted. In nested
cross-validation over four ways to cut the folds this leaves 0.955 of authored_dev within one step, without 0.942."""
INEXACT = 0.3
"""What a severity one step off costs, where one further off costs 1 more: with less, hardly any is low or critical."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of features with their targets; rows of one group stay in one fold."""

    names: list[str]
    rows: Floats
    target: Floats
    groups: list[str]
    weights: Floats

    def columns(self, *prefixes: str) -> "Table":
        """The table with the features whose names begin so."""
        kept = [place for place, name in enumerate(self.names) if name.startswith(prefixes)]
        return Table([self.names[place] for place in kept], self.rows[:, kept], self.target, self.groups, self.weights)


def train(sets: Sequence[Path]) -> tuple[bytes, str]:
    """The contents of `relevance.json`, and a report of the results out of fold."""
    found = cases([TOLD, *sets], load_lexicon())
    words = word_classes()
    blank = RelevanceModel(
        words=words,
        relevance=Linear(0, {}),
        threshold=0,
        severity=Linear(0, {}),
        limits=(0, 0, 0),
        evidence=Linear(0, {}),
    )
    alerts = _table((case, _features(case, blank), bool(case.label["critical"])) for case in found)
    odds = _out_of_fold(_logistic, alerts)
    threshold = _best_threshold(odds, alerts)
    graded = [case for case in found if case.label.get("severity")]
    severities = _table((case, _features(case, blank), SEVERITIES.index(case.label["severity"])) for case in graded)
    severities = severities.columns(*SEVERITY_FEATURES)
    values = _out_of_fold(_ridge, severities)
    limits = _best_limits(values, severities.target)
    sentences = _table(_sentences(found))
    model = {
        "threshold": round(float(1 / (1 + np.exp(-threshold))), 4),
        "limits": limits,
        "relevance": _linear(_logistic(alerts), alerts.names),
        "severity": _linear(_ridge(severities), severities.names),
        "evidence": _linear(_logistic(sentences), sentences.names),
        "words": words,
    }
    steps = abs(np.digitize(values, limits) - severities.target)
    report = (
        *_alert_report(found, odds >= threshold),
        f"severity: {len(graded)} cases, exact {np.mean(steps == 0):.3f}, within one step {np.mean(steps <= 1):.3f}",
        f"evidence: the best sentence is the labelled one in {_best_sentences(sentences):.3f}",
    )
    return json.dumps(model, indent=1).encode() + b"\n", "".join(f"{line}\n" for line in report)


def _features(case: Case, model: RelevanceModel) -> dict[str, float]:
    return features(case.article, case.document, case.hits, model)


def _table(rows: Iterable[tuple[Case, dict[str, float], float]]) -> Table:
    listed = list(rows)
    names = list(dict.fromkeys(name for _, row, _ in listed for name in row))
    return Table(
        names=names,
        rows=np.array([[row.get(name, 0.0) for name in names] for _, row, _ in listed]),
        target=np.array([float(target) for _, _, target in listed]),
        groups=[str(case.label.get("story") or case.article.article_id).partition("/")[0] for case, _, _ in listed],
        weights=np.array([_weight(case) for case, _, _ in listed]),
    )


def _weight(case: Case) -> float:
    if case.label["critical"] is None:
        return UNLABELLED_WEIGHT
    return TOLD_WEIGHT if case.label["set"] == TOLD.name else 1.0


def _sentences(found: Iterable[Case]) -> Iterable[tuple[Case, dict[str, float], float]]:
    for case in found:
        if case.label.get("evidence") and case.label["critical"]:
            start = case.article.text.index(case.label["evidence"])
            end = start + len(case.label["evidence"])
            for passage in passages(case.document, case.article.text, case.hits):
                shared = min(passage.end, end) - max(passage.start, start)
                yield case, sentence_features(passage), shared > (end - start) / 2


def _logistic(table: Table) -> Pipeline:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=3_000))
    return model.fit(table.rows, table.target, logisticregression__sample_weight=table.weights)


def _ridge(table: Table) -> Pipeline:
    return make_pipeline(StandardScaler(), Ridge(alpha=PENALTY)).fit(table.rows, table.target)


def _value(model: Pipeline, rows: Floats) -> Floats:
    """Log-odds of a logistic model, value of the other."""
    found: Floats = model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)
    return found


def _out_of_fold(fit: Callable[[Table], Pipeline], table: Table) -> Floats:
    values = np.zeros(len(table.target))
    for train_rows, test_rows in GroupKFold(FOLDS).split(table.rows, table.target, table.groups):
        part = Table(
            table.names,
            table.rows[train_rows],
            table.target[train_rows],
            [table.groups[row] for row in train_rows],
            table.weights[train_rows],
        )
        values[test_rows] = _value(fit(part), table.rows[test_rows])
    return values


def _linear(model: Pipeline, names: Sequence[str]) -> dict[str, Any]:
    """The model over the features as they are, not scaled."""
    scale, last = model[0], model[-1]
    weights = np.ravel(last.coef_) / scale.scale_
    bias = float(np.ravel(last.intercept_)[0] - weights @ scale.mean_)
    return {"bias": round(bias, 4), "weights": {name: round(float(w), 4) for name, w in zip(names, weights, strict=True) if w}}


def _best_threshold(odds: Floats, table: Table) -> float:
    """Of the log-odds that come within half a point of the best F1, those nearest to even."""
    wanted = table.target == 1
    candidates = np.arange(-1.0, 1.01, 0.05)
    scores = np.array([_f1(odds >= candidate, wanted, table.weights) for candidate in candidates])
    near = candidates[scores >= scores.max() - 0.005]
    return float(near[np.argmin(abs(near))])


def _f1(got: Flags, wanted: Flags, weights: Floats) -> float:
    both = weights[got & wanted].sum()
    return float(2 * both / (weights[got].sum() + weights[wanted].sum()))


def _best_limits(values: Floats, grades: Floats) -> tuple[float, ...]:
    """The limits at which grades are least often two steps off or wrong at all, when values shift a little."""

    def loss(limits: tuple[float, ...]) -> float:
        steps = [abs(np.digitize(values + shift, limits) - grades) for shift in SHIFTS]
        return float(np.average([np.mean(off > 1) + INEXACT * np.mean(off > 0) for off in steps], weights=list(SHIFTS.values())))

    return min(combinations(np.round(np.arange(0.4, 2.7, 0.05), 2).tolist(), 3), key=loss)


def _alert_report(found: Sequence[Case], sent: Flags) -> Iterable[str]:
    counts = Counter(
        (case.label["set"], "sent" if yes else "not sent", str(case.label["critical"]), case.detected)
        for case, yes in zip(found, sent, strict=True)
    )
    for (name, decision, critical, detected), count in sorted(counts.items()):
        yield f"alerts: {name:20} labelled {critical:5} {'detected' if detected else 'not detected':12} {decision:8} {count}"


def _best_sentences(table: Table) -> float:
    odds = _out_of_fold(_logistic, table)
    groups = np.array(table.groups)
    best = [np.flatnonzero(groups == group)[np.argmax(odds[groups == group])] for group in dict.fromkeys(table.groups)]
    return float(np.mean(table.target[best]))
