"""Trains `streams/data/stories.json`: how much each term weighs, and which pairs of articles tell the same story.

Three kinds of pairs are learned together: alerts of one mineral from sets with labelled stories, of which the set `told` beside
this module is one (invented events as several outlets would tell them, with what came of them); any news from sets with
`docs.jsonl` and `pairs.jsonl`, which teach what shared words are worth; and an agency's text as outlets run it, whole or cut.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, cycle
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from sklearn.tree import DecisionTreeRegressor

from streams.core.alert import terms_of
from streams.core.document import Document, read
from streams.core.lexicon import Lexicon, partition_key, scan
from streams.core.stemming import stem
from streams.core.stories import WINDOW
from streams.core.tellings import ACTION, LEVELS, StoryModel, Telling, compare, telling
from streams.training.articles import TOLD, load_lexicon
from streams.training.desk import Case, cases
from streams.training.sets import read_records
from streams.training.story_words import ACTIONS, TURNS

FILE = "stories.json"
FOLDS = 8
TREES, LEAST_PAIRS, RATE, FEATURES_SHARE = 160, 40, 0.4, 0.3
"""Trees, pairs in a leaf, what each tree counts, and the share of features that a split looks at: small, as pairs are few."""
AGAINST = frozenset(("apart", "turn"))
UNKNOWN = "undated"
"""The feature that says whether a time is unknown: all that `compare` makes of the times."""
EITHER = frozenset((UNKNOWN, "context", "government"))
"""Features that speak against one story when they grow, and those that may speak for either; all others speak for it."""
LEAST_DOCUMENTS = 25
"""Documents that must hold a stem before it counts as common."""
SMOOTHING = 8
DOMAIN_WEIGHT = 5
"""An alert's story counts as so many of other news, as what is common in alerts tells none of them apart."""
BEGINNING = 3_000
"""Characters of a document that count."""
COPIED = 300
"""Characters at which a copy is cut: an agency's first two sentences."""
COPIES_OF = 20
"""Copies are made of one alert of so many: enough to learn what they look like, too few to teach that stories are told in one
wording."""
ONE_OF = 6
"""One of so many pairs of different affairs is learned, as most are told apart at a glance and would outnumber all others; one of
so many pairs of different events is moved into one week: retellings and other events come there about as often."""
DATED, UNDATED, NEWS, COPIES = "alerts of one week", "alerts without dates", "any news, by text alone", "an agency's text, copied"
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles."""

    kind: str
    """DATED, UNDATED, NEWS or COPIES."""
    row: dict[str, float]
    """The features of `compare`."""
    same: bool
    """Whether they tell the same story."""
    group: str
    """The mineral or topic: on one side only of a cross-validation."""
    judges: bool = False
    """Whether it takes part in choosing the threshold: not of `told`, whose authors chose how many there are of a kind."""


def train(sets: Sequence[Path]) -> tuple[bytes, str]:
    """The contents of `stories.json`, and a report of the results out of fold."""
    lexicon = load_lexicon()
    told = [case for case in cases([TOLD, *sets], lexicon) if case.label["critical"] and case.label.get("story")]
    common, rare = _term_weights(sets, told)
    actions = {word: kind for kind, words in ACTIONS.items() for word in words.split()}
    turns = TURNS.replace("\n", "|").split("|")
    model = StoryModel(common, rare, frozenset(turns), actions, (), 0.0, 0.0)
    pairs = [*_alert_pairs(told, lexicon, model), *_news_pairs(sets, lexicon, model), *_copies(told, lexicon, model)]
    nothing = telling((), model, None, ())
    columns = [*compare(nothing, nothing, model), *(f"{ACTION}{kind}" for kind in ACTIONS)]
    rows = np.array([[pair.row.get(name, 0.0) for name in columns] for pair in pairs])
    same = np.array([pair.same for pair in pairs])
    found = _out_of_fold(rows, same, [pair.group for pair in pairs], columns)
    kinds = np.array([pair.kind for pair in pairs])
    judges = np.array([pair.judges for pair in pairs])
    judges = judges if judges.any() else kinds == DATED
    threshold = _best_threshold(found[judges], same[judges])
    content = {
        "threshold": threshold,
        **_boosted(rows, same, columns),
        "turns": sorted(turns),
        "actions": actions,
    }
    report = (
        f"{kind}: {of_kind.sum()} pairs, {same[of_kind].sum()} the same, "
        f"F1 {_f1(found[of_kind] >= threshold, same[of_kind]):.3f} at {threshold:.2f}\n"
        for kind in (DATED, UNDATED, NEWS, COPIES)
        for of_kind in [kinds == kind]
    )
    return _written({**content, "rare": rare, "common": common}), "".join(report)


def _term_weights(sets: Sequence[Path], told: Iterable[Case]) -> tuple[dict[str, int], int]:
    """Ten times the inverse document frequency of common stems, and of the others.

    All that is told of one story counts as one document: a name that its outlets repeat is no common word.
    """
    texts = [
        event["body"][:BEGINNING]
        for folder in sets
        for event in read_records(folder, "events")
        if "html" not in str(event.get("content_type"))
    ]
    texts_of: dict[str, list[str]] = {}
    for case in told:
        texts_of.setdefault(str(case.label["story"]).partition("/")[0], []).append(case.document.full[:BEGINNING])
    count: Counter[str] = Counter()
    for text, weight in [
        *((text, 1) for text in texts),
        *(("\n".join(own), DOMAIN_WEIGHT) for own in texts_of.values()),
    ]:
        for term in {stem(word) for word in read(None, text).words}:
            count[term] += weight
    total = len(texts) + DOMAIN_WEIGHT * len(texts_of)
    common = {
        term: round(10 * log(total / (number + SMOOTHING)))
        for term, number in sorted(count.items())
        if term and number >= LEAST_DOCUMENTS
    }
    return common, round(10 * log(total / (LEAST_DOCUMENTS / 2 + SMOOTHING)))


def _alert_pairs(told: Sequence[Case], lexicon: Lexicon, model: StoryModel) -> Iterator[Pair]:
    """Pairs of alerts with one partition key in one set, of strangers some: once as if undated, once dated.

    Some of what lies further apart than the window is dated as if it did not: other events stay other events in one week.
    """
    tellings = [
        (case, partition_key(lexicon, case.article.primary_mineral), _told(case, case.document, lexicon, model)) for case in told
    ]
    turn, stranger, unlinked = cycle(range(ONE_OF)), cycle(range(ONE_OF)), cycle(range(2))
    for (a, key, one), (b, other_key, other) in combinations(tellings, 2):
        if key == other_key and a.label["set"] == b.label["set"] and a.article.article_id != b.article.article_id:
            same, strangers = a.label["story"] == b.label["story"], not _relatives(a, b)
            row = {**compare(one, other, model), UNKNOWN: 1.0}
            if (strangers and next(stranger)) or (same and not _linked(row) and next(unlinked)):
                continue
            judges = a.label["set"] != TOLD.name
            yield Pair(UNDATED, row, same, key, judges)
            near = one.at is not None and other.at is not None and abs(one.at - other.at) <= WINDOW
            if near or same or strangers or not next(turn):
                yield Pair(DATED, {**row, UNKNOWN: 0.0}, same, key, judges)


def _linked(row: Mapping[str, float]) -> bool:
    """Whether two articles share an unusual word or a kind of event.

    Every other pair of one story that shares neither is left out: more would teach that nothing need be shared.
    """
    return bool(row["unusual"] or row["family"])


def _copies(told: Sequence[Case], lexicon: Lexicon, model: StoryModel) -> Iterator[Pair]:
    """Pairs of an alert's text and the same text, both whole, one cut or both cut, within the window or of unknown time."""
    for number, case in enumerate(told[::COPIES_OF]):
        key = partition_key(lexicon, case.article.primary_mineral)
        whole, cut = (_told(case, text, lexicon, model) for text in (case.document, read(None, case.document.full[:COPIED])))
        for one, other in ((whole, whole), (whole, cut), (cut, cut)):
            yield Pair(COPIES, {**compare(one, other, model), UNKNOWN: float(not number % 2)}, same=True, group=key)


def _told(case: Case, document: Document, lexicon: Lexicon, model: StoryModel) -> Telling:
    """The telling of an alert by its text or a part of it."""
    return telling(_terms(document, lexicon, model), model, case.article.published_at, case.article.countries)


def _terms(document: Document, lexicon: Lexicon, model: StoryModel) -> tuple[str, ...]:
    return terms_of(document, scan(lexicon, document), lexicon, model)


def _relatives(a: Case, b: Case) -> bool:
    """Whether two articles tell events of one affair, as `told` names them (affair/event), or are of a set that names none."""
    first, second = str(a.label["story"]), str(b.label["story"])
    return "/" not in first or first.partition("/")[0] == second.partition("/")[0]


def _news_pairs(sets: Sequence[Path], lexicon: Lexicon, model: StoryModel) -> Iterator[Pair]:
    """The pairs of sets that have them, by text alone."""
    for folder in sets:
        known: dict[str, tuple[dict[str, Any], Telling]] = {}
        for doc in read_records(folder, "docs"):
            known[doc["id"]] = doc, telling(_terms(read(None, doc["text"]), lexicon, model), model, None, ())
        for pair in read_records(folder, "pairs"):
            (doc, one), (_, other) = known[pair["a"]], known[pair["b"]]
            yield Pair(NEWS, compare(one, other, model), bool(pair["same"]), f"topic {doc['topic']}")


def _grow(rows: Floats, same: Flags, columns: Sequence[str]) -> list[DecisionTreeRegressor]:
    """Trees by gradient boosting: each grown on what those before it leave unexplained.

    Every feature may only speak for one story or only against it, as more shared words never mean less.
    scikit-learn's own boosting either knows no such constraint or shows no trees.
    """
    speaks = [0 if name in EITHER or name[0] == ACTION else -1 if name in AGAINST else 1 for name in columns]
    logits, trees = np.full(len(same), _prior(same)), []
    for number in range(TREES):
        tree = DecisionTreeRegressor(
            max_depth=LEVELS,
            min_samples_leaf=LEAST_PAIRS,
            max_features=FEATURES_SHARE,
            monotonic_cst=speaks,
            random_state=number,
        ).fit(rows, same - 1 / (1 + np.exp(-logits)))
        logits += RATE * tree.predict(rows)
        trees.append(tree)
    return trees


def _prior(same: Flags) -> float:
    """The log-odds from which the trees start."""
    return round(log(same.mean() / (1 - same.mean())), 4)


def _boosted(rows: Floats, same: Flags, columns: Sequence[str]) -> dict[str, Any]:
    """The trees grown on all pairs, and the log-odds from which they start."""
    return {"bias": _prior(same), "trees": [_tree(grown.tree_, columns) for grown in _grow(rows, same, columns)]}


def _tree(grown: Any, columns: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401 - scikit-learn does not type its trees
    """A tree with all leaves on the last level: below a leaf that came earlier nothing is asked."""
    nodes, splits = [0], []
    for _ in range(LEVELS):
        below = []
        for node in nodes:
            left, right = grown.children_left[node], grown.children_right[node]
            is_leaf = left < 0
            splits.append([columns[0], 0.0] if is_leaf else [columns[grown.feature[node]], round(float(grown.threshold[node]), 4)])
            below += [node, node] if is_leaf else [left, right]
        nodes = below
    return {"splits": splits, "leaves": [round(RATE * float(grown.value[node][0][0]), 4) for node in nodes]}


def _written(content: dict[str, Any]) -> bytes:
    """The file, with a tree a line."""
    trees = ",\n  ".join(map(json.dumps, content["trees"]))
    return json.dumps({**content, "trees": []}, indent=1).replace('"trees": []', f'"trees": [\n  {trees}\n ]', 1).encode() + b"\n"


def _out_of_fold(rows: Floats, same: Flags, groups: Sequence[str], columns: Sequence[str]) -> Floats:
    """Probability of each pair from a model that has not seen its group."""
    logits = np.zeros(len(same))
    for seen, unseen in GroupKFold(FOLDS).split(rows, same, groups):
        trees = _grow(rows[seen], same[seen], columns)
        logits[unseen] = _prior(same[seen]) + RATE * sum(tree.predict(rows[unseen]) for tree in trees)
    return 1 / (1 + np.exp(-logits))


def _f1(got: Flags, same: Flags) -> float:
    return float(2 * (got & same).sum() / (got.sum() + same.sum()))


def _best_threshold(probabilities: Floats, same: Flags) -> float:
    """In hundredths the lowest of those that come within a hundredth of the best F1.

    The lowest, as an article is compared with all that tells a story, and the mean lies below the pair that is most alike.
    """
    candidates = np.arange(0.05, 0.8, 0.01)
    scores = [_f1(probabilities >= candidate, same) for candidate in candidates]
    near = (candidate for candidate, score in zip(candidates, scores, strict=True) if score >= max(scores) - 0.01)
    return round(float(next(near)), 2)
