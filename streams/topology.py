"""The table of stages and the table of sinks: which record comes from where, who turns it into what, where that goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, NamedTuple

from streams import topics
from streams.assets import Assets
from streams.codec import Record, decode, encode, rfc3339
from streams.core.alert import alert, event_time
from streams.core.classify import classify
from streams.core.clean import clean
from streams.core.detect import detect
from streams.core.lexicon import partition_key
from streams.core.records import Alert, ClassifiedArticle, CleanArticle, MineralArticle, RawArticle, Rejected
from streams.core.stories import StoryIndex
from streams.deadline import STAGE_LIMIT, StageTimeoutError
from streams.kafka import MAX_RECORD_BYTES

Headers = tuple[tuple[str, bytes], ...]
Records = tuple[Record, ...]

MAX_ERROR_CHARACTERS = 500
"""Longest `dl_error`: what is wrong is said at the start."""

MAX_LETTER_BYTES = MAX_RECORD_BYTES - 4096
"""Largest original that fits into a record beside the reason of its refusal. Kafka takes larger ones, up to its own limit or
compressed, and a refusal that it does not take would stop the worker again and again."""

END_OF_TIME_MS = int(datetime.max.replace(tzinfo=UTC).timestamp()) * 1000
"""The last Kafka timestamp that is a date, in the year 9999."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage may look at beside its record."""

    assets: Assets
    index: StoryIndex
    """The stories of the record's partition; only the alert stage touches it."""
    received_at: datetime | None
    """When the raw record reached Kafka; None in `replay`."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One row of the table of stages."""

    name: str
    source: str
    """The topic it reads."""
    record: type[Record]
    """The record it takes."""
    run: Callable[[Any, Context], Records | Rejected]
    stateful: bool = False
    """Whether it reads and changes the story index: such a stage is never chained behind another."""


@dataclass(frozen=True)
class Sink:
    """Where the records of one type go."""

    topic: str
    key: Callable[[Any, Assets], str]
    identify: Callable[[Any], str]
    headers: Callable[[Any], Headers] = lambda _: ()

    @cached_property
    def fixed(self) -> Headers:
        """The headers that all of its records have."""
        return (
            ("ce_specversion", b"1.0"),
            ("ce_type", f"lodestream.{self.topic}.v1".encode()),
            ("ce_source", b"lodestream"),
            ("content-type", b"application/json"),
        )


class Origin(NamedTuple):
    """A record as it came from Kafka."""

    topic: str
    """Without the prefix."""
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None


class Message(NamedTuple):
    """A record on its way to Kafka."""

    topic: str
    """Without the prefix."""
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None
    """That of the raw record: latency and event time are counted from there."""


def run_clean(article: RawArticle, context: Context) -> Records | Rejected:
    """Raw article to clean article."""
    result = clean(article, context.assets.cleaner)
    return result if isinstance(result, Rejected) else (result,)


def run_classify(article: CleanArticle, context: Context) -> Records:
    """Clean article to classified article, and to mineral article where a critical mineral is found."""
    classified = classify(article, context.assets.topics)
    minerals = detect(classified, context.assets.lexicon, context.assets.events)
    return (classified, minerals) if minerals else (classified,)


def run_alert(article: MineralArticle, context: Context) -> Records:
    """Mineral article to alert, where it is one; the index learns what was told."""
    told = alert(article, context.index, context.assets.desk, context.received_at)
    if told is None:
        return ()
    STAGE_LIMIT.lift()
    context.index.add(told, event_time(article, context.received_at))
    return (told,)


def mineral_key(record: MineralArticle | Alert, assets: Assets) -> str:
    """The primary mineral or its family: everything about it meets in one partition."""
    return partition_key(assets.lexicon, record.primary_mineral)


STAGES = (
    Stage("clean", topics.RAW, RawArticle, run_clean),
    Stage("classify", topics.CLEAN, CleanArticle, run_classify),
    Stage("alert", topics.MINERALS, MineralArticle, run_alert, stateful=True),
)

SINKS: dict[type[Record], Sink] = {
    CleanArticle: Sink(topics.CLEAN, lambda article, _: article.article_id, lambda article: article.article_id),
    ClassifiedArticle: Sink(topics.CLASSIFIED, lambda article, _: article.article_id, lambda article: article.article_id),
    MineralArticle: Sink(topics.MINERALS, mineral_key, lambda article: article.article_id),
    Alert: Sink(
        topics.ALERTS,
        mineral_key,
        lambda told: told.alert_id,
        lambda told: (
            ("mineral", told.primary_mineral.encode()),
            ("severity", told.severity.encode()),
            ("kind", told.kind.encode()),
            ("story_id", told.story_id.encode()),
        ),
    ),
}


def chains(names: Sequence[str]) -> list[tuple[Stage, ...]]:
    """Group the named stages into chains: a stage joins the one before it when it takes that one's records and keeps no state."""
    grouped: list[tuple[Stage, ...]] = []
    for stage in STAGES:
        if stage.name not in names:
            continue
        if grouped and not stage.stateful and grouped[-1][-1] is STAGES[STAGES.index(stage) - 1]:
            grouped[-1] += (stage,)
        else:
            grouped.append((stage,))
    return grouped


Result = Records | Rejected
Observe = Callable[[Stage, Callable[[], Result]], Result]


def unobserved(_: Stage, call: Callable[[], Result]) -> Result:
    """Run a stage and look away."""
    return call()


def process(chain: Sequence[Stage], origin: Origin, context: Context, observe: Observe = unobserved) -> list[Message]:
    """What is to be published for one record: the results of every stage of the chain, dead letters included. Never raises."""
    messages: list[Message] = []
    waiting: list[Record | Rejected] = [decode(origin.value, chain[0].record)]
    for stage in chain:
        produced: list[Record | Rejected] = []
        for record in waiting:
            if type(record) in (Rejected, stage.record):
                result = observe(stage, partial(attempt, stage, record, origin, context, messages))
                if isinstance(result, Rejected):
                    messages.append(dead_letter(stage, result, origin))
                else:
                    produced.extend(result)
        waiting = produced
    return messages


def attempt(stage: Stage, record: Record | Rejected, origin: Origin, context: Context, messages: list[Message]) -> Result:
    """Run one stage on a record and add the messages of all its results, or of none.

    What that raises is a refusal, and so is a run that takes too long: the fault of one article stops no other.
    """
    if isinstance(record, Rejected):
        return record
    made: list[Message] = []
    try:
        with STAGE_LIMIT:
            result = stage.run(record, context)
            if not isinstance(result, Rejected):
                made = [message(output, record, origin, context) for output in result]
    except StageTimeoutError as error:
        STAGE_LIMIT.lift()  # should the last tick have come within `__exit__`
        return Rejected("stage_timeout", f"{stage.name}: {error}")
    except Exception as error:  # noqa: BLE001 - whatever a stage raises is about this article
        return Rejected("stage_error", f"{type(error).__name__}: {error}")
    messages += made
    return result


def message(record: Record, parent: Record | Rejected, origin: Origin, context: Context) -> Message:
    """The message that carries a record, with the headers of CloudEvents' binary mode."""
    sink = SINKS[type(record)]
    dated = record if isinstance(record, CleanArticle) else parent
    at = event_time(dated, context.received_at) if isinstance(dated, CleanArticle) else context.received_at
    return Message(
        topic=sink.topic,
        key=sink.key(record, context.assets).encode(),
        value=encode(record),
        headers=(
            *sink.fixed,
            ("ce_id", sink.identify(record).encode()),
            *((("ce_time", rfc3339(at)),) if at else ()),
            *sink.headers(record),
        ),
        timestamp_ms=origin.timestamp_ms,
    )


def dead_letter(stage: Stage, rejected: Rejected, origin: Origin) -> Message:
    """The original record, untouched, with the reason in its headers; one too large for that is left where `dl_offset` says."""
    received_at = moment(origin.timestamp_ms)
    key, value, headers = origin.key, origin.value, origin.headers
    size = len(key or b"") + len(value or b"") + sum(len(name.encode()) + len(content or b"") for name, content in headers)
    if size > MAX_LETTER_BYTES:
        key, value, headers = None, b"", (("dl_left_out", str(size).encode()),)
    return Message(
        topic=topics.DEAD_LETTER,
        key=key,
        value=b"" if key is None and value is None else value,  # clients refuse a record with neither
        headers=(
            *headers,
            ("dl_stage", stage.name.encode()),
            ("dl_reason", rejected.reason.encode()),
            ("dl_error", rejected.error[:MAX_ERROR_CHARACTERS].encode(errors="backslashreplace")),
            ("dl_topic", origin.topic.encode()),
            ("dl_partition", str(origin.partition).encode()),
            ("dl_offset", str(origin.offset).encode()),
            *((("dl_time", rfc3339(received_at)),) if received_at else ()),
        ),
        timestamp_ms=origin.timestamp_ms,
    )


def moment(timestamp_ms: int | None) -> datetime | None:
    """A Kafka timestamp as a time; None when the record has none, or one that no calendar reaches: producers may send any."""
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC) if timestamp_ms and 0 < timestamp_ms < END_OF_TIME_MS else None
