"""README's tables say what the program has, and the metrics are those that dashboards rely on."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from streams import metrics
from streams.cli import broker, evaluate
from streams.settings import OTHERS, PREFIX, Settings

README = Path(__file__).parents[2] / "README.md"

PROMISED = {
    "lodestream_articles_total": ("stage", "outcome"),
    "lodestream_stage_seconds": ("stage",),
    "lodestream_article_latency_seconds": ("stage",),
    "lodestream_alert_latency_seconds": (),
    "lodestream_topics_total": ("topic",),
    "lodestream_minerals_total": ("mineral",),
    "lodestream_alerts_total": ("kind", "severity"),
    "lodestream_dead_letters_total": ("stage", "reason"),
    "lodestream_consumer_lag_records": ("topic", "partition"),
    "lodestream_consumer_lag_seconds": ("topic",),
    "lodestream_unacked_records": (),
    "lodestream_deliveries_total": ("stage", "outcome"),
    "lodestream_transactions_total": ("outcome",),
    "lodestream_rebalances_total": (),
    "lodestream_assigned_partitions": ("topic",),
    "lodestream_story_index_size": (),
    "lodestream_state_restore_seconds": (),
    "lodestream_event_loop_lag_seconds": (),
    "lodestream_build_info": ("version", "model"),
}
"""Names and labels that dashboards and alert rules use: taking one away breaks them."""

KINDS: dict[type[MetricWrapperBase], str] = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}


def declared() -> dict[str, MetricWrapperBase]:
    """The metrics of the program by the name that they are shown under."""
    found = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    return {metric._name + ("_total" if isinstance(metric, Counter) else ""): metric for metric in found}


def in_readme(name: str) -> str:
    """What stands between two markers of README."""
    _, opening, rest = README.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    content, closing, _ = rest.partition(f"<!-- /{name} -->")
    assert opening, f"README has no <!-- {name} -->"
    assert closing, f"README has no <!-- /{name} -->"
    return content


def table(headings: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)


def setting_rows() -> Iterator[Sequence[str]]:
    """A row for each variable: name, default, meaning."""
    for item in fields(Settings):
        yield f"`{PREFIX}{item.name.upper()}`", f"`{item.default}`" if item.default != "" else "", item.metadata["doc"]
    for option in (*broker.params, *evaluate.params):
        if option.envvar in OTHERS:
            yield f"`{option.envvar}`", f"`{option.default}`" if isinstance(option.default, str) else "", OTHERS[str(option.envvar)]


def metric_rows() -> Iterator[Sequence[str]]:
    """A row for each metric: name, kind, labels, meaning."""
    for name, metric in declared().items():
        yield f"`{name}`", KINDS[type(metric)], ", ".join(f"`{label}`" for label in metric._labelnames), metric._documentation


def test_readme_lists_every_setting() -> None:
    """With its default and meaning, in the order of `check-config`."""
    wanted = table(("variable", "default", "meaning"), setting_rows())
    assert in_readme("settings") == wanted, f"put this between the markers of README:\n{wanted}"
    assert wanted.count("\n") == 2 + len(fields(Settings)) + len(OTHERS)


def test_readme_lists_every_metric() -> None:
    """With its labels and meaning."""
    wanted = table(("metric", "kind", "labels", "meaning"), metric_rows())
    assert in_readme("metrics") == wanted, f"put this between the markers of README:\n{wanted}"


def test_every_setting_says_what_it_is_for() -> None:
    """In a form that fits a table."""
    for item in fields(Settings):
        assert item.metadata["doc"].strip()
        assert "|" not in item.metadata["doc"]


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_metric_is_there(name: str) -> None:
    """By its name and its labels."""
    assert declared()[name]._labelnames == PROMISED[name]


def test_every_metric_is_promised() -> None:
    """A new metric is a decision: it belongs into the list above, and every label into a bounded set."""
    assert declared().keys() == PROMISED.keys()


@pytest.mark.parametrize("name", PROMISED)
def test_a_metric_is_named_as_its_kind_and_unit_ask(name: str) -> None:
    """Counters end in `_total`, histograms are in seconds."""
    metric = declared()[name]
    assert name.endswith("_total") == isinstance(metric, Counter)
    if isinstance(metric, Histogram):
        assert name.endswith("_seconds")
