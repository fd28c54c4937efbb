"""Trains the weights of the line model, `streams/data/lines.json`, on articles whose body is known."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from streams.core.document import WORD
from streams.core.lines import headline, observe, read_all, survey, unwrap
from streams.core.lines_shape import Phrases

KEEP_COST = 3.0
"""A line of the body that is lost costs as much as so many lines of furniture that are left."""
MAX_ARTICLE_LINES = 8
"""Lines by which an article counts at most, lest a few long lists decide."""
RIDGE = 1.0
"""Strength of the L2 penalty on each weight."""
SMALLEST = 0.05
"""A weight nearer to zero is left out."""

# Marks that depend on lines which may themselves be cut, and signs of page furniture: none may speak for a line.
AGAINST = re.compile(
    "under|repeated|outlet|announces|begins|chrome|bars|symbol|address|count|name|closing|not latin|foreign|sections|.*ellipsis"
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """The repaired lines of an article and the text that is its body."""

    lines: Sequence[str]
    body: str
    outlet: str = ""
    """Letters of the outlet's name."""
    weight: float = 1.0


def train(articles: Iterable[Labelled], phrases: Phrases) -> dict[str, float]:
    """Weights in logits by mark, `bias` among them: logistic regression, with the marks in `AGAINST` held at or below zero."""
    marks: list[list[str]] = []
    labels: list[float] = []
    costs: list[float] = []
    for article in articles:
        asked = list(examples(article, phrases))
        for found, is_body in asked:
            marks.append(found)
            labels.append(float(is_body))
            costs.append(article.weight * min(1.0, MAX_ARTICLE_LINES / len(asked)) * (KEEP_COST if is_body else 1.0))
    names = sorted({mark for found in marks for mark in found})
    weights = _fit(marks, names, np.array(labels), np.array(costs))
    return {name: round(weight, 2) for name, weight in weights.items() if name == "bias" or abs(weight) >= SMALLEST}


def examples(article: Labelled, phrases: Phrases) -> Iterator[tuple[list[str], bool]]:
    """The marks of each line that the line model is asked about, and whether it is body."""
    texts = unwrap(article.lines)
    lines = read_all(texts, phrases)
    context = survey(lines, headline(lines, article.outlet, phrases), article.outlet, phrases)
    for (_, marks), is_body in zip(observe(lines, context, phrases), in_body(texts, article.body), strict=True):
        if isinstance(marks, list):
            yield marks, is_body


def in_body(texts: Sequence[str], body: str) -> list[bool]:
    """Whether each line is in the body: half of its four-word sequences are, or a shorter line is one of the body's lines."""
    known = _sequences(WORD.findall(body.lower()))
    whole = {tuple(WORD.findall(line.lower())) for line in body.split("\n")}
    found = []
    for text in texts:
        words = WORD.findall(text.lower())
        own = _sequences(words)
        found.append(2 * len(own & known) >= len(own) if len(words) > 4 else bool(words) and tuple(words) in whole)  # noqa: PLR2004
    return found


def _sequences(words: Sequence[str]) -> set[tuple[str, ...]]:
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))


def _fit(marks: list[list[str]], names: list[str], labels: np.ndarray, costs: np.ndarray) -> dict[str, float]:
    column = {name: index for index, name in enumerate(names)}
    table = np.zeros((len(marks), len(names) + 1))
    table[:, -1] = 1.0
    for row, found in enumerate(marks):
        table[row, [column[mark] for mark in found]] = 1.0
    signs = 2.0 * labels - 1.0

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (table @ weights)
        penalty = RIDGE * weights
        penalty[-1] = 0.0
        value = float(costs @ np.logaddexp(0.0, -margins) + penalty @ weights / 2)
        slope = -costs * signs / (1.0 + np.exp(np.clip(margins, -500, 500)))
        return value, table.T @ slope + penalty

    bounds = [(None, 0.0) if AGAINST.fullmatch(name) or AGAINST.match(name) else (None, None) for name in names] + [(None, None)]
    result = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 1000})
    return dict(zip([*names, "bias"], result.x.tolist(), strict=True))
