"""Training of the word model: a row of weights for each word, from texts of which some topics are known.

A topic's weights are a mean of two linear models over words, logistic regression and the same on naive Bayes' log-count
ratios (Wang and Manning 2012). Beside each word stand the classes that it belongs to (`word_classes`, and words with the same
beginning) and its vector (`vectors`); what a class or a dimension weighs is folded back into its words, and the model is words
alone: more words than the texts hold.
Unlabelled topics are unknown, not absent: a first model labels those that it is sure of for the second.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from streams.core.classify import TOPICS, vocabulary_of
from streams.core.records import Topic
from streams.training.vectors import DIMENSIONS, word_vectors
from streams.training.word_classes import word_classes

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Matrix = Any
"""A sparse matrix of floats."""
Words = Sequence[str]

SELF_WEIGHT = 0.3
SELF_MARGIN = 3.0
"""Log-odds from which the first model's word is taken for an unlabelled topic: 95 %."""
REGULARISATION = 10.0
BAYES_REGULARISATION = 3.0
BAYES_SHARE: dict[Topic, float] = {"mining": 0.3, "politics": 0.2, "sport": 0.5}
"""What the second of the two linear models counts: it suits short reports, and misleads where words have two meanings."""
CLASS_SCALE: dict[Topic, float] = {"mining": 0.5, "politics": 0.15, "sport": 0.5}
"""How readily a class takes part. Words of politics stand in news of companies too: there the classes mislead."""
STEM_SCALE: dict[Topic, float] = {"mining": 0.7, "politics": 0.3, "sport": 0.7}
STEM = 5
VECTOR_SCALE: dict[Topic, float] = {"mining": 0.0, "politics": 0.0, "sport": 1.0}
"""The same of vectors. They know players and clubs of every kind of sport; of what is mining or politics they know too little:
there no figure is higher by a hundredth, at any scale up to 4."""
COMMON = 0.3
"""Words in a larger share of the texts are left out: they tell nothing and lengthen the norm."""
SMOOTHING = 0.3
WORD_SCALE = 0.25
"""Brings texts to about unit length, for which the regularisation is meant."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a model learns from: the words, and for each topic 1, 0 or -1 (unknown) with its weight."""

    words: Words
    labels: tuple[int, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class WordModel:
    """The columns of words, the weights of each topic (a row each) and their offsets."""

    columns: dict[str, int]
    weights: Floats
    offsets: Floats

    def logits(self, texts: Sequence[Words]) -> Floats:
        """Uncalibrated log-odds, a row for each text."""
        return np.asarray(_matrix(texts, self.columns) @ self.weights.T + self.offsets)


def fit(examples: Sequence[Example], size: int) -> WordModel:
    """Weights of the `size` most useful words for all topics."""
    texts = [example.words for example in examples]
    columns, rarity = _vocabulary(texts)
    matrix = _matrix(texts, columns) @ sparse.diags(rarity * WORD_SCALE)
    labels = np.array([example.labels for example in examples])
    weights = np.array([example.weight for example in examples])
    fitted = [_fit_topic(topic, matrix, columns, labels[:, place], weights) for place, topic in enumerate(TOPICS)]
    final = []
    for place, topic in enumerate(TOPICS):
        sure = matrix @ fitted[place][0] + fitted[place][1]
        unknown = (labels[:, place] < 0) & (np.abs(sure) > SELF_MARGIN)
        filled = np.where(unknown, sure > 0, labels[:, place])
        final.append(_fit_topic(topic, matrix, columns, filled, np.where(unknown, SELF_WEIGHT, weights)))
    own = np.array([row for row, _ in final])
    return _shortened(columns, own, rarity, np.array([offset for _, offset in final]), size)


def _shortened(columns: dict[str, int], weights: Floats, rarity: Floats, offsets: Floats, size: int) -> WordModel:
    """The model with the words that move sums most, by their weight and by how often they do; the commonest first."""
    frequency = np.exp(-rarity)
    weights = weights * rarity * WORD_SCALE
    moves = np.abs(weights).max(axis=0) * np.sqrt(frequency)
    kept = np.sort(np.argsort(-moves, kind="stable")[:size])
    kept = kept[np.argsort(rarity[kept], kind="stable")]
    words = list(columns)
    return WordModel({words[column]: place for place, column in enumerate(kept)}, weights[:, kept], offsets)


def _fit_topic(topic: Topic, texts: Matrix, columns: dict[str, int], labels: Labels, weights: Floats) -> tuple[Floats, float]:
    """Weights of the words for one topic, and the offset."""
    classes, share = sparse.hstack([_classes(columns, topic), _vectors(columns, topic)]), BAYES_SHARE[topic]
    known = labels >= 0
    texts, labels, weights = texts[known], labels[known], weights[known]
    width = texts.shape[1]
    plain = _regression(REGULARISATION).fit(sparse.hstack([texts, texts @ classes]).tocsr(), labels, sample_weight=weights)
    folded = plain.coef_[0][:width] + classes @ plain.coef_[0][width:]
    presence = (texts > 0).astype(float)
    counts = [SMOOTHING + presence[labels == label].T @ weights[labels == label] for label in (1, 0)]
    ratios = np.log((counts[0] / counts[0].sum()) / (counts[1] / counts[1].sum()))
    bayes = _regression(BAYES_REGULARISATION).fit((texts @ sparse.diags(ratios)).tocsr(), labels, sample_weight=weights)
    offset = (1 - share) * plain.intercept_[0] + share * bayes.intercept_[0]
    return (1 - share) * folded + share * bayes.coef_[0] * ratios, float(offset)


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="liblinear", max_iter=300, tol=1e-3)


def _vocabulary(texts: Sequence[Words]) -> tuple[dict[str, int], Floats]:
    """Column and rarity (inverse document frequency) of each word that occurs twice, stands in a class or has a vector.

    No numbers, no single letters.
    """
    seen = Counter(word for words in texts for word in set(words))
    wanted = {word for word, count in seen.items() if count > 1 and len(word) > 1 and not any(map(str.isdigit, word))}
    wanted = wanted.union(word_vectors(), *word_classes().values())
    words = sorted(word for word in wanted if seen[word] <= COMMON * len(texts))
    rarity = [1 + math.log((len(texts) + 1) / (max(seen[word], 3) + 1)) for word in words]
    return {word: column for column, word in enumerate(words)}, np.array(rarity)


def _matrix(texts: Sequence[Words], columns: dict[str, int]) -> Matrix:
    """A row for each text: 1 for each known word over the root of their number."""
    rows = [sorted(columns[word] for word in vocabulary_of(words) if word in columns) for words in texts]
    values = [np.full(len(row), 1 / math.sqrt(max(1, len(row)))) for row in rows]
    starts = np.cumsum([0, *map(len, rows)])
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(rows).astype(int), starts), shape=(len(texts), len(columns)))


def _classes(columns: dict[str, int], topic: Topic) -> Matrix:
    """Which words belong to which class: a row for each word, a column for each class."""
    scale = CLASS_SCALE[topic]
    members = [(scale, sorted(columns[word] for word in words if word in columns)) for words in word_classes().values()]
    stems: dict[str, list[int]] = {}
    for word, column in columns.items():
        if len(word) > STEM:
            stems.setdefault(word[:STEM], []).append(column)
    members.extend((STEM_SCALE[topic], rows) for _, rows in sorted(stems.items()))
    cells = [(scale, row, column) for column, (scale, rows) in enumerate(members) for row in rows]
    values, rows, places = zip(*cells, strict=True)
    return sparse.csr_matrix((values, (rows, places)), shape=(len(columns), len(members)))


def _vectors(columns: dict[str, int], topic: Topic) -> Matrix:
    """The vector of each word, a row each; no columns for a topic that they tell nothing of."""
    scale, known = VECTOR_SCALE[topic], word_vectors()
    if not scale:
        return sparse.csr_matrix((len(columns), 0))
    return sparse.csr_matrix([scale * known[word] if word in known else np.zeros(DIMENSIONS) for word in columns])
