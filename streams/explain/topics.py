"""Explains the classification: probabilities, the words behind them, and the words without which a topic would turn."""

from collections.abc import Collection, Iterator, Sequence

from rich.text import Text

from streams.core import document
from streams.core.classify import TOPICS, TopicModel, contributions, probabilities
from streams.core.records import ClassifiedArticle, Topic
from streams.explain.section import NO, QUIET, YES, Row, Section, names, weights
from streams.explain.turning import log_odds, turning

WORDS = 8
"""Words shown for and against a topic, at most."""
FAR, FEW = -4.0, 4
"""A topic further off than this many log-odds is explained with so few words."""
MOST = 12
"""So many words may be left out to turn a topic; more would be another article."""


def classification(article: ClassifiedArticle, model: TopicModel) -> Section:
    """What the classify stage made of an article."""
    rows: list[Row] = []
    words = document.read(article.title, article.text).words
    now = probabilities(words, model)
    if all(now[topic] == model.calibration[topic].unknown for topic in TOPICS):
        rows.append(Row("", Text("too few of its words are known to judge it, as in another language: no topic", NO)))
    else:
        parts = contributions(article, model)
        for topic in TOPICS:
            rows += of_topic(topic, words, now, parts[topic], model)
    decision = Text(", ".join(article.topics), YES) if article.topics else Text("no topic", NO)
    return Section("TOPICS", Text.assemble(decision, (f"  model {article.model}", QUIET)), rows)


def of_topic(
    topic: Topic, words: Sequence[str], now: dict[Topic, float], parts: list[tuple[str, float]], model: TopicModel
) -> Iterator[Row]:
    """Probability and threshold of one topic, what speaks for and against it, and what would turn it."""
    threshold = model.calibration[topic].threshold
    applies = now[topic] >= threshold
    margin = log_odds(now[topic]) - log_odds(threshold)
    sign, verdict = ("≥", "yes") if applies else ("<", "no")
    stated = f"{now[topic]:.2f} {sign} {threshold:.2f}  {verdict}"
    yield Row(topic, Text.assemble((stated, YES if applies else QUIET), (f"  {margin:+.1f} in log-odds", QUIET)), "bold")
    most = WORDS if applies or margin > FAR else FEW
    for label, chosen in (("for", [part for part in parts if part[1] > 0]), ("against", [part for part in parts if part[1] < 0])):
        if chosen:
            yield Row(f"  {label}", weights(chosen[:most]))
    found = turning_words(topic, words, parts, model)
    if found is not None:
        yield Row("  turns", Text.assemble(("without ", QUIET), names(found)))
    elif applies:
        yield Row("  turns", Text(f"no {MOST} words turn it: it is said in many ways", QUIET))


def turning_words(topic: Topic, words: Sequence[str], parts: list[tuple[str, float]], model: TopicModel) -> list[str] | None:
    """The fewest words, strongest first, without which the topic's decision turns; None where it takes more than `MOST`."""
    threshold = model.calibration[topic].threshold
    applies = probabilities(words, model)[topic] >= threshold

    def turned(left_out: Collection[str]) -> bool:
        rest = tuple(word for word in words if word not in left_out)
        return (probabilities(rest, model)[topic] >= threshold) != applies

    known = {*words}
    return turning([word for word, part in parts if (part > 0) == applies and word in known], turned, MOST)
