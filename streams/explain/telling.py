"""Explains the story of an alert: new, or which one it updates, and how the article compares with the stories nearby."""

from collections.abc import Iterator

from rich.text import Text

from streams.core.records import Alert
from streams.core.stories import StoryModel
from streams.core.tellings import Telling, compare, likelihood
from streams.explain.section import QUIET, YES, Row, Section, names, plain, weights
from streams.explain.trace import Nearby, Trace
from streams.explain.turning import log_odds

SHOWN = 3
"""Stories shown, at most."""
TERMS = 12
"""Terms in common that are shown, at most."""
LEAST = 0.05
"""What makes less difference, in log-odds, is not shown."""


def story(alert: Alert, telling: Telling, trace: Trace, model: StoryModel) -> Section:
    """The story that an alert tells."""
    rows = [row for near in trace.nearby[:SHOWN] for row in compared(near, telling, model)]
    if not rows:
        earlier = (
            f"none of the {trace.earlier} earlier articles shares" if trace.earlier else "nothing earlier in the input could share"
        )
        rows = [Row("nearby", Text(f"{earlier} a story's terms, countries or events with it", QUIET))]
    chosen = (
        f"update {alert.revision} of story {alert.story_id}, {len(alert.sources)} articles"
        if alert.kind == "update"
        else "a new story"
    )
    return Section("STORY", Text(chosen, YES), rows)


def compared(near: Nearby, telling: Telling, model: StoryModel) -> Iterator[Row]:
    """One story nearby: how likely it is the same, what speaks for and against, and the terms in common."""
    same = near.probability >= near.least
    title = Text.assemble(
        (f"{near.probability:.2f} {'≥' if same else '<'} {near.least:.2f}  ", YES if same else QUIET),
        plain(near.latest.title or near.latest.article_id),
        (f"  story {near.latest.story_id}", QUIET),
    )
    yield Row("same" if same else "other", title, "bold")
    row = compare(telling, near.closest, model)
    now = log_odds(likelihood(row, model))
    parts = [(f"{name} {value:.2g}", now - log_odds(likelihood({**row, name: 0.0}, model))) for name, value in row.items() if value]
    yield Row("  because", weights(sorted((part for part in parts if abs(part[1]) >= LEAST), key=lambda part: -abs(part[1]))))
    shared = sorted(telling.weights.keys() & near.closest.weights.keys(), key=lambda term: (-telling.weights[term], term))
    yield Row("  in common", names(shared[:TERMS]) if shared else Text("no terms", QUIET))
