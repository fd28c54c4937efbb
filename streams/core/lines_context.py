"""What each line of an article is held against: its prose, its headline, its outlet."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from streams.core.document import lower, split
from streams.core.lines_phrases import Phrases
from streams.core.lines_shape import ABOUT, IDEOGRAPH, TRAIL, Line, ends_sentence, own_stems, read, said, text_stems

MIN_TITLE_WORDS = 3
MIN_TITLE_IDEOGRAPHS = 8
MIN_STEMS = 20
"""A text of fewer word stems is too short, or written in ideographs, to share any with its headline."""
FULL_RELEASE = 4
"""How much longer a release may be than its news, all that stands under it included."""
LITTLE = 3
"""What stands under other headings may be a third as long as what was told."""
MIN_OUTLET = 4
"""Letters of a name that can be told from a word."""


class Context(NamedTuple):
    """What each line of an article is held against: its prose, its title, its outlet."""

    first: int
    last: int
    """Indices of the first and the last line of prose; both the number of lines when there is none."""
    end: int
    """Index of the line that closes the article; the number of lines when there is none."""
    prose: str
    title: str
    """"" where there is none."""
    outlet: str
    """Letters of the outlet's name."""


def read_all(texts: Sequence[str], phrases: Phrases) -> list[Line]:
    """Read each line up to the one that closes the article: of the rest, only whether they are sentences."""
    lines: list[Line] = []
    seen = closed = False
    told = total = 0
    named: set[str] = set()
    prompts = said(texts, phrases)
    for index, text in enumerate(texts):
        line = Line(text, sentence=ends_sentence(text, phrases)) if closed else read(text, phrases)
        if line.final and seen:
            if not total:  # the first such line: most articles have none
                total, named = sum(map(len, texts)), set(split(lower("\n".join(texts[:index]))))
            if _ends_release(text, named, told, total):
                return lines + [Line(rest, reason="boilerplate") for rest in texts[index:]]
        if text in prompts:
            line = Line(text, reason=prompts[text])
        lines.append(line)
        told += len(text)
        if total:
            named.update(split(lower(text)))
        closed = closed or (line.end and seen)
        seen = seen or line.sentence
    return lines


def _ends_release(heading: str, named: AbstractSet[str], told: int, total: int) -> bool:
    """Whether what stands under a heading may be about the company: of one that was named, or little beside what was told."""
    about = ABOUT.fullmatch(heading)
    if about:
        return split(lower(about[1]))[0] in named and total <= FULL_RELEASE * told
    return total * LITTLE <= told * (LITTLE + 1)


def survey(lines: Sequence[Line], title: str | None, outlet: str) -> Context:
    """Find the prose: long sentences, or any sentences where there is none, up to the line that closes the article."""
    count = len(lines)
    sentences = [index for index, line in enumerate(lines) if line.sentence]
    start = sentences[0] if sentences else count
    end = next((index for index in range(start, count) if lines[index].end), count)
    prose = [index for index in sentences if index < end and lines[index].prose] or [index for index in sentences if index < end]
    return Context(
        first=prose[0] if prose else count,
        last=prose[-1] if prose else count,
        end=end,
        prose="\n".join([lines[index].text for index in prose]),
        title=title or "",
        outlet=outlet,
    )


def shared(own: set[str], context: Context, stop_stems: frozenset[str]) -> int:
    """How many of a line's stems stand in prose or title."""
    return len(own & text_stems(context.prose, stop_stems) | own & text_stems(context.title, stop_stems))


def headline(lines: Sequence[Line], outlet: str, phrases: Phrases) -> str | None:
    """The line above the prose that shares most words with it, if any does."""
    if not lines or lines[0].prose:
        return None
    context = survey(lines, None, outlet)
    candidates = [line for line in lines[: context.first] if _may_be_headline(line, outlet)]
    if not candidates or context.first == len(lines):
        return None
    stems = text_stems(context.prose, phrases.stop_stems)
    best, most = None, 0 if len(stems) >= MIN_STEMS else -1
    for line in candidates:
        common = len(own_stems(line, phrases.stop_stems) & stems)
        if common > most:
            best, most = line.text, common
    return best


def _may_be_headline(line: Line, outlet: str) -> bool:
    ideographs = len(line.text) >= MIN_TITLE_IDEOGRAPHS and IDEOGRAPH.match(line.text)
    return (len(line.words) >= MIN_TITLE_WORDS or bool(ideographs)) and not (
        line.reason
        or line.closing
        or line.announced
        or line.text[-1] in ".,;:"
        or TRAIL.search(line.text)
        or names_outlet(line, outlet)
    )


def names_outlet(line: Line, outlet: str) -> bool:
    """Whether a label begins with the outlet's name, of which `outlet` has the letters."""
    return len(outlet) >= MIN_OUTLET and not line.sentence and "".join(line.words).removeprefix("the").startswith(outlet)
