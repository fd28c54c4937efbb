"""Keeps the lines of an article that are its body, and finds the one that is its headline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, NamedTuple

from streams.core.document import lower, split
from streams.core.lines_context import Context, headline, names_outlet, read_all, shared, survey
from streams.core.lines_phrases import Phrases, read_phrases
from streams.core.lines_shape import BULLETS, HEAD, Line, is_name, own_stems, read, row_form, shape_marks, text_stems
from streams.core.lines_wrap import unwrap

Removal = Literal[
    "advert", "boilerplate", "byline", "caption", "date", "duplicate_title", "navigation", "paywall", "related", "teaser"
]
"""Why a line goes. advert: adverts, sponsors, events; boilerplate: prompts to share, subscribe or agree, legal lines, tags, marks
of scrapers, what a company says of itself under its release; byline: an author or a desk; caption: the credit of a picture;
date: a date or time alone; duplicate_title: the headline, which stands in `title`; navigation: sections, menus, the outlet's
name; paywall: a demand to pay for the rest of the article; related: a pointer to another story, or what stands under one;
teaser: the cut-off opening of another story, or what follows the article."""

PASSES = 8
"""Most rounds of the filter. One settles nearly all: what speaks for a line is kept, what spoke against it is gone."""
MAX_LINES = 10_000
"""Most lines of an article: more are a table or an attack, and are left out."""
MAX_LABEL_WORDS = 3
MIN_ROWS = 4
"""Lines with numbers and of one form that make a list or a table."""
SPEAKERS = ("Q: ", "A: ")
"""Of an interview."""
QUOTES = 4
"""Signs by which the title may be longer where it is repeated, or shorter."""
NEAR = 0.6
"""Share of words that two titles have in common when they are one."""
SHARED = 4
"""So many word stems in common count like any more."""
_ZONES = ("lead", "mid", "tail")
_DEGREES = [("none", 0), *[(part, count) for part in ("few", "some", "most") for count in range(1, SHARED + 1)]]
COHERENT_STEMS = 4
COHERENT = 0.25
"""After the end of the article, a sentence is still body if it shares so many word stems with it, and such a part of its own."""


@dataclass(frozen=True, slots=True)
class LineModel:
    """Phrases and weights; immutable, built once."""

    phrases: Phrases
    weights: Mapping[str, float]
    """Evidence by mark, in logits: with a sum above zero, a line is body."""
    least: Mapping[str, float]
    most: Mapping[str, float]
    """What the words that a line shares with the prose can weigh, by zone: where that can't tip the scales, it isn't asked."""


def build(residue: Mapping[str, Any], weights: Mapping[str, float]) -> LineModel:
    """The line model of the decoded `residue.json` and the weights of the decoded `lines.json`."""
    phrases = read_phrases(residue)
    sharing = {
        zone: [sum([weights.get(mark, 0.0) for mark in _sharing_marks(zone, *degree)]) for degree in _DEGREES] for zone in _ZONES
    }
    return LineModel(
        phrases=phrases,
        weights=dict(weights),
        least={zone: min(logits) for zone, logits in sharing.items()},
        most={zone: max(logits) for zone, logits in sharing.items()},
    )


class Removed(NamedTuple):
    """A line that went."""

    text: str
    reason: str
    """Why: a `Removal`."""


class Body(NamedTuple):
    """What is left of an article's lines."""

    title: str | None
    lines: tuple[str, ...]
    removed: Sequence[Removed]
    """The lines that went; those of an earlier round of the filter first, each round in order."""


def select(texts: Sequence[str], title: str | None, outlet: str, model: LineModel) -> Body:
    """Keep the body's lines, in order; none when there is no text but page furniture.

    `texts` are repaired paragraphs, not empty. Without a `title`, the headline that stands above the prose becomes it.
    Selecting from what was selected, under the same title, changes nothing.
    """
    lines = read_all(texts[:MAX_LINES], model.phrases)
    title = title or headline(lines, outlet, model.phrases)
    kept, removed = _settle(lines, title, outlet, model)
    if not kept:
        furniture = [Removed(line.text, line.reason) for line in lines if line.reason]
        lines = read_all(unwrap([line.text for line in lines if not line.reason]), model.phrases)
        kept, removed = _settle(lines, title, outlet, model)
        kept, removed = (kept, furniture + removed) if kept else (lines, furniture)
    return Body(title=title, lines=tuple([line.text for line in kept]), removed=removed)


def _settle(lines: list[Line], title: str | None, outlet: str, model: LineModel) -> tuple[list[Line], list[Removed]]:
    """Filter until nothing more goes; also the lines that went."""
    removed: list[Removed] = []
    rounds = 0
    while rounds < PASSES and not all(line.prose for line in lines):
        context = survey(lines, title, outlet)
        kept = []
        for line, marks in observe(lines, context, model.phrases):
            reason = marks if isinstance(marks, str) else _weigh(line, marks, context, model)
            if reason:
                removed.append(Removed(line.text, reason))
            else:
                kept.append(line)
        if len(kept) == len(lines):
            break
        healed = unwrap([line.text for line in kept])
        lines = kept if len(healed) == len(kept) else read_all(healed, model.phrases)
        rounds += 1
    return lines, removed


def observe(lines: Sequence[Line], context: Context, phrases: Phrases) -> Iterator[tuple[Line, str | list[str]]]:
    """Each line with the reason why it goes, "" if it stays, or else its marks for the line model but for those of `sharing`.

    What depends on lines that may go speaks only against a line, so that filtering again finds nothing new.
    """
    under = False
    rows = _rows(lines)
    seen: set[str] = set()
    for index, line in enumerate(lines):
        if index > context.end:
            if _resumes(line, context, phrases):
                yield read(line.text, phrases), ""
            else:
                yield line, "teaser"
        elif line.prose:
            under = False
            yield line, ""
        elif line.reason:
            yield line, line.reason
            under = under or line.reason == "related"
        elif under and not (line.sentence or line.announced or line.closing):
            yield line, "related"
        elif index in rows or _is_item(index, line, context):
            yield line, ""
        elif _repeats(line, context) or (index < context.first and _is_title(line, context, phrases)):
            yield line, "duplicate_title"
        elif (run := _in_run(lines, index)) and context.last < index < context.end:
            yield line, "boilerplate"
        else:
            yield line, _marks(index, line, context, phrases, under=under, repeated=line.head in seen, run=run)
            seen.add(line.head)
            under = (under and not line.sentence) or (line.kind == "related" and line.announced and ":" not in line.text)


def _resumes(line: Line, context: Context, phrases: Phrases) -> bool:
    """Whether a sentence after the end is on the article's subject."""
    if not line.sentence:
        return False
    own = own_stems(line, phrases.stop_stems)
    common = shared(own, context, phrases.stop_stems)
    return common >= COHERENT_STEMS and common >= COHERENT * len(own)


def _repeats(line: Line, context: Context) -> bool:
    """Whether it is the title, word for word."""
    title = context.title
    return bool(title) and abs(len(line.text) - len(title)) <= QUOTES and line.words == split(lower(title[:HEAD]))


def _is_title(line: Line, context: Context, phrases: Phrases) -> bool:
    if not context.title or line.sentence:
        return False
    own, title = own_stems(line, phrases.stop_stems), text_stems(context.title, phrases.stop_stems)
    common = len(own & title)
    return common > 0 and common >= NEAR * len(title) and common >= NEAR * len(own)


def _is_item(index: int, line: Line, context: Context) -> bool:
    marked = line.text[0] in BULLETS or line.text.startswith(SPEAKERS)
    return context.first < index < context.last and marked and not (line.announced or line.closing)


def _rows(lines: Sequence[Line]) -> set[int]:
    """Indices of the lines of lists and tables: they stand or fall together, so that what is kept is a list again."""
    rows: set[int] = set()
    forms = ["" if line.prose else row_form(line) for line in lines]
    if len(forms) - forms.count("") < MIN_ROWS:
        return rows
    for form, group in groupby(range(len(lines)), forms.__getitem__):
        indices = list(group)
        if form and len(indices) >= MIN_ROWS and any(map(str.isdigit, "".join([lines[index].text for index in indices]))):
            rows.update(indices)
    return rows


def _in_run(lines: Sequence[Line], index: int) -> bool:
    """Whether the line is one of three or more labels in a row, as tags and menus are."""
    if not _is_label(lines[index]):
        return False
    return len([line for line in lines[max(index - 2, 0) : index + 3] if _is_label(line)]) > 2  # noqa: PLR2004 - three in a row


def _is_label(line: Line) -> bool:
    return 0 < len(line.words) <= MAX_LABEL_WORDS and line.text[-1].isalnum() and line.text[0] not in BULLETS


def _marks(index: int, line: Line, context: Context, phrases: Phrases, *, under: bool, repeated: bool, run: bool) -> list[str]:
    zone = "lead" if index < context.first else "tail" if index > context.last else "mid"
    shape: Sequence[str] = shape_marks(line, phrases)
    end, length = shape[:2]
    if " the " not in context.prose:
        shape = [mark for mark in shape if mark not in ("foreign", "not latin")]
    marks = [zone, *shape, f"{zone} {end}", f"{zone} {length}"]
    if under:
        marks += ["under", f"under {end}"]
    if repeated:
        marks.append("repeated")
    if run:
        marks.append(f"{zone} run")
    if names_outlet(line, context.outlet):
        marks.append("outlet")
    return marks


def sharing(line: Line, zone: str, context: Context, phrases: Phrases) -> list[str]:
    """The marks of how much of a line's words its article has."""
    own = own_stems(line, phrases.stop_stems)
    common = shared(own, context, phrases.stop_stems)
    part = "none" if not common else "few" if common * 3 < len(own) else "some" if common * 3 < len(own) * 2 else "most"
    return _sharing_marks(zone, part, min(common, SHARED))


def _sharing_marks(zone: str, part: str, count: int) -> list[str]:
    return [f"{zone} shares {part}", f"shares {count}"]


def _weigh(line: Line, marks: Sequence[str], context: Context, model: LineModel) -> str:
    """Why the line goes, "" if the evidence is for it."""
    zone, weight = marks[0], model.weights.get
    evidence = model.weights["bias"] + sum([weight(mark, 0.0) for mark in marks])
    if evidence + model.least[zone] <= 0 < evidence + model.most[zone]:
        evidence += sum([weight(mark, 0.0) for mark in sharing(line, zone, context, model.phrases)])
    else:
        evidence += model.least[zone]
    if evidence > 0:
        return ""
    if line.closing:
        return "teaser"
    if line.kind:
        return line.kind
    if is_name(line.text):
        return "byline"
    if "bars 2" in marks or "outlet" in marks or "sections" in marks:
        return "navigation"
    return "related" if "under" in marks else "boilerplate"
