"""One reading of an article's title and text, shared by classification, detection and story matching."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
ASCII = bytes(range(128))
MANY = 64
"""More different characters beyond ASCII are no English: there the pattern finds the words faster."""
SPACED = bytes(byte if byte >= 128 or chr(byte).isalnum() else ord(" ") for byte in range(256))  # noqa: PLR2004
"""A space for every ASCII character that is not part of a word: the table of a translation of UTF-8."""


@dataclass(slots=True, eq=False)
class Document:
    """Title and text as one string, lower-cased and split into words once; compared by identity."""

    full: str
    """Title, line feed, text; the text alone when there is no title."""
    utf8: bytes
    """`full` in UTF-8."""
    lower: str
    """`full` in lower case, of equal length: an offset in one is an offset in the other."""
    offset: int
    """Where the text begins in `full`; hits before it are in the title."""
    words: Sequence[str]
    """The words of `lower`, in order."""
    vocabulary: frozenset[str]
    """The different ones."""


def lower(text: str) -> str:
    """Lower case without change of length (`'İ'.lower()` is two code points)."""
    return text.replace("İ", "I").lower()


def split(text: str) -> list[str]:
    """The words of a text: runs of letters and digits, what `WORD` matches, found in a third of its time."""
    if text.isascii():
        return text.encode().translate(SPACED).decode().split()
    utf8 = encode(text)
    signs = set(decode(utf8.translate(None, ASCII)))
    return WORD.findall(text) if len(signs) > MANY else _split(utf8, signs)


def _split(utf8: bytes, signs: set[str]) -> list[str]:
    """The words of a text with these signs beyond ASCII."""
    for sign in signs:
        if not sign.isalnum():
            utf8 = utf8.replace(encode(sign), b" ")
    return decode(utf8.translate(SPACED)).split()


def encode(text: str) -> bytes:
    """UTF-8, also of lone surrogates."""
    return text.encode("utf-8", "surrogatepass")


def decode(utf8: bytes) -> str:
    """The text that `encode` was given."""
    return utf8.decode("utf-8", "surrogatepass")


def _lower_and_split(full: str, utf8: bytes) -> tuple[str, list[str]]:
    """A text in lower case and its words; bytes are lowered and searched in a fifth of the time of characters beyond ASCII."""
    if not full.isascii():
        signs = decode(utf8.translate(None, ASCII))
        different = set(signs)
        if len(different) <= MANY and signs.lower() == signs:
            return decode(utf8.lower()), _split(utf8.lower(), different)
    lowered = lower(full)
    return lowered, split(lowered)


@lru_cache(maxsize=2)
def read(title: str | None, text: str) -> Document:
    """Read an article; the last two are kept, so that the stages of a chain share one reading."""
    full = f"{title}\n{text}" if title else text
    utf8 = encode(full)
    lowered, words = _lower_and_split(full, utf8)
    return Document(full, utf8, lowered, len(full) - len(text), words, frozenset(words))
