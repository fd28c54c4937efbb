"""Tells the language of an article."""

import re
from collections.abc import Callable

from streams.core.document import Document

Identify = Callable[[str], tuple[str, float]]
"""One line of text to the code of its likeliest language, ISO 639, and the probability of that, 0 to 1."""

SAMPLE = 400
SAMPLE_WORDS = 60
"""Characters and words that are looked at: more cost time and tell nothing new."""
MIN_LETTERS = 8
MIN_PROBABILITY = 0.35
"""Below either, a guess is noise."""

# Words of English that no other language in Latin script uses as often.
_ENGLISH = frozenset(
    {
        "the",
        "of",
        "and",
        "to",
        "that",
        "is",
        "was",
        "with",
        "for",
        "by",
        "from",
        "are",
        "were",
        "have",
        "has",
        "been",
        "it",
        "its",
        "which",
        "their",
        "said",
        "will",
        "would",
    }
)
_MIN_ENGLISH_SHARE = 0.12
_MIN_ENGLISH_WORDS = 4
# Codes of single varieties, as models give them, to the code of the language in ISO 639-1.
_ISO_639_1 = {"arz": "ar", "azb": "az", "bxr": "mn", "ckb": "ku", "mzn": "fa", "sh": "sr", "wuu": "zh", "yue": "zh"}
_LETTERS = re.compile(r"[^\W\d_]+")


def detect(document: Document, identify: Identify) -> str:
    """The language of title and text, ISO 639-1, or `und` when they are too short or too odd to tell.

    Clearly English text is told by its commonest words; `identify` is asked only about the rest, and hears the text alone.
    """
    words = document.words[:SAMPLE_WORDS]
    english = sum(map(_ENGLISH.__contains__, words))
    if english >= _MIN_ENGLISH_WORDS and "the" in words and english >= _MIN_ENGLISH_SHARE * len(words):
        return "en"
    sample = document.full[document.offset : document.offset + SAMPLE]
    if sum(map(len, _LETTERS.findall(sample))) < MIN_LETTERS:
        return "und"
    code, probability = identify(sample.replace("\n", " "))
    code = _ISO_639_1.get(code, code)
    return code if probability >= MIN_PROBABILITY and len(code) == 2 else "und"  # noqa: PLR2004 - ISO 639-1 is of two letters
