"""What a run of a stage adds to the metrics."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs
from prometheus_client import REGISTRY, CollectorRegistry, Histogram

from streams import __version__, metrics, topics
from streams.core.records import (
    Alert,
    ClassifiedArticle,
    CleanArticle,
    MineralArticle,
    MineralMention,
    RawArticle,
    Rejected,
)
from streams.delivery import observe_latency
from streams.topology import Result, Stage
from tests.unit.fakes import example

STAGE = Stage("measured", topics.RAW, RawArticle, lambda _, __: ())
Change = Callable[..., float]


def value(name: str, labels: dict[str, str]) -> float:
    """The value of a sample; 0 when there is none."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def change() -> Change:
    """By how much a sample has grown since the test last asked for it, or since it began."""
    before = {(sample.name, *sorted(sample.labels.items())): sample.value for each in REGISTRY.collect() for sample in each.samples}

    def since(name: str, **labels: str) -> float:
        return value(name, labels) - before.get((name, *sorted(labels.items())), 0.0)

    return since


def mention(mineral: str) -> MineralMention:
    """A mention of a mineral."""
    return MineralMention(id=mineral, name=mineral, mentions=1, in_title=False, salience=0.5)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [((example(CleanArticle),), "passed"), ((), "quiet"), (Rejected("no_text", "body: empty"), "rejected")],
)
def test_each_record_is_counted_and_timed_once(change: Change, result: Result, outcome: str) -> None:
    """The result is handed on as it is."""
    assert metrics.observe(STAGE, lambda: result) is result
    counts = {name: change("lodestream_articles_total", stage="measured", outcome=name) for name in ("passed", "quiet", "rejected")}
    assert counts == {name: float(name == outcome) for name in counts}
    assert change("lodestream_stage_seconds_count", stage="measured") == 1
    assert change("lodestream_dead_letters_total", stage="measured", reason="no_text") == float(outcome == "rejected")


def test_topics_are_counted_by_classified_article(change: Change) -> None:
    """Once for an article, though a mineral article repeats them."""
    classified = structs.replace(example(ClassifiedArticle), topics=("mining", "politics"))
    mineral = structs.replace(example(MineralArticle), topics=("mining", "politics"), minerals=(mention("tin"), mention("zinc")))
    metrics.observe(STAGE, lambda: (classified, mineral))
    assert [change("lodestream_topics_total", topic=topic) for topic in ("mining", "politics", "sport")] == [1, 1, 0]
    assert [change("lodestream_minerals_total", mineral=name) for name in ("tin", "zinc")] == [1, 1]


def test_alerts_are_counted_by_kind_and_severity(change: Change) -> None:
    """What an editor looks at."""
    told: Any = structs.replace(example(Alert), kind="update", severity="critical")
    metrics.observe(STAGE, lambda: (told,))
    assert change("lodestream_alerts_total", kind="update", severity="critical") == 1


def test_the_time_since_a_record_without_a_time_is_none() -> None:
    """Kafka says -1, which is no moment before 1970."""
    seen = Histogram("seen_seconds", "A test's own.", registry=CollectorRegistry())
    for timestamp_ms in (None, -1, round(time.time() * 1000)):
        observe_latency(seen, timestamp_ms)
    (family,) = seen.collect()
    found = {sample.name: sample.value for sample in family.samples if "le" not in sample.labels}
    assert found["seen_seconds_count"] == 1
    assert found["seen_seconds_sum"] < 60


def test_the_build_is_described() -> None:
    """Version of the program and of the topic model."""
    metrics.describe_build("topics-test")
    assert value("lodestream_build_info", {"version": __version__, "model": "topics-test"}) == 1
    metrics.BUILD_INFO.clear()


@pytest.mark.parametrize("buckets", [metrics.STAGE_BUCKETS, metrics.LATENCY_BUCKETS])
def test_buckets_rise(buckets: tuple[float, ...]) -> None:
    """Prometheus reads them so."""
    assert list(buckets) == sorted(set(buckets))
