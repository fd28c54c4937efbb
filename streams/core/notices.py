"""Tells a page that stands in an article's place: an error, a request for consent, a check for robots, a login.

Such pages are short, and most of what they say is said on all pages of their kind.
"""

import re
from collections.abc import Mapping

from streams.core.document import Document

Notices = Mapping[str, tuple[str, ...]]
"""Phrases in lower case by what they belong to."""

MAX_CHARS = 1_500
"""A longer text is an article, whatever it speaks of."""
MIN_PHRASES = 2
"""One phrase alone may be quoted."""
SHARE = 0.5
"""So much of title and text, in characters, lies in sentences that only such pages have."""
_SENTENCE = re.compile(r"[^.!?\n]+")


def notice(document: Document, notices: Notices) -> str | None:
    """What kind of page this is; None for an article."""
    whole = document.lower
    if len(whole) - document.offset > MAX_CHARS:
        return None
    sentences = _SENTENCE.findall(whole)
    for kind, phrases in notices.items():
        said = [phrase for phrase in phrases if phrase in whole]
        if len(said) >= MIN_PHRASES:
            own = [sentence for sentence in sentences if any(phrase in sentence for phrase in said)]
            if sum(map(len, own)) >= SHARE * sum(map(len, sentences)):
                return kind
    return None
