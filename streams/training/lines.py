"""Trains the weights of the line model, `streams/data/lines.json`, on articles whose body is known."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from streams.core.clean import outlet_letters
from streams.core.document import WORD
from streams.core.lines import build, observe, sharing
from streams.core.lines_context import headline, read_all, survey
from streams.core.lines_phrases import Phrases
from streams.core.lines_wrap import paragraphs
from streams.core.repair import repair
from streams.core.urls import host_of
from streams.training.sets import labelled, read_records

Floats = NDArray[np.float64]

FILE = "lines.json"
RESIDUE = Path(__file__).parents[1] / "data" / "residue.json"

_HIDDEN = re.compile(r"<(script|style|noscript|svg|head|template|iframe)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_OTHER_TAGS = re.compile(r"<[^<>]*>")

FOLDS = 5
HTML_WEIGHT = 0.15
"""Weight of a page against a text: pages have many more lines of furniture than texts are scraped with."""
KEEP_COST = 2.0
"""A line of the body that is lost costs as much as so many lines of furniture that are left."""
MAX_ARTICLE_LINES = 8
"""Lines by which an article counts at most, lest a few long lists decide."""
RIDGE = 1.0
"""Strength of the L2 penalty on each weight."""
SMALLEST = 0.05
"""A weight nearer to zero is left out."""

# Marks that depend on lines which may themselves be cut, and signs of page furniture: none may speak for a line.
AGAINST = re.compile(
    "under|repeated|outlet|announces|begins|chrome|bars|symbol|address|count|name|closing|not latin|foreign|sections"
    "|.*ellipsis|.* run"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The repaired lines of an article and the text that is its body."""

    lines: Sequence[str]
    body: str
    outlet: str
    """Letters of the outlet's name."""
    weight: float
    group: str


def train(sets: Sequence[Path]) -> tuple[bytes, str]:
    """The contents of `lines.json` and how well held-out outlets are judged."""
    residue = json.loads(RESIDUE.read_text(encoding="utf-8"))
    phrases = build(residue, {}).phrases
    samples = [sample for directory in labelled(sets) for sample in _samples(directory)]
    weights = fit(samples, phrases)
    content = json.dumps(weights, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return content.encode(), _held_out(samples, phrases)


def _samples(directory: Path) -> Iterator[Sample]:
    """The articles of a set with a known body; HTML as a careless scraper makes text of it, with all its furniture."""
    events = {event["id"]: event for event in read_records(directory, "events")}
    for gold in read_records(directory, "gold"):
        event = events[gold["id"]]
        if gold.get("text") and gold.get("expect") != "reject":
            is_html = event.get("content_type") == "text/html"
            text = repair(_careless_text(event["body"]) if is_html else event["body"])
            host = host_of(event.get("url"))
            yield Sample(
                paragraphs(text), gold["text"], outlet_letters(None, host), HTML_WEIGHT if is_html else 1.0, host or gold["id"]
            )


def _careless_text(page: str) -> str:
    return _OTHER_TAGS.sub("\n", repair(_SPACE.sub(" ", _HIDDEN.sub(" ", page))))


def fit(samples: Iterable[Sample], phrases: Phrases) -> dict[str, float]:
    """Weights in logits by mark, `bias` among them: logistic regression, with the marks in `AGAINST` held at or below zero."""
    marks: list[list[str]] = []
    labels: list[float] = []
    costs: list[float] = []
    for sample in samples:
        asked = list(_examples(sample, phrases))
        for found, is_body in asked:
            marks.append(found)
            labels.append(float(is_body))
            costs.append(sample.weight * min(1.0, MAX_ARTICLE_LINES / len(asked)) * (KEEP_COST if is_body else 1.0))
    names = sorted({mark for found in marks for mark in found})
    weights = _minimise(marks, names, np.array(labels), np.array(costs))
    return {name: round(weight, 2) for name, weight in weights.items() if name == "bias" or abs(weight) >= SMALLEST}


def _held_out(samples: Sequence[Sample], phrases: Phrases) -> str:
    """How many lines are judged right by a model that has not seen their outlet."""
    right = {True: 0, False: 0}
    total = {True: 0, False: 0}
    folds = [int(sha256(sample.group.encode()).hexdigest(), 16) % FOLDS for sample in samples]
    for fold in range(FOLDS):
        weights = fit([sample for sample, own in zip(samples, folds, strict=True) if own != fold], phrases)
        for sample in [sample for sample, own in zip(samples, folds, strict=True) if own == fold and sample.weight == 1.0]:
            for marks, is_body in _examples(sample, phrases):
                total[is_body] += 1
                right[is_body] += (weights["bias"] + sum(weights.get(mark, 0.0) for mark in marks) > 0) == is_body
    return (
        f"  lines of text that the model is asked about, held-out outlets: "
        f"{right[True]} of {total[True]} body lines kept, {right[False]} of {total[False]} others removed\n"
    )


def _examples(sample: Sample, phrases: Phrases) -> Iterator[tuple[list[str], bool]]:
    """The marks of each line that the line model is asked about, and whether it is body."""
    lines = read_all(sample.lines, phrases)
    context = survey(lines, headline(lines, sample.outlet, phrases), sample.outlet)
    for (line, marks), is_body in zip(observe(lines, context, phrases), in_body(sample.lines, sample.body), strict=True):
        if isinstance(marks, list):
            yield marks + sharing(line, marks[0], context, phrases), is_body


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


def _minimise(marks: list[list[str]], names: list[str], labels: Floats, costs: Floats) -> dict[str, float]:
    column = {name: index for index, name in enumerate(names)}
    table = np.zeros((len(marks), len(names) + 1))
    table[:, -1] = 1.0
    for row, found in enumerate(marks):
        table[row, [column[mark] for mark in found]] = 1.0
    signs = 2.0 * labels - 1.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (table @ weights)
        penalty = RIDGE * weights
        penalty[-1] = 0.0
        value = float(costs @ np.logaddexp(0.0, -margins) + penalty @ weights / 2)
        slope = -costs * signs / (1.0 + np.exp(np.clip(margins, -500, 500)))
        return value, table.T @ slope + penalty

    bounds = [(None, 0.0) if AGAINST.match(name) else (None, None) for name in names] + [(None, None)]
    result = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 1000})
    return dict(zip([*names, "bias"], result.x.tolist(), strict=True))
