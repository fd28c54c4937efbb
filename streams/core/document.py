"""One reading of an article's title and text, shared by classification, detection and story matching."""

import re
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
ASCII = bytes(range(128))
MANY = 64
"""More different characters beyond ASCII are no English: there the pattern finds the words faster."""
SPACED = bytes(byte if byte >= 128 or chr(byte).isalnum() else ord(" ") for byte in range(256))  # noqa: PLR2004
"""A space for every ASCII character that is not part of a word: the table of a translation of UTF-8."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """Title and text as one string, lower-cased and split into words once; compared by identity."""

    full: str
    """Title, line feed, text; the text alone when there is no title."""
    lower: str
    """`full` in lower case, of equal length: an offset in one is an offset in the other."""
    offset: int
    """Where the text begins in `full`; hits before it are in the title."""
    words: tuple[str, ...]
    """The words of `lower`, in order."""
    vocabulary: frozenset[str]
    """The different ones."""


def lower(text: str) -> str:
    """Lower case without change of length (`'İ'.lower()` is two code points)."""
    return text.replace("İ", "I").lower()


def split(text: str) -> list[str]:
    """The words of a text: runs of letters and digits, what `WORD` matches, found in a third of its time."""
    if not text.isascii():
        signs = set(text.encode("utf-8", "surrogatepass").translate(None, ASCII).decode("utf-8", "surrogatepass"))
        if len(signs) > MANY:
            return WORD.findall(text)
        for sign in signs:
            if not sign.isalnum():
                text = text.replace(sign, " ")
    return text.encode("utf-8", "surrogatepass").translate(SPACED).decode("utf-8", "surrogatepass").split()


@lru_cache(maxsize=2)
def read(title: str | None, text: str) -> Document:
    """Read an article; the last two are kept, so that the stages of a chain share one reading."""
    full = f"{title}\n{text}" if title else text
    lowered = lower(full)
    words = tuple(split(lowered))
    return Document(full, lowered, len(full) - len(text), words, frozenset(words))
