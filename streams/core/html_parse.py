"""Parses HTML, within bounds of nesting and time."""

import re

from selectolax.lexbor import LexborHTMLParser

from streams.core.records import Rejected

MAX_DEPTH = 512
"""Deepest nesting that is parsed: the parser's time grows with its square, measured 0.04 s at 5,000 and 15 s at 100,000.
Real pages: at most 246 by this count, of 270."""
MAX_TAGS = 60_000
"""Most tags that are parsed: the densest of those pages would have 39,000 in 1 MiB."""
MAX_ATTRIBUTES = 10_000
"""Most words between the brackets of one tag: the parser's time grows with the square of its attributes, measured 0.16 s at
10,000 and 50 s at 150,000. Scripts that compare with `<` look like tags of up to 4,000."""
MAX_REOPENED = 200_000
"""Most open formatting elements summed over all tags: an unclosed `<b>` is opened anew in every later paragraph (HTML Standard,
13.2.4.3), so that 1 MiB within the other bounds could grow into gigabytes."""

TAG = re.compile(r"<(\\?/?[a-zA-Z][a-zA-Z0-9]*)")  # the backslash: `<\/div>` closes in markup that a script carries
# Elements that hold nothing, and those that the next of their kind closes (HTML Standard, 13.1.2): they do not nest.
FLAT = (
    "area base br col embed hr img input link meta param source track wbr "
    "p li dt dd option optgroup tr td th tbody thead tfoot colgroup rp rt"
)
UNNESTED = frozenset(prefix + name for tag in FLAT.split() for name in (tag, tag.upper()) for prefix in ("", "/", "\\/"))
FORMATTING = frozenset(("b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"))
LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{2 * MAX_ATTRIBUTES},}}+")  # an attribute takes two characters at least


def nesting(tags: list[str]) -> tuple[int, int]:
    """Upper bounds: the deepest nesting, and the open formatting elements summed over all tags.

    A closing tag closes only an open element of its own kind: counting all alike would let `<div></b>` nest unseen.
    """
    opened: dict[str, int] = {}
    depth = deepest = formatting = reopened = 0
    for tag in tags:
        reopened += formatting
        if tag in UNNESTED:
            continue
        name = tag.lower().lstrip("/\\")
        step = 1 if len(name) == len(tag) else -1
        count = opened.get(name, 0) + step
        if count >= 0:
            opened[name] = count
            depth += step
            deepest = max(deepest, depth)
            if name in FORMATTING:
                formatting += step
    return deepest, reopened


def parse(body: str) -> LexborHTMLParser | Rejected:
    """Parse HTML, or refuse (`too_deep`) what would take the parser too long. Lone surrogates become question marks."""
    tags = TAG.findall(body)
    if len(tags) > MAX_TAGS:
        return Rejected("too_deep", f"body: {len(tags)} tags, more than {MAX_TAGS}")
    deepest, reopened = nesting(tags)
    if deepest > MAX_DEPTH:
        return Rejected("too_deep", f"body: elements nested {deepest} deep, more than {MAX_DEPTH}")
    if reopened > MAX_REOPENED:
        return Rejected("too_deep", f"body: unclosed formatting over {reopened} tags, more than {MAX_REOPENED}")
    if any(len(tag.split()) > MAX_ATTRIBUTES for tag in LONG_TAG.findall(body)):
        return Rejected("too_deep", f"body: a tag with more than {MAX_ATTRIBUTES} attributes")
    return LexborHTMLParser(body.encode("utf-8", "replace"))
