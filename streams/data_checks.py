"""What can be wrong in a data file whose types are right."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from streams.core.classify import TOPICS, TopicModel
from streams.core.document import split
from streams.core.events import EVENT_TYPES, EventModel
from streams.core.lexicon_files import Events, Minerals
from streams.core.lines_phrases import read_phrases
from streams.core.notation import expand
from streams.core.tellings import ACTION, LEVELS, StoryModel, compare, telling

BRACES = re.compile(r"[^{}]*(?:\{[^{}]*\}[^{}]*)*")
"""Text in which every brace has its partner, and none is within another pair."""


def problems(name: str, decoded: Any, content: bytes) -> Iterator[str]:  # noqa: ANN401, C901 - whatever the files hold, a case for each
    """Says what is wrong, where: `content` is that of the file `name`, and `decoded` what it decodes into."""
    yield from _repeated_keys(content)
    match name:
        case "countries.json":
            yield from _terms(msgspec.json.decode(content))
            yield from _repeated((country.id for country in decoded.countries), "countries")
        case "organisations.json":
            yield from _terms(msgspec.json.decode(content))
            yield from _repeated((organisation.name for organisation in decoded.organisations), "organisations")
        case "desk.json":
            yield from _rising(decoded.severity_limits or (), "severity_limits")
        case "event_types.json":
            yield from _probability(decoded.threshold, "threshold")
            yield from _event_types(decoded)
        case "events.json":
            yield from _terms(msgspec.json.decode(content))
            yield from _events(decoded)
        case "lines.json":
            yield from _missing(["bias"], decoded, "$")
        case "minerals.json":
            yield from _terms(msgspec.json.decode(content))
            yield from _minerals(decoded)
        case "relevance.json":
            yield from _rising(decoded.limits, "limits")
            yield from _probability(decoded.threshold, "threshold")
        case "residue.json":
            yield from _residue(decoded)
        case "stories.json":
            yield from _probability(decoded.threshold, "threshold")
            yield from _trees(decoded)
        case "topics.json":
            yield from _topics(decoded)


def _repeated_keys(content: bytes) -> Iterator[str]:
    """Of two fields of one name a decoder takes the last, in silence."""
    names: list[str] = []

    def keep(fields: list[tuple[str, object]]) -> None:
        names.extend(name for name, count in Counter(name for name, _ in fields).items() if count > 1)

    json.loads(content, object_pairs_hook=keep)
    for name in names:
        yield f"Object has two fields `{name}`"


def _repeated(idents: Iterable[str], place: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, ident in enumerate(idents):
        if ident in seen:
            yield f"Expected each once, got {ident!r} again - at `$.{place}[{number}]`"
        seen.add(ident)


def _rising(limits: Sequence[float], place: str) -> Iterator[str]:
    if any(limit <= before for before, limit in pairwise(limits)):
        yield f"Expected rising numbers, got {list(limits)} - at `$.{place}`"


def _probability(value: float, place: str) -> Iterator[str]:
    if not 0 <= value <= 1:
        yield f"Expected a number from 0 to 1, got {value} - at `$.{place}`"


def _missing(wanted: Iterable[str], given: Collection[str], place: str) -> Iterator[str]:
    for name in wanted:
        if name not in given:
            yield f"Object missing required field `{name}` - at `{place}`"


def _unknown(names: Iterable[str], known: Collection[str], place: str) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"Expected one of {', '.join(sorted(known))}, got {name!r} - at `{place}`"


def _terms(node: object, place: str = "$") -> Iterator[str]:
    """In the files of the lexicon every string in a list is a term, or stands for one."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _terms(value, f"{place}.{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            if isinstance(value, str) and not _is_term(value):
                yield f"Expected a term in the notation of braces and tildes, got {value!r} - at `{place}[{number}]`"
            yield from _terms(value, f"{place}[{number}]")


def _is_term(text: str) -> bool:
    """Whether braces are right and every spelling has a word."""
    try:
        return bool(BRACES.fullmatch(text)) and all(map(split, expand(text)))
    except IndexError:  # an ending that follows no word
        return False


def _minerals(minerals: Minerals) -> Iterator[str]:
    yield from _missing(("strong", "weak"), minerals.context, "$.context")
    yield from _repeated((each.id for each in minerals.lists), "lists")
    yield from _repeated((mineral.id for mineral in minerals.minerals), "minerals")
    lists = {each.id for each in minerals.lists}
    for number, mineral in enumerate(minerals.minerals):
        yield from _unknown(mineral.lists, lists, f"$.minerals[{number}].lists")


def _events(events: Events) -> Iterator[str]:
    yield from _repeated((cues.id for cues in events.types), "types")
    for number, cues in enumerate(events.types):
        yield from _unknown([cues.id], EVENT_TYPES, f"$.types[{number}].id")
    for number, pair in enumerate(events.pairs):
        yield from _unknown([pair.event], EVENT_TYPES, f"$.pairs[{number}].event")
        yield from _unknown(pair.words, events.words, f"$.pairs[{number}].words")


def _event_types(model: EventModel) -> Iterator[str]:
    yield from _missing(EVENT_TYPES, model.types, "$.types")
    for event, own in model.types.items():
        yield from _missing(EVENT_TYPES, own.cues, f"$.types.{event}.cues")
    for stem, row in model.stems.items():
        if len(row) != len(EVENT_TYPES):
            yield f"Expected {len(EVENT_TYPES)} weights, got {len(row)} - at `$.stems.{stem}`"


def _residue(residue: dict[str, Any]) -> Iterator[str]:
    try:
        read_phrases(residue)
    except KeyError as error:
        yield f"Object missing required field `{error.args[0]}`"
    except (AttributeError, TypeError) as error:
        yield f"Not of the shape of the shipped file: {error}"


def _trees(model: StoryModel) -> Iterator[str]:
    nothing = telling((), model, None, ())
    known = {*compare(nothing, nothing, model), *(f"{ACTION}{kind}" for kind in model.actions.values())}
    for number, tree in enumerate(model.trees):
        yield from _unknown((feature for feature, _ in tree.splits), known, f"$.trees[{number}].splits")
        if len(tree.leaves) != 1 << LEVELS or len(tree.splits) != len(tree.leaves) - 1:
            yield f"Expected a tree of {LEVELS} levels, got {len(tree.splits)} splits - at `$.trees[{number}]`"


def _topics(model: TopicModel) -> Iterator[str]:
    yield from _missing(TOPICS, model.calibration, "$.calibration")
    for topic, calibration in model.calibration.items():
        yield from _probability(calibration.threshold, f"calibration.{topic}.threshold")
