"""The tables of stages and sinks, and what is published for a record."""

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec import structs

from streams import topics
from streams.assets import Assets
from streams.codec import decode, encode
from streams.core.records import Alert, ClassifiedArticle, CleanArticle, MineralArticle, RawArticle, Reason, Rejected
from streams.core.stories import StoryIndex
from streams.kafka import MAX_RECORD_BYTES
from streams.topology import MAX_ERROR_CHARACTERS, SINKS, STAGES, Context, Message, Result, Stage, chains, moment, process
from tests.unit.fakes import COPY, example, origin, raw

if TYPE_CHECKING:
    from streams.topology import Records

ARRIVED = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
ARRIVED_MS = int(ARRIVED.timestamp()) * 1000


@pytest.fixture
def context(loaded: Assets) -> Context:
    """A partition without stories."""
    return Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), ARRIVED)


def yields(*records: Any, name: str = "fake") -> Stage:  # noqa: ANN401 - any records
    """A stage that makes the same of every raw article."""
    return Stage(name, topics.RAW, RawArticle, lambda _, __: records)


def raises(error: Exception) -> Stage:
    """A stage that fails."""

    def run(_: object, __: Context) -> "Records":
        raise error

    return Stage("broken", topics.RAW, RawArticle, run)


def headers(message: Message) -> dict[str, str]:
    """The headers of a message as text."""
    return {name: value.decode() for name, value in message.headers}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), []),
        (("clean",), ["clean"]),
        (("classify",), ["classify"]),
        (("alert",), ["alert"]),
        (("clean", "classify"), ["clean-classify"]),
        (("clean", "alert"), ["clean", "alert"]),
        (("classify", "alert"), ["classify", "alert"]),
        (("clean", "classify", "alert"), ["clean-classify", "alert"]),
    ],
)
def test_stages_that_follow_each_other_are_chained_but_the_one_with_state_stands_alone(
    names: tuple[str, ...], expected: list[str]
) -> None:
    """A hop over Kafka is spared where it can be; stories need the partition of their mineral. Order of names is no matter."""
    for order in itertools.permutations(names):
        assert ["-".join(stage.name for stage in chain) for chain in chains(order)] == expected


def test_the_tables_fit_together() -> None:
    """Each stage reads a topic that carries its record: the raw one, or one that a stage before it writes."""
    written: dict[str, type] = {sink.topic: cls for cls, sink in SINKS.items()} | {topics.RAW: RawArticle}
    for stage in STAGES:
        assert written[stage.source] is stage.record
    assert {*written, topics.DEAD_LETTER} == {topic.name for topic in topics.TOPICS}


def test_a_record_is_published_with_cloud_events_headers(context: Context) -> None:
    """Subscribers of any kind know where a record belongs without parsing it."""
    article = example(ClassifiedArticle)
    (message,) = process([yields(article)], origin(raw("x")), context)
    assert message.topic == "articles.classified"
    assert message.key == article.article_id.encode()
    assert decode(message.value, ClassifiedArticle) == article
    assert article.published_at is not None
    assert headers(message) == {
        "ce_specversion": "1.0",
        "ce_id": article.article_id,
        "ce_type": "lodestream.articles.classified.v1",
        "ce_source": "lodestream",
        "ce_time": article.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content-type": "application/json",
    }


def test_an_alert_can_be_filtered_by_its_headers(context: Context) -> None:
    """Mineral, severity, kind and story are in the headers; its time is that of its article."""
    told = example(Alert)
    article = structs.replace(example(MineralArticle), published_at=ARRIVED - timedelta(hours=1))
    stage = Stage("alert", topics.MINERALS, MineralArticle, lambda _, __: (told,), stateful=True)
    (message,) = process([stage], origin(encode(article)), context)
    assert message.topic == "alerts.critical-minerals"
    found = headers(message)
    assert {name: found[name] for name in ("mineral", "severity", "kind", "story_id", "ce_id", "ce_time")} == {
        "mineral": told.primary_mineral,
        "severity": told.severity,
        "kind": told.kind,
        "story_id": told.story_id,
        "ce_id": told.alert_id,
        "ce_time": "2026-03-18T08:00:00Z",
    }


@pytest.mark.parametrize(
    ("mineral", "key"), [("lithium", "lithium"), ("neodymium", "ree"), ("dysprosium", "ree"), ("palladium", "pgm")]
)
def test_articles_and_alerts_on_one_mineral_or_its_family_share_a_key(context: Context, mineral: str, key: str) -> None:
    """Stories are told in one partition: rare earths together, platinum metals together."""
    article = structs.replace(example(MineralArticle), primary_mineral=mineral)
    told = structs.replace(example(Alert), primary_mineral=mineral)
    messages = process([yields(article, told)], origin(raw("x")), context)
    assert [message.key for message in messages] == [key.encode()] * 2
    assert headers(messages[1])["mineral"] == mineral


@pytest.mark.parametrize(
    ("published", "fetched", "expected"),
    [
        (ARRIVED - timedelta(days=2), ARRIVED - timedelta(days=1), "2026-03-16T09:00:00Z"),
        (None, ARRIVED - timedelta(days=1), "2026-03-17T09:00:00Z"),
        (None, None, "2026-03-18T09:00:00Z"),
        (datetime(2026, 3, 18, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))), None, "2026-03-17T21:00:00Z"),
    ],
)
def test_the_time_is_that_of_the_event_as_far_as_it_is_known(
    context: Context, published: datetime | None, fetched: datetime | None, expected: str
) -> None:
    """Published, else fetched, else received; in UTC."""
    article = structs.replace(example(CleanArticle), published_at=published, fetched_at=fetched)
    (message,) = process([yields(article)], origin(raw("x")), context)
    assert headers(message)["ce_time"] == expected


def test_no_time_is_invented(context: Context) -> None:
    """Without any there is no header: no clock is read."""
    article = structs.replace(example(CleanArticle), published_at=None, fetched_at=None)
    (message,) = process([yields(article)], origin(raw("x"), timestamp_ms=None), replace(context, received_at=None))
    assert "ce_time" not in headers(message)


def test_the_kafka_timestamp_is_carried_on(context: Context) -> None:
    """Latency is counted from the raw record, over all stages."""
    found = [
        *process([COPY], origin(raw("2"), timestamp_ms=ARRIVED_MS), context),
        *process([COPY], origin(b"", timestamp_ms=ARRIVED_MS), context),
    ]
    assert [message.timestamp_ms for message in found] == [ARRIVED_MS] * 3


def test_a_refused_record_is_kept_to_the_byte(context: Context) -> None:
    """Key, value and headers are as received; why is in further headers."""
    refused = origin(b"\xff\x00 no json", offset=41, timestamp_ms=ARRIVED_MS)._replace(key=b"\xfe", headers=(("trace", b"\xfd"),))
    (message,) = process(STAGES[:1], refused, context)
    assert (message.topic, message.key, message.value) == ("articles.dead-letter", b"\xfe", b"\xff\x00 no json")
    assert message.headers[0] == ("trace", b"\xfd")
    assert {name: value.decode() for name, value in message.headers[1:]} == {
        "dl_stage": "clean",
        "dl_reason": "invalid_utf8",
        "dl_error": "record: byte 0xff at offset 0 is no UTF-8",
        "dl_topic": "articles.raw",
        "dl_partition": "3",
        "dl_offset": "41",
        "dl_time": "2026-03-18T09:00:00Z",
    }


@pytest.mark.parametrize("large", ["key", "value", "headers"])
def test_a_refused_record_that_fits_no_dead_letter_stays_where_it_is(context: Context, large: str) -> None:
    """Kafka would not take it back, and the worker could never go on."""
    at_limit, beyond = (refuse(context, large, MAX_RECORD_BYTES - size) for size in (10_000, 100))
    assert at_limit.value or at_limit.key or dict(at_limit.headers)["large"]
    told = dict(beyond.headers)
    assert (beyond.key, beyond.value) == (None, b"")
    assert int(told["dl_left_out"]) >= MAX_RECORD_BYTES - 100
    assert (told["dl_topic"], told["dl_partition"], told["dl_offset"]) == (topics.RAW.encode(), b"3", b"0")
    assert sum(len(content) for content in told.values()) < 1000


def refuse(context: Context, large: str, size: int) -> Message:
    """The dead letter of a record that is no article and has one large part."""
    parts: dict[str, Any] = {"key": None, "value": None, "headers": ()}
    parts[large] = (("large", b"x" * size),) if large == "headers" else b"x" * size
    (message,) = process(STAGES[:1], origin(b"")._replace(**parts), context)
    return message


def test_a_record_without_key_value_and_time_is_refused(context: Context) -> None:
    """A tombstone is no article; Kafka's clients take no record of neither key nor value, so its dead letter is empty."""
    empty = origin(b"", timestamp_ms=None)._replace(key=None, value=None, headers=())
    (message,) = process(STAGES[:1], empty, context)
    assert (message.key, message.value, message.timestamp_ms) == (None, b"", None)
    assert headers(message)["dl_reason"] == "invalid_json"
    assert "dl_time" not in headers(message)


def test_what_a_stage_refuses_is_a_dead_letter_of_that_stage(context: Context) -> None:
    """The reason is the stage's."""
    stage = Stage("picky", topics.RAW, RawArticle, lambda _, __: Rejected("no_text", "body: empty"))
    (message,) = process([stage], origin(raw("x")), context)
    assert {name: headers(message)[name] for name in ("dl_stage", "dl_reason", "dl_error")} == {
        "dl_stage": "picky",
        "dl_reason": "no_text",
        "dl_error": "body: empty",
    }


@pytest.mark.parametrize("error", [ValueError("no such thing"), RecursionError("too deep"), KeyError("\ud800"), AssertionError()])
def test_a_stage_that_raises_refuses_the_record(context: Context, error: Exception) -> None:
    """A mistake of ours costs one article, not the service: the error is on the dead letter, which can be sent again."""
    (message,) = process([raises(error)], origin(raw("x")), context)
    assert headers(message)["dl_reason"] == "stage_error"
    assert headers(message)["dl_error"].startswith(f"{type(error).__name__}: ")
    assert message.value == raw("x")


def test_the_error_on_a_dead_letter_is_short(context: Context) -> None:
    """A header holds no article."""
    (message,) = process([raises(ValueError("x" * 10_000))], origin(raw("x")), context)
    assert len(headers(message)["dl_error"]) == MAX_ERROR_CHARACTERS


@pytest.mark.parametrize(
    "changes",
    [
        {"published_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))},
        {"published_at": datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=5)))},
        {"text": "\ud800"},
        {"article_id": "\ud800"},
        {"removed": {"lines": object()}},
    ],
)
def test_a_result_that_cannot_be_published_refuses_the_record(context: Context, changes: dict[str, Any]) -> None:
    """All results of a stage are published or none: the record ends in exactly one place."""
    good = example(CleanArticle)
    (message,) = process([yields(good, structs.replace(good, **changes))], origin(raw("x")), context)
    assert (message.topic, headers(message)["dl_reason"]) == ("articles.dead-letter", "stage_error")


def test_the_fault_of_one_result_does_not_stop_the_others(context: Context) -> None:
    """Of several records that a stage made, those that the next one can take go on; all share the origin."""

    def picky(article: CleanArticle, _: Context) -> "Records | Rejected":
        return Rejected("no_text", "text: odd") if article.article_id == "copy-1" else (example(ClassifiedArticle),)

    found = process([COPY, Stage("next", topics.CLEAN, CleanArticle, picky)], origin(raw("3")), context)
    assert [message.topic for message in found] == [
        *["articles.clean"] * 3,
        "articles.classified",
        "articles.dead-letter",
        "articles.classified",
    ]
    assert headers(found[4])["dl_stage"] == "next"
    assert found[4].value == raw("3")


def test_what_the_next_stage_does_not_take_is_published_and_goes_no_further(context: Context) -> None:
    """A stage may yield records of several types."""
    seen: list[str] = []

    def look(record: CleanArticle, _: Context) -> "Records":
        seen.append(type(record).__name__)
        return ()

    first = yields(example(ClassifiedArticle), example(CleanArticle))
    found = process([first, Stage("next", topics.CLEAN, CleanArticle, look)], origin(raw("x")), context)
    assert len(found) == 2
    assert seen == ["CleanArticle"]


def test_every_run_of_a_stage_is_observed(context: Context) -> None:
    """Metrics wrap stages from outside, refusals of the decoder included."""
    seen: list[tuple[str, Result]] = []

    def observe(stage: Stage, call: Callable[[], Result]) -> Result:
        seen.append((stage.name, call()))
        return seen[-1][1]

    process([COPY], origin(raw("2")), context, observe)
    process([COPY], origin(raw("many")), context, observe)
    process([COPY], origin(b""), context, observe)
    assert [name for name, _ in seen] == ["copy"] * 3
    assert isinstance(seen[0][1], tuple)
    assert [each.reason for _, each in seen[1:] if isinstance(each, Rejected)] == ["stage_error", "invalid_json"]


@pytest.mark.parametrize("chain", chains([stage.name for stage in STAGES]), ids=lambda chain: chain[0].name)
@given(
    value=st.one_of(
        st.binary(max_size=50),
        st.fixed_dictionaries(
            {"body": st.text(max_size=200)},
            optional=dict.fromkeys(RawArticle.__struct_fields__[1:], st.text(max_size=30) | st.just("2026-01-01")),
        ).map(lambda fields: json.dumps(fields).encode()),
    ),
    timestamp_ms=st.none() | st.integers(-(2**63), 2**63 - 1),
)
@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_arrives_ends_in_exactly_one_place(
    context: Context, chain: Sequence[Stage], value: bytes, timestamp_ms: int | None
) -> None:
    """The real stages: classified, or refused with a reason of the list; any bytes, any timestamp."""
    context = replace(context, received_at=moment(timestamp_ms))
    found = process(chain, origin(value, timestamp_ms=timestamp_ms), context)
    ends = [message for message in found if message.topic in (topics.CLASSIFIED, topics.ALERTS, topics.DEAD_LETTER)]
    assert len(ends) == 1
    if ends[0].topic == topics.DEAD_LETTER:
        assert ends[0].value == value
        assert headers(ends[0])["dl_reason"] in get_args(Reason)


def test_an_article_goes_all_the_way(context: Context) -> None:
    """Raw to alert in one process: four records; told again it is silent, and the index has learnt it."""
    body = (
        "China will issue no export licences for antimony metal or antimony ore until the end of the year, the commerce ministry "
        "said on Wednesday.\nThe country refines close to half of the world's antimony, and prices rose by a fifth on the day."
    )
    value = json.dumps({"id": "a", "title": "China halts antimony exports", "published_at": "2026-03-18", "body": body}).encode()
    first = process(STAGES, origin(value), context)
    assert [message.topic for message in first] == [
        "articles.clean",
        "articles.classified",
        "articles.minerals",
        "alerts.critical-minerals",
    ]
    assert len(context.index) == 1
    assert process(STAGES, origin(value), context) == first[:3]


@pytest.mark.parametrize("timestamp_ms", [None, 0, -1, 2**63 - 1, 253_402_300_800_000])
def test_a_timestamp_that_is_no_date_is_none(timestamp_ms: int | None) -> None:
    """Producers may send any number."""
    assert moment(timestamp_ms) is None


def test_a_timestamp_is_a_time_in_utc() -> None:
    """Milliseconds since 1970."""
    assert moment(ARRIVED_MS) == ARRIVED
    assert moment(ARRIVED_MS + 7) == ARRIVED + timedelta(milliseconds=7)
    assert moment(253_402_300_798_000) == datetime(9999, 12, 31, 23, 59, 58, tzinfo=UTC)
