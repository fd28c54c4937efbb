"""Joins the lines of paragraphs that were broken at a fixed width."""

from collections.abc import Sequence

MIN_BROKEN = 2
"""So many lines that go on in the next are no accident."""
MIN_WIDTH = 40
MAX_WIDTH = 100
"""Characters of a line that was broken at a width."""
MIN_START = 20
"""Characters of a paragraph's first line, from which a place and a date may have been taken."""
_OPEN = frozenset(",;-'\N{EN DASH}\N{EM DASH}\N{RIGHT SINGLE QUOTATION MARK}")
"""Besides letters and digits, what a line ends in that goes on in the next."""
_MARKS = frozenset("-*(>[\N{EN DASH}\N{EM DASH}\N{BULLET}\N{MIDDLE DOT}")
"""What list items, credits and labels begin with."""
_STOPS = frozenset('.!?"\N{RIGHT DOUBLE QUOTATION MARK}')
_LEADS_ON = frozenset(("a", "an", "and", "as", "at", "into", "its", "of", "or", "than", "that", "the", "their", "to", "will"))
"""Words in which neither a sentence nor a headline ends."""


def paragraphs(text: str) -> list[str]:
    """The lines of a repaired text that have words; a paragraph that was broken at a fixed width is one line.

    A paragraph begins after a blank line or a rule, where a line is indented, in capitals or begins like a list's item.
    """
    texts: list[str] = []
    starts: list[bool] = []
    fresh = False
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped and (stripped[0].isalnum() or any(map(str.isalnum, stripped))):
            starts.append(fresh or line[0].isspace() or stripped[0] in _MARKS or stripped.isupper())
            texts.append(stripped)
            fresh = False
        else:
            fresh = True
    return _joined(texts, starts)


def unwrap(texts: Sequence[str]) -> list[str]:
    """The lines with those of a paragraph that was broken at a fixed width joined, where nothing else tells paragraphs."""
    return _joined(texts, [False] * len(texts))


def _joined(texts: Sequence[str], starts: Sequence[bool]) -> list[str]:
    """Join lines if some go on in lower case after a line that does not end; `starts` tells where a paragraph begins."""
    if len([text for text in texts if text[0].islower()]) < MIN_BROKEN:  # a glance that settles it for most articles
        return list(texts)
    befores = ("", *texts[:-2])
    broken = [
        not start and _goes_on(previous, before, len(before), after)
        for previous, before, after, start in zip(befores, texts, texts[1:], starts[1:], strict=False)
    ]
    if sum(broken) < max(MIN_BROKEN, len([text for text in texts if len(text) > MAX_WIDTH])):
        return _joined(texts, [False] * len(texts)) if any(starts) else list(texts)
    width = max([len(text) for text, goes_on in zip(texts, broken, strict=False) if goes_on and len(text) <= MAX_WIDTH], default=0)
    told = any(starts[1:])
    joined = [[texts[0]]]
    previous, length = "", len(texts[0])
    for before, after, start in zip(texts, texts[1:], starts[1:], strict=False):
        if _goes_on(previous, before, length, after) or (not start and _is_full(before, after, width, told=told)):
            joined[-1].append(after)
            length += 1 + len(after)
        else:
            joined.append([after])
            previous, length = before, len(after)
    return [" ".join(parts) for parts in joined]


def _goes_on(previous: str, before: str, length: int, after: str) -> bool:
    """Whether a sentence goes on in the next line: in lower case, or after a word that leads on.

    `length` is that of the paragraph so far. A short one goes on at its beginning only: else it stands between two lines.
    """
    if not _is_open(before) or not (after[0].islower() or before.rpartition(" ")[2] in _LEADS_ON):
        return False
    return length >= MIN_WIDTH or (length >= MIN_START and len(after) >= MIN_WIDTH and not (previous and _is_open(previous)))


def _is_full(before: str, after: str, width: int, *, told: bool) -> bool:
    """Whether the line was broken because the next word did not fit; where it ends like a sentence, paragraphs must be told."""
    if not MIN_WIDTH <= len(before) <= MAX_WIDTH:
        return False
    full = len(before) + 1 + len(after.partition(" ")[0]) > width
    return (told and full) or (_is_open(before) and (len(after) >= MIN_WIDTH or (full and after[-1] in _STOPS)))


def _is_open(text: str) -> bool:
    return text[-1].isalnum() or text[-1] in _OPEN
