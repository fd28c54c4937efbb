"""Trains `streams/data/stories.json`: how much each term weighs, and which pairs of articles tell the same story.

What the texts share is weighed on the pairs of `docs.jsonl` and `pairs.jsonl` (any news); then that sum, places and
events together on the alerts of one mineral in sets with labelled stories.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from math import log
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from streams.core.alert import named
from streams.core.document import read
from streams.core.lexicon import partition_key, scan
from streams.core.stories import WINDOW, StoryModel, Telling, compare, signature, stem
from streams.training.desk import Case, cases, lines, load_lexicon

TEXT = ("cosine", "overlap", "numbers", "dates", "unusual")
CONTEXT = ("policy", "events", "place", "countries", "turn", "undated")
LEAST_DOCUMENTS = 25
"""Documents that must hold a stem before it counts as common."""
SMOOTHING = 8
DOMAIN_WEIGHT = 5
"""An article about a mineral counts as so many of other news, as its common words are common here."""
TURNS = (
    "ends ended lift lifts lifted lifting resume resumes resumed resuming resumption reopen reopens reopened restart restarts "
    "restarted restarting settle settles settled settlement truce ceasefire ease eases eased easing grants granted clears cleared "
    "swap swaps swapped replace replaces replaced reinstates reinstated overturns overturned reverses reversed revive revives "
    "revived"
)
PHRASES = ("to end", "called off", "calls off")


def train(sets: Sequence[Path], data: Path) -> str:
    """Write `stories.json` into `data`; gives a report."""
    lexicon = load_lexicon(data)
    told = [case for case in cases(sets, data) if case.label["critical"] and case.label.get("story")]
    common, rare = _weights(sets, told)
    model = StoryModel(common, rare, (*PHRASES, *sorted(TURNS.split())), dict.fromkeys((*TEXT, *CONTEXT), 0.0), 0.0, 0.5)

    def telling(title: str | None, text: str, case: Case | None = None) -> Telling:
        document = read(title, text)
        terms = signature(document, named(document, scan(lexicon, document)), model)
        if case is None:
            return Telling(terms)
        article = case.article
        return Telling(terms, article.published_at, article.countries, article.event_types)

    news = [_pairs(folder, telling, model) for folder in sets if (folder / "pairs.jsonl").exists()]
    text_rows = np.concatenate([rows for rows, _, _ in news])
    text_same = np.concatenate([same for _, same, _ in news])
    text_groups = [group for _, _, groups in news for group in groups]
    by_text = LogisticRegression(max_iter=3_000).fit(text_rows, text_same)

    tellings = [(case, telling(case.article.title, case.article.text, case)) for case in told]
    pairs = [
        (a, b, x, y)
        for (a, x), (b, y) in combinations(tellings, 2)
        if a.article.article_id != b.article.article_id
        and a.label["set"] == b.label["set"]
        and partition_key(lexicon, a.article.primary_mineral) == partition_key(lexicon, b.article.primary_mineral)
    ]
    found = [compare(x, y, model) for _, _, x, y in pairs]
    same = np.array([a.label["story"] == b.label["story"] for a, b, _, _ in pairs])
    groups = [partition_key(lexicon, a.article.primary_mineral) for a, _, _, _ in pairs]
    rows = np.column_stack(
        (
            by_text.decision_function(np.array([[features[name] for name in TEXT] for features in found])),
            np.array([[features[name] for name in CONTEXT] for features in found]),
        )
    )
    full = LogisticRegression(max_iter=3_000).fit(rows, same)
    share, *context = full.coef_[0]
    weights = {name: share * weight for name, weight in zip(TEXT, by_text.coef_[0], strict=True)}
    weights |= dict(zip(CONTEXT, context, strict=True))
    bias = full.intercept_[0] + share * by_text.intercept_[0]
    near = np.array([_near(x, y) for _, _, x, y in pairs])
    unseen = cross_val_predict(LogisticRegression(max_iter=3_000), rows, same, groups=groups, cv=GroupKFold(8), method="predict_proba")[:, 1]
    threshold = _best_threshold(unseen[near], same[near])
    _write(data / "stories.json", model, weights, bias, threshold)
    news_unseen = cross_val_predict(
        LogisticRegression(max_iter=3_000), text_rows, text_same, groups=text_groups, cv=GroupKFold(5), method="predict_proba"
    )[:, 1]
    return "\n".join(
        (
            f"stories: any news, by text alone, {len(text_same)} pairs: F1 {_f1(news_unseen >= 0.5, text_same):.3f} out of fold",
            f"stories: alerts of one mineral within the window, {near.sum()} pairs: "
            f"F1 {_f1(unseen[near] >= threshold, same[near]):.3f} out of fold at {threshold:.2f}",
        )
    )


def _weights(sets: Sequence[Path], told: Iterable[Case]) -> tuple[dict[str, int], int]:
    """Ten times the inverse document frequency of common stems, and of the rest."""
    count: Counter[str] = Counter()
    total = 0
    texts = [(event.get("title"), event["body"], 1) for folder in sets for event in lines(folder / "events.jsonl") if event.get("content_type") != "text/html"]
    texts += [(case.article.title, case.article.text, DOMAIN_WEIGHT) for case in told]
    for title, text, weight in texts:
        for term in {stem(word) for word in read(title, text[:3_000]).words}:
            count[term] += weight
        total += weight
    common = {
        term: round(10 * log(total / (number + SMOOTHING)))
        for term, number in sorted(count.items())
        if number >= LEAST_DOCUMENTS and not term[0].isdecimal()
    }
    return common, round(10 * log(total / (LEAST_DOCUMENTS / 2 + SMOOTHING)))


def _pairs(folder: Path, telling, model):
    docs = {doc["id"]: doc for doc in lines(folder / "docs.jsonl")}
    known = {name: telling(None, doc["text"]) for name, doc in docs.items()}
    rows, same, groups = [], [], []
    for pair in lines(folder / "pairs.jsonl"):
        features = compare(known[pair["a"]], known[pair["b"]], model)
        rows.append([features[name] for name in TEXT])
        same.append(bool(pair["same"]))
        groups.append(str(docs[pair["a"]]["topic"]))
    return np.array(rows), np.array(same), groups


def _near(a: Telling, b: Telling) -> bool:
    return a.at is None or b.at is None or abs(a.at - b.at) <= WINDOW


def _f1(got, same) -> float:
    return 2 * (got & same).sum() / (got.sum() + same.sum())


def _best_threshold(p, same):
    c = np.arange(0.2, 0.8, 0.01)
    scores = [_f1(p >= x, same) for x in c]
    return float(np.median(c[np.isclose(scores, max(scores))]))


def _write(path, model, weights, bias, threshold) -> None:
    path.write_text(json.dumps({"threshold": round(threshold,2), "bias": round(float(bias),4), "weights": {k: round(float(v),4) for k,v in weights.items()}, "turns": model.turns, "rare": model.rare, "common": model.common}, indent=1)+"\n")
