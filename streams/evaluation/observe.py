"""Runs the pipeline over labelled sets, as `lodestream replay` does, and gathers what each article adds to the figures."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from streams.assets import Assets
from streams.evaluation.articles import Outputs, article_rows, evidence_rows
from streams.evaluation.measures import Rows
from streams.evaluation.pages import snippet_rows
from streams.evaluation.pairs import best_threshold, hard_pair_rows, judge, pair_rows, story_rows
from streams.evaluation.sets import LabelledSet, Record
from streams.inputs import Input
from streams.replay import run

ORDERS = 5
"""Other orders of arrival in which stories are measured."""
DIRTY = "/extra_dirty"
"""Ends the name under which the dirtier versions of a set stand."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles are scored: all, or those that a model has not seen."""

    groups: dict[str, str]
    held_out: frozenset[str] | None = None
    """None: all."""

    def scores(self, name: str) -> bool:
        """Whether an article is scored."""
        return self.held_out is None or name in self.held_out

    def weigh(self, a: str, b: str) -> float:
        """How much of a pair is scored: articles of two folds meet in both of them, half of the pair in each."""
        return (self.scores(a) + self.scores(b)) / 2


def observe(sets: Sequence[LabelledSet], loaded: Assets, scope: Scope, progress: Callable[[str], None]) -> dict[str, Rows]:
    """The rows of each set by its name; those of dirtier versions under a name of their own."""
    found: dict[str, Rows] = {}
    for each in sets:
        progress(each.name)
        found[each.name] = _pairs(each, loaded, scope) if each.pairs else {}
        if each.has_snippets:
            found[each.name] |= {"snippets": snippet_rows(each, loaded.cleaner, scope.groups)} if scope.held_out is None else {}
        else:
            found[each.name] |= _articles(each, loaded, scope)
        if each.dirty:
            found[each.name + DIRTY] = _dirty(each, loaded, scope)
    return {name: {figure: rows for figure, rows in own.items() if rows} for name, own in found.items()}


def _articles(labelled: LabelledSet, loaded: Assets, scope: Scope) -> Rows:
    """A set with stories is replayed whole, as any article may meet any other there."""
    tells = any(gold.get("story") for gold in labelled.gold)
    outputs = replayed([event for event in labelled.events if tells or scope.scores(event.get("id", ""))], loaded)
    left_out = labelled.too_large
    scored = [gold for gold in labelled.gold if scope.scores(gold["id"]) and gold["id"] not in left_out]
    rows = article_rows(scored, outputs, scope.groups)
    rows |= evidence_rows({name: alert for name, alert in outputs.alerts.items() if scope.scores(name)}, outputs, scope.groups)
    if tells:
        rows["stories"] = story_rows(labelled.gold, _stories(outputs), scope.weigh)
        rows["hard_pairs"] = hard_pair_rows(labelled.hard_pairs, _stories(outputs), scope.weigh)
        rows["stories_reordered"] = [
            row
            for seed in range(ORDERS)
            for row in story_rows(labelled.gold, _stories(replayed(_shuffled(labelled.events, seed), loaded)), scope.weigh)
        ]
    return rows


def _stories(outputs: Outputs) -> dict[str, str]:
    return {name: alert["story_id"] for name, alert in outputs.alerts.items()}


def _shuffled(events: Sequence[Record], seed: int) -> list[Record]:
    return Random(seed).sample(events, len(events))  # noqa: S311 - the same orders every time


def _dirty(labelled: LabelledSet, loaded: Assets, scope: Scope) -> Rows:
    """Dirtier versions, of which only the text is scored."""
    events = {event["id"]: event for event in labelled.events if "id" in event}
    texts = {gold["id"]: {"id": gold["id"], "text": gold.get("text")} for gold in labelled.gold}
    dirty = [item for item in labelled.dirty if item["id"] in texts and scope.scores(item["id"])]
    raw = [events.get(item["id"], {}) | {"id": item["id"], "body": item["raw"], "content_type": None} for item in dirty]
    return article_rows([texts[item["id"]] for item in dirty], replayed(raw, loaded), scope.groups)


def _pairs(labelled: LabelledSet, loaded: Assets, scope: Scope) -> Rows:
    """Pairs at the threshold of alerts, and at one of their own that the other pairs choose, or all of them."""
    probabilities = judge(labelled.docs, labelled.pairs, loaded.lexicon, loaded.desk.stories)
    scored = [scope.scores(pair["a"]) for pair in labelled.pairs]
    choosing = [place for place, own in enumerate(scored) if scope.held_out is None or not own]
    own = best_threshold([probabilities[place] for place in choosing], [bool(labelled.pairs[place]["same"]) for place in choosing])
    kept = [place for place, own in enumerate(scored) if own]
    rows = partial(
        pair_rows,
        [labelled.pairs[place] for place in kept],
        [probabilities[place] for place in kept],
        groups=[scope.groups[labelled.pairs[place]["a"]] for place in kept],
    )
    return {"pairs": rows(threshold=loaded.desk.stories.threshold), "pairs_own_threshold": rows(threshold=own)}


def replayed(events: Iterable[Record], loaded: Assets) -> Outputs:
    """What the pipeline makes of raw articles, in this order."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        run((Input(json.dumps(event).encode(), "evaluation") for event in events), loaded, folder, lambda _: None)
        return Outputs(*(_by_article(folder / f"{topic}.jsonl") for topic in ("clean", "classified", "alerts")))


def _by_article(path: Path) -> dict[str, Record]:
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    return {record["article_id"]: record for record in records}
