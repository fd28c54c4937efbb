"""Puts the sections of an explanation together, and prints them."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from streams import assets, inputs
from streams.assets import Assets
from streams.counter import counter
from streams.explain.alerting import alerting
from streams.explain.cleaning import cleaning
from streams.explain.detection import detection
from streams.explain.section import NAME, NO, QUIET, Section, plain, show
from streams.explain.telling import story
from streams.explain.topics import classification
from streams.explain.trace import Trace, follow
from streams.subscribe import COLOURS


def explain(path: str, wanted: str | None, data: str) -> None:
    """Explain the wanted article of a path, or its first, with the data files of a folder.

    Raises LodestreamError where there is none.
    """
    found = inputs.read([path])
    loaded = assets.load(data)
    with counter("articles before it") as progress:
        trace = follow(found, wanted, loaded, progress)
    show(Console(highlight=False), heading(trace), sections(trace, loaded))


def heading(trace: Trace) -> Text:
    """Which article it is, and what became of it."""
    title = trace.clean.title if trace.clean else trace.raw.title if trace.raw else None
    where = plain(f"{trace.name}, article {trace.earlier + 1} of the input", QUIET)
    return Text("\n").join([plain(title or "(no title)", NAME), where, outcome(trace)])


def outcome(trace: Trace) -> Text:
    """What became of the article, in one line."""
    if trace.refused:
        return Text(f"refused: {trace.refused[1].reason}", NO)
    topics = ", ".join(trace.classified.topics) if trace.classified else ""
    if not trace.minerals:
        return Text(f"classified: {topics or 'no topic'}; no critical mineral", QUIET)
    about = "; ".join(filter(None, (trace.minerals.primary_mineral, ", ".join(trace.minerals.countries), topics)))
    if not trace.alert:
        return Text(f"no alert: {about}", QUIET)
    return Text.assemble(f"alert, {trace.alert.kind}, ", (trace.alert.severity, COLOURS[trace.alert.severity]), f": {about}")


def sections(trace: Trace, loaded: Assets) -> Iterator[Section]:
    """What each stage made of the article, as far as it came."""
    yield cleaning(trace, loaded)
    if trace.classified:
        yield classification(trace.classified, loaded.topics)
        yield detection(trace.classified, trace.minerals, loaded)
    if trace.minerals:
        yield alerting(trace.minerals, trace, loaded.desk)
    if trace.alert and trace.telling:
        yield story(trace.alert, trace.telling, trace, loaded.desk.stories)
