"""Trains `streams/data/stories.json`: how much each term weighs, and which pairs of articles tell the same story.

Two kinds of pairs are learned together: alerts of one mineral from sets with labelled stories, and any news from sets with
`docs.jsonl` and `pairs.jsonl`, which teach what shared words are worth and have a bias of their own.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from streams.core.alert import named
from streams.core.document import read
from streams.core.lexicon import Lexicon, partition_key, scan
from streams.core.tellings import StoryModel, Telling, compare, signature, stem, telling
from streams.training.desk import Case, cases, lines, load_lexicon

FILE = "stories.json"
FOLDS = 8
EVEN = 0.5
LEAST_DOCUMENTS = 25
"""Documents that must hold a stem before it counts as common."""
SMOOTHING = 8
DOMAIN_WEIGHT = 5
"""An alert counts as so many of other news, as what is common in alerts tells none of them apart."""
BEGINNING = 3_000
"""Characters of a document that count."""
TURNS = """to end|called off|calls off|is over|are over|back to work|back at work|ends|ended|lift|lifts|lifted|lifting
resume|resumes|resumed|resuming|resumption|reopen|reopens|reopened|restart|restarts|restarted|restarting|settle|settles|settled
settlement|truce|ceasefire|ease|eases|eased|easing|grants|granted|clears|cleared|swap|swaps|swapped|replace|replaces|replaced
reinstates|reinstated|overturns|overturned|reverses|reversed|revive|revives|revived"""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of articles: features, whether they tell the same story, and the group that stays in one fold."""

    rows: Floats
    same: Flags
    groups: list[str]
    dated: Flags
    """Whether both articles carry a time."""


def train(sets: Sequence[Path]) -> tuple[bytes, str]:
    """The contents of `stories.json`, and a report of the results out of fold."""
    lexicon = load_lexicon()
    told = [case for case in cases(sets, lexicon) if case.label["critical"] and case.label.get("story")]
    common, rare = _term_weights(sets, told)
    turns = TURNS.replace("\n", "|").split("|")
    blank = StoryModel(common, rare, frozenset(turns), {}, 0.0, 0.0)
    alerts, news = _alert_pairs(told, lexicon, blank), _news_pairs(sets, lexicon, blank)
    of_alerts = _out_of_fold(alerts, lambda rows, same: _fit(Pairs(rows, same, [], same), news))
    of_news = _out_of_fold(news, lambda rows, same: _fit(alerts, Pairs(rows, same, [], same)), news=True)
    threshold = _best_threshold(of_alerts[alerts.dated], alerts.same[alerts.dated])
    model = _fit(alerts, news)
    content = {
        "threshold": threshold,
        "bias": round(float(model.intercept_[0]), 4),
        "weights": dict(zip(compare(Telling(()), Telling(()), blank), model.coef_[0].round(4).tolist(), strict=False)),
        "turns": sorted(turns),
        "rare": rare,
        "common": common,
    }
    dated = alerts.dated
    report = (
        f"alerts of one mineral at any time: {len(alerts.same)} pairs, {alerts.same.sum()} the same, "
        f"F1 {_f1(of_alerts >= threshold, alerts.same):.3f} at {threshold:.2f}\n"
        f"those with dates: {dated.sum()} pairs, {alerts.same[dated].sum()} the same, "
        f"F1 {_f1(of_alerts[dated] >= threshold, alerts.same[dated]):.3f}\n"
        f"any news, by text alone: {len(news.same)} pairs, {news.same.sum()} the same, F1 {_f1(of_news >= EVEN, news.same):.3f}\n"
    )
    return json.dumps(content, indent=1).encode() + b"\n", report


def _term_weights(sets: Sequence[Path], told: Iterable[Case]) -> tuple[dict[str, int], int]:
    """Ten times the inverse document frequency of common stems, and of the others."""
    texts = [
        (event["body"], 1)
        for folder in sets
        for event in lines(folder / "events.jsonl")
        if event.get("content_type") != "text/html"
    ]
    texts += [(case.document.full, DOMAIN_WEIGHT) for case in told]
    count: Counter[str] = Counter()
    for text, weight in texts:
        for term in {stem(word) for word in read(None, text[:BEGINNING]).words}:
            count[term] += weight
    total = sum(weight for _, weight in texts)
    common = {
        term: round(10 * log(total / (number + SMOOTHING)))
        for term, number in sorted(count.items())
        if term and number >= LEAST_DOCUMENTS
    }
    return common, round(10 * log(total / (LEAST_DOCUMENTS / 2 + SMOOTHING)))


def _alert_pairs(cases_told: Sequence[Case], lexicon: Lexicon, model: StoryModel) -> Pairs:
    """All pairs of alerts with one partition key in one set, at any time: the follow-ups are the hard ones."""
    tellings = [
        (
            case,
            partition_key(lexicon, case.article.primary_mineral),
            telling(
                signature(case.document, named(case.document, case.hits), model),
                model,
                case.article.published_at,
                case.article.countries,
                case.article.event_types,
            ),
        )
        for case in cases_told
    ]
    rows, same, groups, dated = [], [], [], []
    for (a, key, told), (b, other_key, other) in combinations(tellings, 2):
        if key == other_key and a.label["set"] == b.label["set"] and a.article.article_id != b.article.article_id:
            features = compare(told, other, model)
            rows.append(list(features.values()))
            same.append(a.label["story"] == b.label["story"])
            groups.append(key)
            dated.append(not features["undated"])
    return Pairs(np.array(rows), np.array(same), groups, np.array(dated))


def _news_pairs(sets: Sequence[Path], lexicon: Lexicon, model: StoryModel) -> Pairs:
    """The pairs of sets that have them, by text alone."""
    rows, same, groups = [], [], []
    for folder in sets:
        known = {}
        for doc in lines(folder / "docs.jsonl"):
            document = read(None, doc["text"])
            known[doc["id"]] = (
                doc,
                telling(signature(document, named(document, scan(lexicon, document)), model), model, None, (), ()),
            )
        for pair in lines(folder / "pairs.jsonl"):
            (doc, told), (_, other) = known[pair["a"]], known[pair["b"]]
            rows.append(list(compare(told, other, model).values()))
            same.append(bool(pair["same"]))
            groups.append(str(doc["topic"]))
    return Pairs(np.array(rows), np.array(same), groups, np.zeros(len(same), dtype=bool))


def _fit(alerts: Pairs, news: Pairs) -> LogisticRegression:
    """One model for both; the last column tells them apart, so that news has its own bias."""
    rows = np.concatenate((_marked(alerts.rows, news=False), _marked(news.rows, news=True)))
    return LogisticRegression(max_iter=4_000).fit(rows, np.concatenate((alerts.same, news.same)))


def _marked(rows: Floats, *, news: bool) -> Floats:
    return np.column_stack((rows, np.full(len(rows), float(news))))


def _out_of_fold(pairs: Pairs, fit: Callable[[Floats, Flags], LogisticRegression], *, news: bool = False) -> Floats:
    """Probability of each pair from a model that has not seen its group."""
    found = np.zeros(len(pairs.same))
    for seen, unseen in GroupKFold(FOLDS).split(pairs.rows, pairs.same, pairs.groups):
        model = fit(pairs.rows[seen], pairs.same[seen])
        found[unseen] = model.predict_proba(_marked(pairs.rows[unseen], news=news))[:, 1]
    return found


def _f1(got: Flags, same: Flags) -> float:
    return float(2 * (got & same).sum() / (got.sum() + same.sum()))


def _best_threshold(probabilities: Floats, same: Flags) -> float:
    """The middle of those with the best F1 between the pairs at any time: within the window it is the careful choice."""
    candidates = np.arange(0.2, 0.8, 0.01)
    scores = [_f1(probabilities >= candidate, same) for candidate in candidates]
    return round(float(np.median(candidates[np.isclose(scores, max(scores))])), 2)
