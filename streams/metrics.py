"""Every metric of the contract, and the wrapper that observes a stage from outside."""

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from streams import __version__
from streams.core.records import Alert, ClassifiedArticle, MineralArticle, Rejected
from streams.topology import Result, Stage

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter and histogram, that no panel uses

STAGE_BUCKETS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)
LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.4, 0.6, 1, 2.5, 5, 15, 60, 300, 3600)

ARTICLES = Counter(
    "lodestream_articles_total",
    "Records that a stage finished, by outcome: passed, quiet (nothing to tell), rejected.",
    ["stage", "outcome"],
)
STAGE_SECONDS = Histogram("lodestream_stage_seconds", "Time that a stage took for one record.", ["stage"], buckets=STAGE_BUCKETS)
ARTICLE_LATENCY = Histogram(
    "lodestream_article_latency_seconds",
    "From the raw record's Kafka timestamp until Kafka acknowledged all that a stage made of it.",
    ["stage"],
    buckets=LATENCY_BUCKETS,
)
ALERT_LATENCY = Histogram(
    "lodestream_alert_latency_seconds",
    "From the raw record's Kafka timestamp until its alert was delivered.",
    buckets=LATENCY_BUCKETS,
)
TOPICS = Counter("lodestream_topics_total", "Articles by topic.", ["topic"])
MINERALS = Counter("lodestream_minerals_total", "Articles that name a critical mineral, by mineral.", ["mineral"])
ALERTS = Counter("lodestream_alerts_total", "Alerts decided.", ["kind", "severity"])
DEAD_LETTERS = Counter("lodestream_dead_letters_total", "Refused records.", ["stage", "reason"])
LAG_RECORDS = Gauge("lodestream_consumer_lag_records", "Records that wait in an assigned partition.", ["topic", "partition"])
LAG_SECONDS = Gauge("lodestream_consumer_lag_seconds", "How long the oldest waiting record may have waited.", ["topic"])
UNACKED = Gauge("lodestream_unacked_records", "Records taken whose results Kafka has not acknowledged yet.")
DELIVERIES = Counter("lodestream_deliveries_total", "Records published, by outcome: acknowledged, failed.", ["stage", "outcome"])
TRANSACTIONS = Counter(
    "lodestream_transactions_total", "Transactions of the alert stage, by outcome: committed, failed.", ["outcome"]
)
REBALANCES = Counter("lodestream_rebalances_total", "Times that partitions were assigned anew.")
ASSIGNED = Gauge("lodestream_assigned_partitions", "Partitions this worker reads.", ["topic"])
STORIES = Gauge("lodestream_story_index_size", "Stories that the alert stage remembers.")
RESTORE_SECONDS = Gauge("lodestream_state_restore_seconds", "How long the last restore of a partition's stories took.")
LOOP_LAG = Gauge("lodestream_event_loop_lag_seconds", "How much later than asked a sleeping task woke up.")
BUILD_INFO = Gauge("lodestream_build_info", "Always 1; the versions are in the labels.", ["version", "model"])


Labelled = TypeVar("Labelled", Counter, Gauge, Histogram)


@cache
def child(metric: Labelled, *labels: str) -> Labelled:
    """One series of a metric; kept, because finding it anew costs as much as counting."""
    return metric.labels(*labels)


def describe_build(model: str) -> None:
    """Publish the versions in force, in place of those before."""
    BUILD_INFO.clear()
    BUILD_INFO.labels(__version__, model).set(1)


def observe(stage: Stage, call: Callable[[], Result]) -> Result:
    """Run a stage, time it and count what it made."""
    started = time.perf_counter()
    result = call()
    child(STAGE_SECONDS, stage.name).observe(time.perf_counter() - started)
    if isinstance(result, Rejected):
        child(ARTICLES, stage.name, "rejected").inc()
        child(DEAD_LETTERS, stage.name, result.reason).inc()
        return result
    child(ARTICLES, stage.name, "passed" if result else "quiet").inc()
    for record in result:
        match record:
            case MineralArticle():
                for mineral in record.minerals:
                    child(MINERALS, mineral.id).inc()
            case ClassifiedArticle():
                for topic in record.topics:
                    child(TOPICS, topic).inc()
            case Alert():
                child(ALERTS, record.kind, record.severity).inc()
            case _:
                pass
    return result
