"""Trains `streams/data/event_types.json`: what cues and words say of the types of event that an article reports."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from math import log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from streams.core.document import read, split
from streams.core.events import BESIDE, EVENT_TYPES, LEAST_SHARE, LEAST_STEMS, MOST, SCALE, cues, stems, total
from streams.core.lexicon import look
from streams.core.packed import LIMIT
from streams.core.records import EventType
from streams.core.stemming import STEMS
from streams.training.articles import TOLD, articles, incidents, load_lexicon

FILE = "event_types.json"
FOLDS = 8
LEAST_AFFAIRS = 5
"""Affairs in which a stem must occur to be learned. Names are not learned, of places and people nor of minerals: without them no
figure is lower, and none of them says what happened."""
REGULARISATION = 5.0
CUE_SCALE, STEM_SCALE = 1 / 16, 1 / 4
"""Bring scores of cues and sums of stems to about unit size, for which the regularisation is meant."""
THRESHOLDS = [step / 100 for step in range(20, 61)]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Example:
    """An article of which the types of event are labelled."""

    article_id: str
    title: str | None
    scores: list[float]
    """Of the cues of each type, in the order of `EVENT_TYPES`."""
    stems: frozenset[str]
    """The different ones of the first words."""
    reported: list[bool]
    group: str
    """Its affair: on one side only of a cross-validation."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights over the columns: the scores of each type, then the stems; a row for each type."""

    rarity: dict[str, float]
    """The inverse document frequency of each stem."""
    weights: Floats
    biases: Floats

    def probabilities(self, examples: Sequence[Example]) -> Floats:
        """Of each type, a row for each example."""
        logits = _matrix(examples, self.rarity) @ self.weights.T + self.biases
        return np.asarray(1 / (1 + np.exp(-logits)))


def train(sets: Sequence[Path]) -> tuple[bytes, str]:
    """The contents of `event_types.json`, and a report of the results out of fold."""
    examples = _examples([TOLD, *sets])
    found, wanted = _unseen(examples), _wanted(examples)
    threshold = _best_threshold(found, wanted)
    given = _given(found, threshold)
    report = [f"event types: {len(examples)} articles, F1 {_f1(given, wanted):.3f} at {threshold}"]
    report += [f"  {event}: F1 {_f1(given[:, place], wanted[:, place]):.3f}" for place, event in enumerate(EVENT_TYPES)]
    return _written(_fit(examples), threshold), "".join(f"{line}\n" for line in report)


@cache
def types_unseen(sets: tuple[Path, ...]) -> dict[tuple[str, str | None], tuple[EventType, ...]]:
    """For each article of which the types are labelled, by id and title, those that a model says which has not seen its affair."""
    examples = _examples(sets)
    found = _unseen(examples)
    given = _given(found, _best_threshold(found, _wanted(examples)))
    return {
        (example.article_id, example.title): tuple(EVENT_TYPES[place] for place in np.argsort(-own) if reported[place])
        for example, own, reported in zip(examples, found, given, strict=True)
    }


def _unseen(examples: Sequence[Example]) -> Floats:
    """Probabilities of each type, a row for each example, from models that have not seen its group."""
    found = np.zeros((len(examples), len(EVENT_TYPES)))
    for seen, unseen in GroupKFold(FOLDS).split(found, groups=[example.group for example in examples]):
        found[unseen] = _fit([examples[row] for row in seen]).probabilities([examples[row] for row in unseen])
    return found


def _wanted(examples: Sequence[Example]) -> Flags:
    return np.array([example.reported for example in examples])


def _best_threshold(found: Floats, wanted: Flags) -> float:
    """The highest of those that come within half a hundredth of the best F1: a type that is not there misleads."""
    scores = [_f1(_given(found, threshold), wanted) for threshold in THRESHOLDS]
    near = [threshold for threshold, score in zip(THRESHOLDS, scores, strict=True) if score >= max(scores) - 0.005]
    return near[-1]


def _examples(sets: Sequence[Path]) -> list[Example]:
    """All articles with labelled types; those of a set that names types of its own are left out."""
    lexicon, found = load_lexicon(), []
    words: set[str] = set()
    for article, label in chain(articles(sets), incidents()):
        types = label.get("event_types")
        if types is None or not set(types) <= set(EVENT_TYPES):
            continue
        document = read(article.title, article.text)
        hits = look(lexicon, document)
        words.update(word for word in split(document.full) if word.islower())
        said = cues(document, hits)
        found.append(
            Example(
                article_id=article.article_id,
                title=article.title,
                scores=[total(said.get(event, {})) for event in EVENT_TYPES],
                stems=frozenset(stems(document, hits)),
                reported=[event in types for event in EVENT_TYPES],
                group=str(label.get("story") or article.article_id).partition("/")[0],
            )
        )
    words.difference_update(*(split(mineral.name.lower()) for mineral in lexicon.minerals.values()))
    plain = {STEMS[word] for word in words} - {""}
    return [replace(example, stems=example.stems & plain) for example in found]


def _fit(examples: Sequence[Example]) -> Model:
    affairs: dict[str, set[str]] = {}
    for example in examples:
        for stem in example.stems:
            affairs.setdefault(stem, set()).add(example.group)
    number = len({example.group for example in examples})
    rarity = {stem: 1 + log(number / len(own)) for stem, own in sorted(affairs.items()) if len(own) >= LEAST_AFFAIRS}
    rows, wanted = _matrix(examples, rarity), _wanted(examples)
    regression = LogisticRegression(C=REGULARISATION, solver="liblinear", tol=1e-3)
    fitted = [clone(regression).fit(rows, wanted[:, place]) for place in range(len(EVENT_TYPES))]
    return Model(rarity, np.array([each.coef_[0] for each in fitted]), np.array([each.intercept_[0] for each in fitted]))


def _matrix(examples: Sequence[Example], rarity: dict[str, float]) -> Floats:
    columns = {stem: column for column, stem in enumerate(rarity, len(EVENT_TYPES))}
    rows = np.zeros((len(examples), len(EVENT_TYPES) + len(rarity)))
    for row, example in zip(rows, examples, strict=True):
        row[: len(EVENT_TYPES)] = np.array(example.scores) * CUE_SCALE
        known = [stem for stem in example.stems if stem in rarity]
        for stem in known:
            row[columns[stem]] = rarity[stem] * STEM_SCALE / sqrt(max(len(known), LEAST_STEMS))
    return rows


def _given(probabilities: Floats, threshold: float) -> Flags:
    """Which types are reported."""
    ranks = np.argsort(np.argsort(-probabilities, axis=1), axis=1)
    background = probabilities < LEAST_SHARE * probabilities.max(axis=1, keepdims=True)
    background[:, EVENT_TYPES.index(BESIDE)] = False
    return np.asarray((probabilities >= threshold) & ~background & (ranks < MOST))


def _f1(given: Flags, wanted: Flags) -> float:
    return float(2 * (given & wanted).sum() / max(1, given.sum() + wanted.sum()))


def _written(model: Model, threshold: float) -> bytes:
    """The file, with a stem a line."""
    own, stems = model.weights[:, : len(EVENT_TYPES)] * CUE_SCALE, model.weights[:, len(EVENT_TYPES) :].T * STEM_SCALE
    types = {
        event: {"bias": round(float(bias), 4), "cues": dict(zip(EVENT_TYPES, np.round(row, 4).tolist(), strict=True))}
        for event, bias, row in zip(EVENT_TYPES, model.biases, own, strict=True)
    }
    lines = ",\n  ".join(
        f"{json.dumps(stem)}: {np.clip(np.rint(SCALE * rarity * row), -LIMIT, LIMIT).astype(int).tolist()}"
        for (stem, rarity), row in zip(model.rarity.items(), stems, strict=True)
    )
    content = json.dumps({"threshold": threshold, "types": types, "stems": {}}, indent=1)
    return content.replace('"stems": {}', f'"stems": {{\n  {lines}\n }}').encode() + b"\n"
