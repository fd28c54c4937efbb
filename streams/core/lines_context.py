"""What each line of an article is held against: its prose, its headline, its outlet."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.core.document import lower
from streams.core.lines_shape import IDEOGRAPH, Line, Phrases, ends_sentence, read, stems

MIN_TITLE_WORDS = 3
MIN_TITLE_IDEOGRAPHS = 8
MIN_STEMS = 20
"""A text of fewer word stems is too short, or written in ideographs, to share any with its headline."""
MIN_OUTLET = 4
"""Letters of a name that can be told from a word."""


class Context(NamedTuple):
    """What each line of an article is held against: its prose, its title, its outlet."""

    first: int
    last: int
    """Indices of the first and the last line of prose; both the number of lines when there is none."""
    end: int
    """Index of the line that closes the article; the number of lines when there is none."""
    stems: frozenset[str]
    """Word stems of prose and title."""
    title: frozenset[str]
    """Word stems of the title."""
    outlet: str
    """Letters of the outlet's name."""
    english: bool


def read_all(texts: Sequence[str], phrases: Phrases) -> list[Line]:
    """Read each line up to the one that closes the article: of the rest, only whether they are sentences."""
    known: dict[str, Line] = {}
    lines = []
    seen = closed = False
    for text in texts:
        line = Line(text, sentence=ends_sentence(text, phrases)) if closed else known.get(text) or read(text, phrases)
        known[text] = line
        lines.append(line)
        closed = closed or (line.end and seen)
        seen = seen or line.sentence
    return lines


def survey(lines: Sequence[Line], title: str | None, outlet: str, phrases: Phrases) -> Context:
    """Find the prose: long sentences, or any sentences where there is none, up to the line that closes the article."""
    end = count = len(lines)
    seen = False
    for index, line in enumerate(lines):
        if line.end and seen:
            end = index
            break
        seen = seen or line.sentence
    prose = [index for index in range(end) if lines[index].prose] or [index for index in range(end) if lines[index].sentence]
    text = lower("\n".join([lines[index].text for index in prose]))
    named = stems(lower(title), phrases.stop_stems) if title else frozenset()
    return Context(
        first=prose[0] if prose else count,
        last=prose[-1] if prose else count,
        end=end,
        stems=stems(text, phrases.stop_stems) | named,
        title=named,
        outlet=outlet,
        english=" the " in text,
    )


def headline(lines: Sequence[Line], outlet: str, phrases: Phrases) -> str | None:
    """The line above the prose that shares most words with it, if any does."""
    if not lines or lines[0].prose:
        return None
    context = survey(lines, None, outlet, phrases)
    if context.first == len(lines):
        return None
    best, most = None, 0 if len(context.stems) >= MIN_STEMS else -1
    for line in lines[: context.first]:
        shared = len(stems(line.lowered, phrases.stop_stems) & context.stems)
        if shared > most and _may_be_headline(line, outlet):
            best, most = line.text, shared
    return best


def _may_be_headline(line: Line, outlet: str) -> bool:
    ideographs = len(line.text) >= MIN_TITLE_IDEOGRAPHS and IDEOGRAPH.match(line.text)
    return (len(line.words) >= MIN_TITLE_WORDS or bool(ideographs)) and not (
        line.reason or line.closing or line.announced or line.text[-1] in ".,;:" or "|" in line.text or names_outlet(line, outlet)
    )


def names_outlet(line: Line, outlet: str) -> bool:
    """Whether a label begins with the outlet's name, of which `outlet` has the letters."""
    return len(outlet) >= MIN_OUTLET and not line.sentence and "".join(line.words).removeprefix("the").startswith(outlet)
