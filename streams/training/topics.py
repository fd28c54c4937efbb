"""Training of the topic model: labelled articles in, the contents of `streams/data/topics.json` and a report out."""

import hashlib
import json
import math
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from streams.core import document
from streams.core.classify import TOPICS, Industry, actions, industry_log_odds, vocabulary_of
from streams.core.packed import LIMIT
from streams.training import industry, word_model
from streams.training.calibration import INVENTED, decide, figures, platt
from streams.training.sets import Labelled, read_sets, table
from streams.training.word_model import Example, Floats, WordModel, Words

FILE = "topics.json"
MINING, POLITICS = TOPICS.index("mining"), TOPICS.index("politics")
RELEASE = "topics-2026.11"
INVENTED_WEIGHT = 2.0
SCORED = {"briefs": ("mining",)}
"""Topics that are learned from an invented table, if not all. Where industry news becomes politics the writers of the briefs
drew another line, and few of them are of sport."""

FOLDS = 8
FULLY_LABELLED_WEIGHT = 4.0
"""Weight of an article of which all topics are labelled in a small set: these have the labels that we mean, in several topics."""
SMALL_SET = 500
LEAD = 40
"""Words of the short copy of a long article."""
COPY_WEIGHT = 0.2
WORDS = 16_000
"""Words of the model. Measured: with 12,000 some figures are lower by half a hundredth, with 20,000 none is higher."""
COVERAGE_RANK = 0.001
"""The minimum coverage is what all but this share of the training articles reach."""
SLICES = 60, 250
"""Where the report divides articles by their words."""
SCALE = 100
"""Whole numbers in the file stand for hundredths."""


def train(sets: Sequence[Path]) -> tuple[bytes, str]:
    """The model file and a table of cross-validated figures, from folders of labelled sets."""
    articles = [article for article in read_sets(sets) if article.gold.get("topics") is not None] + _invented()
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
    thresholds = [row["threshold"] for row in rows]
    names = np.array([article.set for article in articles])
    lengths = np.array([_length(article) for article in articles])
    news = ~np.isin(names, INVENTED)
    report = figures(names, labels, scores, thresholds) + figures(lengths[news], labels[news], scores[news], thresholds)
    return content, report


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


def fit(articles: Sequence[Labelled]) -> WordModel:
    """The word model of these articles."""
    return word_model.fit(_examples(articles), WORDS)


def _length(article: Labelled) -> str:
    """The slice of the report that an article's length puts it into."""
    words = len(_words(article.title, article.text))
    short, long = SLICES
    return f"under {short} words" if words < short else f"{short} to {long} words" if words <= long else f"over {long} words"


def _words(title: str | None, text: str) -> Words:
    return document.read(title, text).words


def _labels(article: Labelled) -> tuple[int, ...]:
    scored = article.gold.get("scored_topics", TOPICS)
    return tuple(int(topic in article.gold["topics"]) if topic in scored else -1 for topic in TOPICS)


def _invented() -> list[Labelled]:
    """The invented texts, each a group of its own."""
    rows = [(name, row) for name in INVENTED for row in table(name)]
    return [
        Labelled(name, title[-1] or None if title else None, text, _label(name, topics), f"{number}")
        for number, (name, (topics, *title, text)) in enumerate(rows)
    ]


def _label(name: str, topics: str) -> dict[str, Any]:
    return {"topics": [topic for topic in TOPICS if topic in topics], "scored_topics": SCORED.get(name, TOPICS)}


def _examples(articles: Sequence[Labelled]) -> list[Example]:
    """The articles, copies of their beginnings and copies without title.

    What an article weighs grows with the root of its length: a long one shows more of what it is.
    """
    examples = []
    for article, pool in zip(articles, _pools(articles), strict=True):
        labels = _labels(article)
        words, body = _words(article.title, article.text), _words(None, article.text)
        weight = INVENTED_WEIGHT if pool in INVENTED else 1.0 if pool else FULLY_LABELLED_WEIGHT
        weight *= math.sqrt(max(1, len(words) / 25))
        examples.append(Example(words, labels, weight))
        if len(words) > LEAD * 3 // 2:
            examples.append(Example(words[:LEAD], labels, weight * COPY_WEIGHT))
        if article.title and len(body) > LEAD:
            examples.append(Example(body, labels, weight * COPY_WEIGHT))
    return examples


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
    """What counts as one in calibration: each set, the small fully labelled ones together; the invented tables are none."""
    sizes = Counter(article.set for article in articles)
    small = {name for name, size in sizes.items() if size < SMALL_SET and name not in INVENTED}
    return np.array(["" if -1 not in _labels(article) and article.set in small else article.set for article in articles])


def _export(fitted: WordModel, calibration: list[dict[str, float]], judge: Industry, articles: Sequence[Labelled]) -> bytes:
    """The model file: one word a line, whole numbers."""
    weights = np.clip(np.rint(SCALE * fitted.weights), -LIMIT, LIMIT).astype(int)
    rows = {word: [*map(int, weights[:, column])] for word, column in fitted.columns.items()}
    features = {word: row for word, row in rows.items() if any(row)}
    for row, offset in zip(calibration, fitted.offsets, strict=True):
        row["offset"] = round(row["offset"] + row["slope"] * float(offset), 4)
        row["slope"] = round(row["slope"] / SCALE, 6)
    texts = [_words(article.title, article.text) for article in articles if article.set not in INVENTED]
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


def _coverage(words: Words, features: dict[str, list[int]]) -> float:
    different = vocabulary_of(words)
    return len(different & features.keys()) / max(1, len(different))
