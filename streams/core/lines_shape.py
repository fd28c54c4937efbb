"""What one line looks like by itself: its end, its case, its words, and the phrases of web pages that it opens with."""

# ruff: noqa: RUF001 - the quotes, dashes and stops of many scripts are what this module is about

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from streams.core.document import lower, split
from streams.core.lines_phrases import STEM, Phrases

PROSE_CHARS = 80
PROSE_IDEOGRAPHS = 25
"""A line of this length that ends in a full stop is taken for prose; ideographs say more with fewer characters."""
TITLE_CHARS = 130
"""A line as short as this with capitals throughout is a headline, though it may end in `U.S.`"""
SENTENCE_WORDS = 5
HEAD = 100
TAIL = 30
"""Characters that are looked at: what a longer line is shows at its beginning and its end."""
REMEMBERED = 4096
"""Short lines whose reading is kept: the furniture of some hundred outlets."""
PROMPT_CHARS = 250
"""A longer line is no prompt."""
PROMPT_START = 80
"""Characters within which a phrase to readers begins: one that comes later may stand at the end of a paragraph of news."""
TEASER_CHARS = 250
"""A longer line is no teaser: of those that end in dots, in the training sets, all are body."""
MIN_STEMMED = 4
OPENING_WORDS = 4
"""Words of which an opening is made, at most."""

_STOPS = frozenset('.!?"”’»)。！？؟۔।')
_QUESTIONS = frozenset("?!？！؟")
_IDEOGRAPHIC_STOPS = frozenset("。！？")
_ELLIPSES = ("…", "...", ". .", "…]", "…)", "..]")
_ENDS = {":": "ends colon", ",": "ends comma", ";": "ends comma", ")": "ends bracket"}
_EDGES = " .,:;!?…\"'“”‘’«»()[]<>|-–—*•►▶→>#@"
_CLOSING_EDGES = " .…»>→:"
_OWNERSHIP = ("©", "ⓒ", "(c) ")
BULLETS = frozenset("-–—•*·▪●")
_STARTS = dict.fromkeys("\"'“‘«„", "case quote") | dict.fromkeys(BULLETS, "case bullet")
_WORDS_LIMITS = (1, 3, 6, 9, 13)

TRAIL = re.compile(r"\|| [>›»→/·•] ")
"""Between the names of sections in a menu or on the way from the front page."""
ABOUT = re.compile(r"About ((?!The |Us\b)[A-Z][\w'&-]*)(?: (?:[A-Z(&][\w,'&()-]*|of|and|de)){0,6}(?: (?:Ltd|Inc|Corp|Co)\.)?:?")
"""The heading over what a company says of itself under its releases, and the first word of its name."""
_POST = re.compile(r"[—–-]{1,2} ?[^()]{1,50} \(@\w+\)(?: [\w ,]{1,30})?")
"""Who wrote a post that is shown in the article."""
_BAR = re.compile(r"[|»›>•·◦‖¦→←«]| [/~–—-] |(?<! )/ | /(?! )")
_SYMBOL = re.compile("[®™★☆▶►▲▼◀◄☰✓✔✉☎➤➜\u2190-\u21ff\u2500-\u27bf\U0001f000-\U0001faff]")
_ADDRESS = re.compile(r"https?:|www\.|@\w|(?<!\w)#[^\W\d]|\w\.(?:com|org|net|example|info|news)\b")
_LABEL = re.compile(r"[^.:!?]{1,40}:(?!\S)")
_NOT_LATIN = re.compile("[\u0370-\u1dff\u2e80-\ud7ff]")
_COUNT = re.compile(r"\(\d[\d.,]*[km]?\)$|^\d[\d.,]*[km]? \w+$")
_PRICE = re.compile(r"[$€£¥₹]\s?\d|\d\s?[€¢£]")
_NUMERIC_DATE = re.compile(r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b")
_CLOCK = re.compile(r"\d{1,2}[.:h]\d{2}(?: ?[ap]\.?m\.?)?")
_NAME = re.compile(r"(?:[^\W\d_]\S*\s){1,3}[^\W\d_]\S*")
IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DIGIT = re.compile(r"\d")
_SIGN = re.compile(r"[^\w\s]")


class Line(NamedTuple):
    """A line, repaired and not empty, with what it tells without its neighbours."""

    text: str
    prose: bool = False
    """Long, ends as sentences do, and nothing speaks against it: what every other line is held against."""
    sentence: bool = False
    """Reads as a sentence, short or long."""
    reason: str | None = None
    """Why it goes wherever it stands, if the line alone says so."""
    end: bool = False
    """It closes the article."""
    final: bool = False
    """It is a heading of what a company puts under its releases."""
    kind: str | None = None
    """What its first words may announce."""
    announced: bool = False
    """They surely do: they are several, or stand before a colon."""
    closing: bool = False
    """It ends as teasers do, cut off or with a prompt to go on."""
    head: str = ""
    """Its beginning in lower case."""
    words: Sequence[str] = ()
    """The words of its head."""


def read(text: str, phrases: Phrases) -> Line:
    """Read one line; of short ones, which outlets put on every page, the last are remembered."""
    return _read_short(text, phrases) if len(text) < PROSE_CHARS else _read(text, phrases)


@lru_cache(maxsize=REMEMBERED)
def _read_short(text: str, phrases: Phrases) -> Line:
    return _read(text, phrases)


def _read(text: str, phrases: Phrases) -> Line:
    """Most long lines are prose, which a glance at both ends tells."""
    closing = _closes(text, phrases)
    kind, announced = _opening(text, phrases)
    whole = text[-1] in _STOPS and not (closing or announced or _is_capitalised(text))
    if whole and (len(text) >= PROSE_CHARS or (text[-1] in _IDEOGRAPHIC_STOPS and len(text) >= PROSE_IDEOGRAPHS)):
        return Line(text, True, True)  # noqa: FBT003 - by position, as nearly every long line is made here
    head = lower(text[:HEAD])
    words = split(head)
    key = " ".join([word for word in words if not word.isdigit()])
    return Line(
        text,
        sentence=whole and len(words) >= SENTENCE_WORDS,
        reason=_reason(key, head, words, phrases)
        or ("boilerplate" if kind == "boilerplate" and any(phrase in lower(text) for phrase in phrases.inside) else None),
        end=key in phrases.end,
        final=key in phrases.final or bool(ABOUT.fullmatch(text)),
        kind=kind,
        announced=announced,
        closing=closing,
        head=head,
        words=words,
    )


def said(texts: Sequence[str], phrases: Phrases) -> dict[str, str]:
    """The lines in which the page speaks to its readers, with the reason why they go."""
    found = phrases.said.find_matches_as_indexes
    if not found("\n".join(texts)):
        return {}
    prompts = {}
    for text in texts:
        if len(text) <= PROMPT_CHARS and (matches := found(text)) and matches[0][1] <= PROMPT_START:
            prompts[text] = phrases.said_as[matches[0][0]]
    return prompts


def ends_sentence(text: str, phrases: Phrases) -> bool:
    """Whether a line ends in a full stop, and neither cut off nor with a prompt to go on."""
    return text[-1] in _STOPS and not _closes(text, phrases)


def stems(words: Iterable[str], stop_stems: frozenset[str]) -> set[str]:
    """First letters of the words of four letters and more, without the commonest: two lines on one subject share some."""
    return {word[:STEM] for word in words if len(word) >= MIN_STEMMED and word.isalpha()} - stop_stems


@lru_cache(maxsize=4)
def text_stems(text: str, stop_stems: frozenset[str]) -> frozenset[str]:
    """Stems of a text; the last few are kept, as every round of the filter asks for those of the same prose."""
    return frozenset(stems(split(lower(text)), stop_stems))


def own_stems(line: Line, stop_stems: frozenset[str]) -> set[str]:
    """Stems of one line."""
    return stems(line.words if line.words and len(line.text) <= HEAD else split(lower(line.text)), stop_stems)


def shape_marks(line: Line, phrases: Phrases) -> tuple[str, ...]:
    """The features of a line by itself; the first tells its end, the second its length."""
    return _short_marks(line.text, phrases) if len(line.text) < PROSE_CHARS else _shape_marks(line, phrases)


@lru_cache(maxsize=REMEMBERED)
def _short_marks(text: str, phrases: Phrases) -> tuple[str, ...]:
    return _shape_marks(read(text, phrases), phrases)


def _shape_marks(line: Line, phrases: Phrases) -> tuple[str, ...]:
    text, words = line.text, line.words
    marks = [_end_mark(text), _length_mark(len(words)), _case_mark(text)]
    marks += _word_marks(words, phrases)
    marks += _sign_marks(text[:HEAD])
    if line.kind:
        marks.append(f"announces {line.kind}" if line.announced else f"begins {line.kind}")
    if line.closing:
        marks.append("closing")
    if is_name(text):
        marks.append("name")
    if bars := len(_BAR.findall(text[:HEAD])):
        marks.append(f"bars {min(bars, 2)}")
    return tuple(marks)


def is_name(text: str) -> bool:
    """Two to four capitalised words."""
    return bool(_NAME.fullmatch(text)) and all(part[0].isupper() for part in text.split())


def row_form(line: Line) -> str:
    """What rows of one list or table share, "" for lines that are no rows: so many bars, or a number and the first sign."""
    if line.prose or line.reason or line.announced or line.closing:
        return ""
    if (bars := line.text.count(" | ")) > 1:
        return f"{bars} bars"
    if not _DIGIT.search(line.head):
        return ""
    sign = _SIGN.search(line.head)
    return sign[0] if sign else " "


def _closes(text: str, phrases: Phrases) -> bool:
    """Whether a line is cut off or ends with a prompt to go on."""
    if len(text) > TEASER_CHARS:
        return False
    if text.endswith(_ELLIPSES):
        return True
    if not _may_close(text[text.rfind(" ") + 1 :], phrases):
        return False
    return lower(text[-TAIL:].rstrip(_CLOSING_EDGES)).endswith(phrases.closings)


@lru_cache(maxsize=REMEMBERED)
def _may_close(last: str, phrases: Phrases) -> bool:
    """Whether a line that ends in this word, or in a sign that stands alone, may end in a prompt."""
    bare = last.rstrip(_CLOSING_EDGES)
    return not bare or lower(bare) in phrases.last_words


def _opening(text: str, phrases: Phrases) -> tuple[str | None, bool]:
    """What the longest known opening announces, and whether it surely does."""
    end = text.find(" ") if " " in text else len(text)
    seconds = _seconds(text[:end], phrases)
    if seconds is None or not lower(text[end + 1 : end + 1 + HEAD]).lstrip(_EDGES).startswith(seconds):
        return None, False
    head = lower(text[:HEAD])
    words = split(head)
    for count in range(min(len(words), OPENING_WORDS), 0, -1):
        kind = phrases.openings.get(" ".join(words[:count]))
        if kind:
            rest = head.partition(words[0])[2].lstrip() if count == 1 else ""
            return kind, rest[:1] in (":", "")
    return None, False


@lru_cache(maxsize=REMEMBERED)
def _seconds(first: str, phrases: Phrases) -> tuple[str, ...] | None:
    """The words that follow this one in openings."""
    return phrases.second_words.get(lower(first).strip(_EDGES))


def _reason(key: str, head: str, words: Sequence[str], phrases: Phrases) -> str | None:
    if key in phrases.lines:
        return phrases.lines[key]
    if not words or key in phrases.end or head.startswith(_OWNERSHIP) or _POST.fullmatch(head):
        return "boilerplate"
    if key and phrases.menu.issuperset(key.split(" ")):
        return "navigation"
    if phrases.role.issuperset(words):
        return "byline"
    if (words[0] in phrases.date or words[0][0].isdigit()) and _is_date(head, words, phrases):
        return "date"
    return None


def _is_date(head: str, words: Sequence[str], phrases: Phrases) -> bool:
    """Whether numbers and words of dates, and no others, make a date or a time of day."""
    if not phrases.date.issuperset([word for word in words if not word[0].isdigit()]):
        return False
    if _NUMERIC_DATE.search(head) or _CLOCK.fullmatch(head.strip("[]()")):
        return True
    return any(word[0].isdigit() for word in words) and any(word in phrases.calendar for word in words)


def _end_mark(text: str) -> str:
    if text.endswith(_ELLIPSES):
        return "ends ellipsis"
    end = text[-1]
    if end in _ENDS:
        return _ENDS[end]
    if end in _STOPS:
        return "ends question" if end in _QUESTIONS else "ends stop"
    return "ends open"


def _length_mark(count: int) -> str:
    return f"words {next((limit for limit in _WORDS_LIMITS if count <= limit), 14)}"


def _case_mark(text: str) -> str:
    if text[0] in _STARTS:
        return _STARTS[text[0]]
    if text[0].islower():
        return "case lower"
    if text[0].isdigit():
        return "case digit"
    if text.isupper():
        return "case upper"
    long = [word for word in text[:TITLE_CHARS].split() if len(word) > 3]  # noqa: PLR2004 - headlines leave short words small
    return "case title" if len(long) > 2 and len([1 for word in long if word[0].islower()]) * 5 <= len(long) else "case sentence"  # noqa: PLR2004


def _is_capitalised(text: str) -> bool:
    """Whether a line is in the capitals of a headline, in which the last word has one too."""
    return len(text) <= TITLE_CHARS and not text.rpartition(" ")[2][0].islower() and _case_mark(text) == "case title"


def _word_marks(words: Sequence[str], phrases: Phrases) -> Iterator[str]:
    count = len(words) or 1
    chrome = len([word for word in words if word in phrases.chrome])
    if chrome:
        yield "chrome much" if chrome * 3 >= count else "chrome some"
    function = len([word for word in words if word in phrases.function])
    yield f"function {min(function, 3)}"
    if len([word for word in words if word in phrases.section]) * 2 >= count:
        yield "sections"
    if len([word for word in words if word[0].isdigit()]) * 3 >= count:
        yield "digits"
    if not function and any(word in phrases.foreign for word in words):
        yield "foreign"


def _sign_marks(head: str) -> Iterator[str]:
    if not head.isascii():
        if _SYMBOL.search(head):
            yield "symbol"
        if _NOT_LATIN.search(head):
            yield "not latin"
    if ":" in head and _LABEL.match(head):
        yield "label"
    if _ADDRESS.search(head):
        yield "address"
    if _COUNT.search(head):
        yield "count"
    if _PRICE.search(head):
        yield "price"


CACHES = (_read_short, _short_marks, _may_close, _seconds)
"""What remembers short lines and words, and the phrases that it read them with."""
