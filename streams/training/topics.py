"""Training of the topic model: labelled articles in, the contents of `streams/data/topics.json` and a report out.

A topic's weights are the mean of two linear models over words, logistic regression and the same on naive Bayes' log-count
ratios (Wang and Manning 2012). Beside each word stand the classes that it belongs to (`word_classes`, and words with the same
beginning); as a class is a sum over its words, its weight is folded back into them, and the exported model is words alone.
Unlabelled topics are unknown, not absent: a first model labels those that it is sure of for the second.
"""

import hashlib
import json
import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from streams.core import document
from streams.core.classify import TOPICS, Industry, actions, industry_log_odds
from streams.training import industry
from streams.training.calibration import decide, figures, platt
from streams.training.sets import Labelled, read_sets
from streams.training.word_classes import word_classes

Floats = NDArray[np.float64]
Matrix = Any
"""A sparse matrix of floats."""

FILE = "topics.json"
MINING, POLITICS = TOPICS.index("mining"), TOPICS.index("politics")
RELEASE = "topics-2026.11"
CONTRASTS = Path(__file__).with_name("contrasts.tsv")

FOLDS = 8
FULLY_LABELLED_WEIGHT = 5.0
"""Weight of an article of which all topics are labelled in a small set: these have the labels that we mean, in several topics."""
SMALL_SET = 500
CONTRAST_WEIGHT = 3.0
COPY_WEIGHT = 0.2
SELF_WEIGHT = 0.3
SELF_MARGIN = 3.0
"""Log-odds from which the first model's word is taken for an unlabelled topic: 95 %."""
REGULARISATION = 10.0
CLASS_SCALE = 0.5
STEM_SCALE = 0.7
STEM = 5
COMMON = 0.3
"""Words in a larger share of the articles are left out: they tell nothing and lengthen the norm."""
SMOOTHING = 0.3
LEAD = 40
"""Words of the short copy of a long article."""
MAX_FEATURES = 8_000
"""Measured: the log loss of every topic in every set of articles is as with all 18,000 words, within 0.006; it rises with 4,000."""
COVERAGE_RANK = 0.001
"""The minimum coverage is what all but this share of the training articles reach.

Measured: 0.28 for English news; paragraphs in other European languages and Indonesian lie between 0.06 and 0.22."""
SCALE = 100
"""Whole numbers in the file stand for hundredths."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a model learns from: the words, and for each topic 1, 0 or -1 (unknown) with its weight."""

    words: tuple[str, ...]
    labels: tuple[int, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A linear model: columns of words, the length of each, the weights of each topic and their offsets."""

    columns: dict[str, int]
    lengths: Floats
    weights: Floats
    offsets: Floats

    def logits(self, texts: Sequence[tuple[str, ...]]) -> Floats:
        """Uncalibrated log-odds, a row for each text."""
        return np.asarray(_matrix(texts, self.columns, self.lengths) @ self.weights.T + self.offsets)


def train(sets: Sequence[Path]) -> tuple[bytes, str]:
    """The model file and a table of cross-validated figures, from folders of labelled sets."""
    articles = [article for article in read_sets(sets) if article.gold.get("topics") is not None] + _contrasts()
    labels = np.array([_labels(article) for article in articles])
    pools = _pools(articles)
    log_odds = cross_validate(articles)
    rows = platt(log_odds, labels, pools)
    calibrated = log_odds * [row["slope"] for row in rows] + [row["offset"] for row in rows]
    second, judge = _judge_industry(articles, labels, calibrated)
    scores = expit(calibrated)
    scores[:, POLITICS] += scores[:, MINING] * (second - scores[:, POLITICS])
    decide(rows, scores, labels, pools)
    content = _export(fit(articles), rows, judge, articles)
    names = np.array([article.set for article in articles])
    return content, figures(names, labels, scores, [row["threshold"] for row in rows])


def cross_validate(articles: Sequence[Labelled]) -> Floats:
    """Log-odds of each article from a model that saw none of its group."""
    folds = _folds(articles)
    logits = np.zeros((len(articles), len(TOPICS)))
    for fold in range(FOLDS):
        held_out = np.flatnonzero(folds == fold)
        if len(held_out):
            fitted = fit([article for article, own in zip(articles, folds, strict=True) if own != fold])
            logits[held_out] = fitted.logits([_words(articles[row].title, articles[row].text) for row in map(int, held_out)])
    return logits


def _judge_industry(articles: Sequence[Labelled], labels: NDArray[np.int64], log_odds: Floats) -> tuple[Floats, Industry]:
    """Probability of politics if it is industry news, from a model that saw none of the article's group, and that of all."""
    texts = [_words(article.title, article.text) for article in articles]
    usable = (labels[:, MINING] == 1) & (labels[:, POLITICS] >= 0)
    folds = _folds(articles)

    def fitted(rows: NDArray[np.int64]) -> Industry:
        return industry.fit([texts[row] for row in rows], log_odds[rows, POLITICS], labels[rows, POLITICS] == 1)

    second = np.zeros(len(articles))
    for fold in range(FOLDS):
        model = fitted(np.flatnonzero(usable & (folds != fold)))
        for row in map(int, np.flatnonzero(folds == fold)):
            second[row] = industry_log_odds(log_odds[row, POLITICS], actions(texts[row], model), model)
    return expit(second), fitted(np.flatnonzero(usable))


def fit(articles: Sequence[Labelled]) -> Fitted:
    """Weights of all words for all topics."""
    examples = _examples(articles)
    columns, lengths = _vocabulary(articles)
    texts = _matrix([example.words for example in examples], columns, lengths)
    classes = _classes(columns)
    labels = np.array([example.labels for example in examples])
    weights = np.array([example.weight for example in examples])
    first = [_fit_topic(texts, classes, labels[:, topic], weights) for topic in range(len(TOPICS))]
    final = []
    for topic, (own, offset) in enumerate(first):
        sure = texts @ own + offset
        unknown = (labels[:, topic] < 0) & (np.abs(sure) > SELF_MARGIN)
        filled = np.where(unknown, sure > 0, labels[:, topic])
        final.append(_fit_topic(texts, classes, filled, np.where(unknown, SELF_WEIGHT, weights)))
    return _shortened(columns, lengths, np.array([own for own, _ in final]), np.array([offset for _, offset in final]))


def _shortened(columns: dict[str, int], lengths: Floats, weights: Floats, offsets: Floats) -> Fitted:
    """The model with the `MAX_FEATURES` words that move sums most, by their weight and by how often they do."""
    frequency = np.exp(-lengths)  # a length is the logarithm of how rare the word is
    moves = np.abs(weights * lengths).max(axis=0) * np.sqrt(frequency)
    kept = np.sort(np.argsort(-moves, kind="stable")[:MAX_FEATURES])
    words = list(columns)
    return Fitted({words[column]: place for place, column in enumerate(kept)}, lengths[kept], weights[:, kept], offsets)


def _fit_topic(texts: Matrix, classes: Matrix, labels: NDArray[np.int64], weights: Floats) -> tuple[Floats, float]:
    """Weights of the words for one topic, and the offset."""
    known = labels >= 0
    texts, labels, weights = texts[known], labels[known], weights[known]
    width = texts.shape[1]
    plain = _regression(REGULARISATION).fit(sparse.hstack([texts, texts @ classes]).tocsr(), labels, sample_weight=weights)
    folded = plain.coef_[0][:width] + classes @ plain.coef_[0][width:]
    presence = (texts > 0).astype(float)
    counts = [SMOOTHING + presence[labels == label].T @ weights[labels == label] for label in (1, 0)]
    ratios = np.log((counts[0] / counts[0].sum()) / (counts[1] / counts[1].sum()))
    bayes = _regression(REGULARISATION / 3).fit(texts.multiply(ratios).tocsr(), labels, sample_weight=weights)
    return (folded + bayes.coef_[0] * ratios) / 2, float(plain.intercept_[0] + bayes.intercept_[0]) / 2


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=500, tol=1e-3)


def _words(title: str | None, text: str) -> tuple[str, ...]:
    return document.read(title, text).words


def _labels(article: Labelled) -> tuple[int, ...]:
    scored = article.gold.get("scored_topics", TOPICS)
    return tuple(int(topic in article.gold["topics"]) if topic in scored else -1 for topic in TOPICS)


def _contrasts() -> list[Labelled]:
    """The invented sentences, each a group of its own."""
    rows = [line.split("\t") for line in CONTRASTS.read_text(encoding="utf-8").splitlines()]
    return [
        Labelled(CONTRASTS.stem, None, text, {"topics": [topic for topic in TOPICS if topic in topics]}, f"{number}")
        for number, (topics, text) in enumerate(rows)
    ]


def _examples(articles: Sequence[Labelled]) -> list[Example]:
    """The articles, copies of their beginnings and copies without title."""
    examples = []
    for article, pool in zip(articles, _pools(articles), strict=True):
        labels = _labels(article)
        weight = CONTRAST_WEIGHT if pool == CONTRASTS.stem else 1.0 if pool else FULLY_LABELLED_WEIGHT
        words, body = _words(article.title, article.text), _words(None, article.text)
        examples.append(Example(words, labels, weight))
        if len(words) > LEAD * 3 // 2:
            examples.append(Example(words[:LEAD], labels, weight * COPY_WEIGHT))
        if article.title and len(body) > LEAD:
            examples.append(Example(body, labels, weight * COPY_WEIGHT))
    return examples


def _vocabulary(articles: Sequence[Labelled]) -> tuple[dict[str, int], Floats]:
    """Column and length (inverse document frequency) of each word seen twice or in a class; no numbers, no single letters."""
    seen = Counter(word for article in articles for word in set(_words(article.title, article.text)))
    wanted = {word for word, count in seen.items() if count > 1 and len(word) > 1 and not any(map(str.isdigit, word))}
    wanted = wanted.union(*word_classes().values())
    words = sorted(word for word in wanted if seen[word] <= COMMON * len(articles))
    lengths = [1 + math.log((len(articles) + 1) / (max(seen[word], 3) + 1)) for word in words]
    return {word: column for column, word in enumerate(words)}, np.array(lengths)


def _matrix(texts: Sequence[tuple[str, ...]], columns: dict[str, int], lengths: Floats) -> Matrix:
    """A row of unit length for each text: every known word once, however often it stands there."""
    rows = [sorted({columns[word] for word in words if word in columns}) for words in texts]
    values = [lengths[row] / max(1e-9, math.sqrt(float(lengths[row] @ lengths[row]))) for row in rows]
    starts = np.cumsum([0, *map(len, rows)])
    flat = np.array([column for row in rows for column in row], dtype=int)
    return sparse.csr_matrix((np.concatenate(values), flat, starts), shape=(len(texts), len(columns)))


def _classes(columns: dict[str, int]) -> Matrix:
    """Which words belong to which class: a row for each word, a column for each class."""
    members = [(CLASS_SCALE, sorted(columns[word] for word in words if word in columns)) for words in word_classes().values()]
    stems: dict[str, list[int]] = {}
    for word, column in columns.items():
        if len(word) > STEM:
            stems.setdefault(word[:STEM], []).append(column)
    members.extend((STEM_SCALE, rows) for _, rows in sorted(stems.items()))
    cells = [(scale, row, column) for column, (scale, rows) in enumerate(members) for row in rows]
    values, rows, places = zip(*cells, strict=True)
    return sparse.csr_matrix((values, (rows, places)), shape=(len(columns), len(members)))


def _folds(articles: Sequence[Labelled]) -> NDArray[np.int64]:
    """A fold for each article: whole groups, large ones first, each into the fold with the fewest articles of its set."""
    sizes = Counter((article.set, article.group) for article in articles)
    filled: Counter[tuple[str, int]] = Counter()
    fold_of: dict[tuple[str, str], int] = {}
    for name, group in sorted(sizes, key=lambda key: (-sizes[key], zlib.crc32(key[1].encode()), key)):
        fold = min(range(FOLDS), key=lambda number: (filled[name, number], number))
        fold_of[name, group] = fold
        filled[name, fold] += sizes[name, group]
    return np.array([fold_of[article.set, article.group] for article in articles])


def _pools(articles: Sequence[Labelled]) -> NDArray[np.str_]:
    """What counts as one in calibration: each set, the small fully labelled ones together; the contrasts are none."""
    sizes = Counter(article.set for article in articles)
    small = {name for name, size in sizes.items() if size < SMALL_SET and name != CONTRASTS.stem}
    return np.array(["" if -1 not in _labels(article) and article.set in small else article.set for article in articles])


def _export(fitted: Fitted, calibration: list[dict[str, float]], judge: Industry, articles: Sequence[Labelled]) -> bytes:
    """The model file: one word a line, whole numbers."""
    squares = np.rint(SCALE * fitted.lengths**2).astype(int)
    weights = np.rint(SCALE * fitted.weights * fitted.lengths).astype(int)
    features = {word: [int(squares[column]), *map(int, weights[:, column])] for word, column in fitted.columns.items()}
    for row, offset in zip(calibration, fitted.offsets, strict=True):
        row["offset"] = round(row["offset"] + row["slope"] * float(offset), 4)
        row["slope"] = round(row["slope"] / math.sqrt(SCALE), 6)  # sum / norm in the file is so many times the true one
    texts = [_words(article.title, article.text) for article in articles if article.set != CONTRASTS.stem]
    coverage = sorted(_coverage(words, features) for words in texts)
    head = {
        "minimum_coverage": round(coverage[int(COVERAGE_RANK * len(coverage))], 2),
        "calibration": dict(zip(TOPICS, calibration, strict=True)),
        "industry": industry.exported(judge),
    }
    checksum = hashlib.sha256(json.dumps([head, features], sort_keys=True).encode()).hexdigest()[:8]
    opening = json.dumps({"version": f"{RELEASE}-{checksum}", **head}, indent=1).removesuffix("\n}")
    lines = ",\n".join(f"  {json.dumps(word, ensure_ascii=False)}: {json.dumps(row)}" for word, row in features.items())
    return f'{opening},\n "features": {{\n{lines}\n }}\n}}\n'.encode()


def _coverage(words: tuple[str, ...], features: dict[str, list[int]]) -> float:
    different = set(words)
    return len(different & features.keys()) / max(1, len(different))
