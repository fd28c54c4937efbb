"""Runs articles through the stages up to the one that is asked for, and keeps what each stage made of that one."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import orjson

from streams import topics
from streams.assets import Assets
from streams.codec import Record, decode
from streams.core.alert import event_time, own_telling
from streams.core.document import read
from streams.core.lexicon import scan
from streams.core.records import Alert, ClassifiedArticle, CleanArticle, MineralArticle, RawArticle, Rejected
from streams.core.stories import COMPARED, StoryIndex
from streams.core.tellings import Telling, same_story
from streams.errors import LodestreamError
from streams.inputs import Input
from streams.topology import STAGES, Context, Origin, Result, Stage, attempt, process

R = TypeVar("R", bound=Record)

STATELESS = tuple(stage for stage in STAGES if not stage.stateful)
STATEFUL = tuple(stage for stage in STAGES if stage.stateful)


@dataclass(frozen=True, slots=True)
class Nearby:
    """A story that the article was compared with."""

    probability: float
    """That both tell the same event."""
    least: float
    """The probability from which on they count as the same."""
    latest: Alert
    """The story's last alert."""
    closest: Telling
    """The telling of it that is most like the article's."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One article's way through the stages; None is what no stage made."""

    name: str
    """Where it stands, for people: a file, or a file and a line."""
    earlier: int
    """Articles of the input before it."""
    raw: RawArticle | None
    refused: tuple[str, Rejected] | None
    """The stage that refused it, and why."""
    clean: CleanArticle | None
    classified: ClassifiedArticle | None
    minerals: MineralArticle | None
    alert: Alert | None
    told: Alert | None
    """The earlier alert of an article that was told already."""
    telling: Telling | None
    """Its telling of its story; None where no mineral was found."""
    nearby: tuple[Nearby, ...]
    """The stories that it was compared with, likeliest first."""


def follow(events: Iterable[Input], wanted: str | None, loaded: Assets, progress: Callable[[int], None]) -> Trace:
    """The way of the article that is wanted, or of the first; those before it are told first, so that its story is right.

    `wanted` is the article's id, its url, or where it stands (`file:line`). Raises LodestreamError where there is none.
    """
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    alerts: list[Alert] = []
    for offset, event in enumerate(events):
        origin = Origin(topics.RAW, 0, offset, None, event.value, (), None)
        results: dict[str, Result] = {}

        def keep(stage: Stage, call: Callable[[], Result], results: dict[str, Result] = results) -> Result:
            results[stage.name] = call()
            return results[stage.name]

        process(STATELESS, origin, context, keep)
        if wanted is None or wanted in names(event, results):
            return traced(event, results, origin, context, alerts)
        for article in made(results, MineralArticle):
            for stage in STATEFUL:
                alerts += made({stage.name: attempt(stage, article, origin, context, [])}, Alert)
        progress(offset + 1)
    raise LodestreamError(
        f"no article {wanted or ''} in the input: name one by its id, its url, or as FILE:LINE".replace("  ", " ")
    )


def traced(event: Input, results: dict[str, Result], origin: Origin, context: Context, alerts: list[Alert]) -> Trace:
    """The trace of an article, of which the stateless stages made these results; runs the others."""
    article = next(made(results, MineralArticle), None)
    telling = telling_of(article, context) if article else None
    nearby = compared(article, telling, context) if article and telling else ()
    if article:
        results |= {stage.name: attempt(stage, article, origin, context, []) for stage in STATEFUL}
    raw = decode(event.value, RawArticle)
    refusals = ((name, result) for name, result in results.items() if isinstance(result, Rejected))
    return Trace(
        name=event.name,
        earlier=origin.offset,
        raw=None if isinstance(raw, Rejected) else raw,
        refused=next(refusals, None),
        clean=next(made(results, CleanArticle), None),
        classified=next(made(results, ClassifiedArticle), None),
        minerals=article,
        alert=next(made(results, Alert), None),
        told=next((alert for alert in alerts if article and same(alert, article)), None),
        telling=telling,
        nearby=nearby,
    )


def telling_of(article: MineralArticle, context: Context) -> Telling:
    """The telling by which the alert stage looks for the story."""
    document, desk = read(article.title, article.text), context.assets.desk
    return own_telling(article, document, scan(desk.lexicon, document), desk, event_time(article, None))[1]


def compared(article: MineralArticle, telling: Telling, context: Context) -> tuple[Nearby, ...]:
    """The stories that the alert stage is about to compare it with."""
    model = context.assets.desk.stories
    found = [
        Nearby(
            probability,
            model.threshold,
            story.latest,
            max(story.tellings[-COMPARED:], key=lambda other: same_story(telling, other, model)),
        )
        for probability, story in context.index.compared(article.primary_mineral, telling)
    ]
    return tuple(sorted(found, key=lambda near: (-near.probability, near.latest.story_id)))


def same(alert: Alert, article: MineralArticle) -> bool:
    """Whether an alert was about this article, or the same content under another id."""
    source = alert.sources[-1]
    return (article.source, article.article_id) == (source.source, source.id) or article.content_hash == source.content_hash


def made(results: dict[str, Result], cls: type[R]) -> Iterator[R]:
    """The records of a type among the results."""
    return (record for result in results.values() if not isinstance(result, Rejected) for record in result if type(record) is cls)


def names(event: Input, results: dict[str, Result]) -> set[object]:
    """By what an article may be asked for: where it stands, its id, its url; those of a refused record too, where it has any."""
    found: set[object] = {event.name, *(article.article_id for article in made(results, CleanArticle))}
    with suppress(orjson.JSONDecodeError):
        record = orjson.loads(event.value)
        found |= (
            {value for value in (record.get("id"), record.get("url")) if isinstance(value, str)}
            if isinstance(record, dict)
            else set()
        )
    return found
