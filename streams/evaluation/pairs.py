"""What each pair of articles adds to the figures about stories, and how the matcher alone judges pairs of any news."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

from streams.core.alert import terms_of
from streams.core.document import read
from streams.core.lexicon import Lexicon, scan
from streams.core.tellings import StoryModel, Telling, same_story, telling
from streams.evaluation.articles import agreement
from streams.evaluation.measures import Row

Record = dict[str, Any]


def story_rows(gold: Iterable[Record], stories: dict[str, str], weigh: Callable[[str, str], float]) -> list[Row]:
    """All pairs of rightly sent alerts with a labelled story, each with its weight; `stories` are those they were put into."""
    told = [label for label in gold if label.get("critical") and label.get("story") and label["id"] in stories]
    rows = []
    for a, b in combinations(told, 2):
        weight = weigh(a["id"], b["id"])
        wanted, given = a["story"] == b["story"], stories[a["id"]] == stories[b["id"]]
        if weight and (wanted or given):
            counts = tuple(weight * count for count in agreement(wanted=wanted, given=given))
            note = "told apart" if wanted else "told as one story"
            rows.append(Row(f"{a['id']} {b['id']}", a["story"], counts, float(wanted != given), note if wanted != given else ""))
    return rows


def hard_pair_rows(pairs: Iterable[Record], stories: dict[str, str], weigh: Callable[[str, str], float]) -> list[Row]:
    """Pairs of different stories that look alike: whether they are kept apart, where both were sent."""
    rows = []
    for pair in pairs:
        a, b = pair["a"], pair["b"]
        if a in stories and b in stories and (weight := weigh(a, b)):
            merged = stories[a] == stories[b]
            rows.append(Row(f"{a} {b}", f"{a} {b}", (weight * (not merged), weight), float(merged), "told as one story"))
    return rows


def judge(docs: Iterable[Record], pairs: Iterable[Record], lexicon: Lexicon, model: StoryModel) -> list[float]:
    """The matcher's probability for each pair, by text alone: no times or countries."""
    known = {doc["id"]: _telling(doc["text"], lexicon, model) for doc in docs}
    return [same_story(known[pair["a"]], known[pair["b"]], model) for pair in pairs]


def _telling(text: str, lexicon: Lexicon, model: StoryModel) -> Telling:
    document = read(None, text)
    return telling(terms_of(document, scan(lexicon, document), lexicon, model), model, None, ())


def best_threshold(probabilities: Sequence[float], same: Sequence[bool]) -> float:
    """In hundredths the one with the best F1; of equals the lowest."""

    def f1(threshold: float) -> float:
        given = [probability >= threshold for probability in probabilities]
        both = sum(a and b for a, b in zip(given, same, strict=True))
        return 2 * both / max(1, sum(given) + sum(same))

    return max((step / 100 for step in range(1, 100)), key=lambda threshold: (f1(threshold), -threshold))


def pair_rows(pairs: Sequence[Record], probabilities: Sequence[float], threshold: float, groups: Sequence[str]) -> list[Row]:
    """Labelled pairs of any news at a threshold."""
    rows = []
    for pair, probability, group in zip(pairs, probabilities, groups, strict=True):
        same, given = bool(pair["same"]), probability >= threshold
        note = f"{'told apart' if same else 'told as one story'} at {probability:.2f}"
        fault = abs(probability - same) if same != given else 0
        rows.append(Row(f"{pair['a']} {pair['b']}", group, agreement(wanted=same, given=given), fault, note))
    return rows
