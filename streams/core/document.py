"""One reading of an article's title and text, shared by classification, detection and story matching."""

import re
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"\w+")
TYPOGRAPHY = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
"""Curly quotes, dashes and the ellipsis: in most English articles all that is not ASCII."""
SPACED = bytes(byte if byte >= 128 or chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))  # noqa: PLR2004
"""A space for every ASCII character that is not part of a word: the table of a translation of UTF-8."""


@dataclass(frozen=True, slots=True)
class Document:
    """Title and text as one string, lower-cased and split into words once."""

    full: str
    """Title, line feed, text; the text alone when there is no title."""
    lower: str
    """`full` in lower case, of equal length: an offset in one is an offset in the other."""
    offset: int
    """Where the text begins in `full`; hits before it are in the title."""
    words: tuple[str, ...]
    """The words of `lower`, in order."""


def lower(text: str) -> str:
    """Lower case without change of length (`'İ'.lower()` is two code points)."""
    return text.replace("İ", "I").lower()


def split(text: str) -> list[str]:
    r"""The words of a text: what `\w+` matches, found three times as fast, as only what is not ASCII is asked of the pattern."""
    if not text.isascii():
        for mark in TYPOGRAPHY:
            text = text.replace(mark, " ")
    tokens = text.encode("utf-8", "surrogatepass").translate(SPACED).decode("utf-8", "surrogatepass").split()
    if text.isascii():
        return tokens
    return [word for token in tokens for word in ((token,) if token.isascii() else WORD.findall(token))]


@lru_cache(maxsize=2)
def read(title: str | None, text: str) -> Document:
    """Read an article; the last two are kept, so that the stages of a chain share one reading."""
    full = f"{title}\n{text}" if title else text
    lowered = lower(full)
    return Document(full=full, lower=lowered, offset=len(full) - len(text), words=tuple(split(lowered)))
