"""Explains the alert stage: relevance and severity with the features behind them, evidence, and the story."""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from rich.text import Text

from streams.core.alert import Desk, muted
from streams.core.document import Document, read, split
from streams.core.lexicon import scan
from streams.core.records import MineralArticle
from streams.core.relevance import SEVERITIES, Linear, RelevanceModel, features, relevance, severity
from streams.explain.section import NO, QUIET, YES, Row, Section, names, plain
from streams.explain.trace import Trace
from streams.explain.turning import log_odds, turning
from streams.subscribe import COLOURS

FEATURES = 6
"""Features shown for and against, at most."""
MOST = 8
"""So many features may be left out to turn a decision."""
GIVEN = frozenset({"salience", "mentions", "minerals", "density", "length"})
"""What every article about a mineral has: none can be without it."""
LEAST = 0.005
"""What adds less is not shown."""
ONE_OF = "event:", "title:", "cue_in_title", "mineral_in_title"
"""Features that an article has or not: of those it lacks, each might have made the difference."""


def alerting(article: MineralArticle, trace: Trace, desk: Desk) -> Section:
    """What the alert stage made of an article, but for its story."""
    document = read(article.title, article.text)
    found = features(article, document, scan(desk.lexicon, document), desk.relevance)
    model = desk.relevance
    rows = [*probability(found, document, model), *importance(found, document, model, sent=trace.alert is not None)]
    why = ": its outlet is muted in desk.json" if muted(article, desk) else ": told already" if trace.told else ""
    if trace.told:
        rows.insert(
            0, Row("told already", Text.assemble("in alert ", plain(trace.told.alert_id), " for ", plain(trace.told.article_id)))
        )
    if trace.alert is None:
        decision = Text(f"no alert{why}", NO)
        return Section("ALERT", decision, rows)
    rows += [Row("evidence", Text.assemble(plain(each.text), "\n", plain(each.why, QUIET))) for each in trace.alert.evidence]
    decision = Text.assemble((trace.alert.kind, YES), ", ", (trace.alert.severity, COLOURS[trace.alert.severity]))
    return Section("ALERT", decision, rows)


def probability(found: Mapping[str, float], document: Document, model: RelevanceModel) -> Iterator[Row]:
    """The probability of an alert, the features behind it, and what would have turned the decision."""
    value = relevance(found, model)
    sent = value >= model.threshold
    margin = log_odds(value) - log_odds(model.threshold)
    stated = f"{value:.2f} {'≥' if sent else '<'} {model.threshold:.2f}"
    yield Row("probability", Text.assemble((stated, YES if sent else NO), (f"  {margin:+.1f} in log-odds", QUIET)))
    yield from contributions("relevance", found, document, model)
    without = turning_features(found, model)
    if without is not None:
        yield Row("turns", Text.assemble(("without ", QUIET), names(without)))
    enough = [] if sent else sufficient(found, model)
    if enough:
        yield Row("turns", Text.assemble(("with any of ", QUIET), names(enough)))
    if without is None and not enough:
        yield Row("turns", Text(f"no {MOST} of its features turn it", QUIET))


def turning_features(found: Mapping[str, float], model: RelevanceModel) -> list[str] | None:
    """The fewest features, strongest first, without which the decision turns; None where it takes more than `MOST`."""
    sent = relevance(found, model) >= model.threshold

    def turned(left_out: Collection[str]) -> bool:
        rest = {name: 0.0 if name in left_out else value for name, value in found.items()}
        return (relevance(rest, model) >= model.threshold) != sent

    strongest = [name for name, part in products(found, model.relevance) if (part > 0) == sent and name not in GIVEN]
    return turning(strongest, turned, MOST)


def sufficient(found: Mapping[str, float], model: RelevanceModel) -> list[str]:
    """The features that the article lacks, and each of which alone would have made it an alert, likeliest first."""
    absent = [name for name in model.relevance.weights if name.startswith(ONE_OF) and not found.get(name)]
    with_each = {name: relevance({**found, name: 1.0}, model) for name in absent}
    return sorted((name for name, value in with_each.items() if value >= model.threshold), key=lambda name: -with_each[name])


def importance(found: Mapping[str, float], document: Document, model: RelevanceModel, *, sent: bool) -> Iterator[Row]:
    """The severity, how far the next ones are, and the features behind it."""
    value, name = model.severity.value(found), severity(found, model)
    place = SEVERITIES.index(name)
    far = []
    if place < len(model.limits):
        far.append(f"{model.limits[place] - value:.2f} below {SEVERITIES[place + 1]} ({model.limits[place]})")
    if place:
        far.append(f"{value - model.limits[place - 1]:.2f} above {SEVERITIES[place - 1]} ({model.limits[place - 1]})")
    would = "" if sent else "would be "
    yield Row("severity", Text.assemble(would, (f"{name} {value:.2f}", COLOURS[name]), (f"  {', '.join(far)}", QUIET)))
    if sent:
        yield from contributions("severity", found, document, model)


def products(found: Mapping[str, float], model: Linear) -> list[tuple[str, float]]:
    """What each feature adds, most first."""
    parts = [(name, model.weights.get(name, 0.0) * value) for name, value in found.items()]
    return sorted((part for part in parts if abs(part[1]) >= LEAST), key=lambda part: (-abs(part[1]), part[0]))


def contributions(label: str, found: Mapping[str, float], document: Document, model: RelevanceModel) -> Iterator[Row]:
    """The strongest features for and against, each with its value, weight and product, and the words behind it."""
    linear = model.relevance if label == "relevance" else model.severity
    parts = products(found, linear)
    shown = {
        "for": [part for part in parts if part[1] > 0][:FEATURES],
        "against": [part for part in parts if part[1] < 0][:FEATURES],
    }
    for heading, chosen in shown.items():
        for place, (name, _) in enumerate(chosen):
            text = feature(name, found[name], linear.weights[name], behind(name, document, model))
            yield Row("" if place else f"  {heading}", text)
    others = [product for name, product in parts if name not in dict(chain(*shown.values()))]
    rest = f"{len(others)} more {sum(others):+.2f}, " if others else ""
    yield Row("  and", Text(f"{rest}bias {linear.bias:+.2f}", QUIET))


def feature(name: str, value: float, weight: float, words: str) -> Text:
    """A feature on one line: what it adds, its name, value times weight, and the words behind it."""
    product = value * weight
    shown = Text.assemble(
        (f"{product:+.2f}", YES if product > 0 else NO), f" {name:<27}", (f"{value:5.2f} x {weight:+.2f}  ", QUIET), plain(words)
    )
    shown.no_wrap, shown.overflow = True, "ellipsis"
    return shown


def behind(name: str, document: Document, model: RelevanceModel) -> str:
    """The words that make a feature, where it stands for a class of words."""
    kind, _, group = name.partition(":")
    if kind not in ("words", "title"):
        return ""
    words = document.words if kind == "words" else split(document.lower[: document.offset])
    return ", ".join(dict.fromkeys(word for word in words if model.words.get(word) == group))
