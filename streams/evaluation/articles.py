"""What each labelled article adds to the figures, from what the pipeline made of it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from streams.core.records import Severity
from streams.evaluation.measures import BINS, TOPICS, Counts, Row, Rows, harmonic

Record = dict[str, Any]

WORD = re.compile(r"\w+")
RUN = 4
"""Words of a run that is compared, as in the article-extraction benchmark of Scrapinghub."""
SEVERITIES: Sequence[str] = get_args(Severity)
GOOD_TEXT = 0.995
"""A text with a better F1 is no mistake that one would look at."""

FAMILIES = {
    "ree": {
        *("lanthanum", "cerium", "praseodymium", "neodymium", "promethium", "samarium", "europium", "gadolinium", "terbium"),
        *("dysprosium", "holmium", "erbium", "thulium", "ytterbium", "lutetium", "yttrium", "scandium"),
    },
    "pgm": {"platinum", "palladium", "rhodium", "ruthenium", "iridium", "osmium"},
}
"""Families of minerals: beside one of its members a family says nothing more."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The pipeline's records by `article_id`; of several alerts for one article the last."""

    clean: dict[str, Record]
    classified: dict[str, Record]
    alerts: dict[str, Record]


def article_rows(gold: Iterable[Record], outputs: Outputs, groups: dict[str, str]) -> Rows:
    """The rows of all figures that look at one article at a time; an article that is not in the output has no text, no topic."""
    found: Rows = {}
    for label in gold:
        for figure, counts, fault, note in _article(label, outputs):
            row = Row(label["id"], groups[label["id"]], counts, fault, note if fault else "")
            found.setdefault(figure, []).append(row)
    return found


Scored = Iterator[tuple[str, Counts, float, str]]


def _article(label: Record, outputs: Outputs) -> Scored:
    clean = outputs.clean.get(label["id"])
    yield from _refusal(label, clean)
    yield from _texts(label, clean)
    yield from _topics(label, outputs.classified.get(label["id"], {}))
    yield from _alert(label, outputs.alerts.get(label["id"]))


def _refusal(label: Record, clean: Record | None) -> Scored:
    if label.get("expect") == "reject":
        yield "refused", (clean is None, 1), clean is not None, "taken for an article"
    else:
        yield "kept", (clean is not None, 1), clean is None, "refused"


def _texts(label: Record, clean: Record | None) -> Scored:
    if label.get("text") and label.get("expect") != "reject":
        wanted, given = label["text"], clean["text"] if clean else ""
        for figure, length in (("text", RUN), ("words", 1)):
            precision, recall = text_overlap(wanted, given, length)
            f1 = harmonic(precision, recall)
            note = f"precision {precision:.2f}, recall {recall:.2f}"
            yield figure, (precision, recall, 1), 1 - f1 if f1 < GOOD_TEXT else 0, note


def text_overlap(wanted: str, given: str, length: int) -> tuple[float, float]:
    """Precision and recall of the runs of so many words; a text without words has precision 0."""
    a, b = _runs(wanted, length), _runs(given, length)
    both = (a & b).total()
    return both / b.total() if b else 0.0, both / a.total() if a else 1.0


def _runs(text: str, length: int) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text.lower())
    if len(words) < length:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(*(words[start:] for start in range(length)), strict=False))


def _topics(label: Record, classified: Record) -> Scored:
    if label.get("topics") is None:
        return
    for topic in TOPICS:
        if topic in (label.get("scored_topics") or ()):
            wanted, given = topic in label["topics"], topic in classified.get("topics", ())
            score = classified.get("topic_scores", {}).get(topic, 0.0)
            note = f"{topic} {'given' if given else 'missed'} at {score:.2f}"
            yield f"topic_{topic}", agreement(wanted=wanted, given=given), abs(score - wanted) if wanted != given else 0, note
            bins = [0.0] * BINS
            bins[min(int(score * BINS), BINS - 1)] = score - wanted
            yield f"calibration_{topic}", (*bins, 1), 0, ""


def _alert(label: Record, alert: Record | None) -> Scored:
    wanted = label.get("critical")
    if wanted is None:
        return
    score = alert["score"] if alert else 0.0
    note = f"sent at {score:.2f}" if alert else "not sent"
    yield "alerts", agreement(wanted=wanted, given=alert is not None), abs(score - wanted) if wanted != bool(alert) else 0, note
    if wanted and alert:
        yield from _contents(label, alert)


def _contents(label: Record, alert: Record) -> Scored:
    """What a rightly sent alert says."""
    for figure in ("minerals", "countries", "event_types"):
        if label.get(figure):
            wanted, given = ids(label[figure]), ids(alert[figure])
            missed, wrong = sorted(wanted - given), sorted(given - wanted)
            note = "; ".join(f"{word} {', '.join(own)}" for word, own in (("missed", missed), ("wrong", wrong)) if own)
            yield figure, (len(wanted & given), len(wrong), len(missed)), len(wrong) + len(missed), note
    yield from _first("primary_mineral", label.get("primary_mineral"), alert["primary_mineral"])
    yield from _first("main_country", (label.get("countries") or [None])[0], (alert["countries"] or ["none"])[0])
    if label.get("severity") in SEVERITIES:
        steps = abs(SEVERITIES.index(label["severity"]) - SEVERITIES.index(alert["severity"]))
        note = f"{alert['severity']} instead of {label['severity']}"
        yield "severity", (steps <= 1, 1), steps if steps > 1 else 0, note
        yield "severity_exact", (steps == 0, 1), 0, ""
    if label.get("evidence"):
        hit = any(alike(label["evidence"], span["text"]) for span in alert["evidence"])
        yield "evidence", (hit, 1), not hit, "none of the labelled sentence"


def _first(figure: str, wanted: str | None, given: str) -> Scored:
    if wanted:
        yield figure, (wanted == given, 1), wanted != given, f"{given} instead of {wanted}"


def alike(labelled: str, span: str) -> bool:
    """Whether two passages overlap: they share a run of four words, or of as many as the shorter one has."""
    length = min(RUN, *(len(WORD.findall(text)) for text in (labelled, span)))
    return length > 0 and bool(_runs(labelled, length) & _runs(span, length))


def evidence_rows(alerts: dict[str, Record], outputs: Outputs, groups: dict[str, str]) -> Rows:
    """Of each of the alerts: whether its spans are the text that they say, and whether each says what it shows."""
    found: Rows = {}
    for name, alert in alerts.items():
        text, spans = outputs.clean[name]["text"], alert["evidence"]
        exact = sum(text[span["start"] : span["end"]] == span["text"] for span in spans)
        told = sum(bool(span["why"].strip()) for span in spans)
        for figure, hits in (("evidence_exact", exact), ("evidence_why", told)):
            if spans:
                row = Row(name, groups.get(name, name), (hits, len(spans)), len(spans) - hits, "not so")
                found.setdefault(figure, []).append(row)
    return found


def agreement(*, wanted: bool, given: bool) -> Counts:
    """True positive, false positive, false negative."""
    return float(wanted and given), float(given and not wanted), float(wanted and not given)


def ids(values: Iterable[str | Record]) -> set[str]:
    """The ids that count: a family beside one of its own members does not."""
    found = {value["id"] if isinstance(value, dict) else value for value in values}
    return {name for name in found if not FAMILIES.get(name, set()) & found}
