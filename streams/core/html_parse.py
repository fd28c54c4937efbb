"""Parses HTML, within bounds of nesting, time and memory.

What a tag means depends on all that stands before it, so the bounds are upper ones, or hold wherever a comment, a script or
a quoted value begins. Without them 45 KB could grow into a gigabyte, and 1 MiB could take a minute.
"""

import re

from selectolax.lexbor import LexborHTMLParser

from streams.core.records import Rejected

MAX_DEPTH = 2_000
"""Deepest nesting that is parsed: the parser's time grows with its square, measured 0.04 s at 5,000 and 15 s at 100,000.
Real pages: 677 in a page that closes nothing, else at most 246, of 270."""
MAX_TAGS = 60_000
"""Most tags that are parsed: the densest of those pages would have 39,000 in 1 MiB. Where `nesting` is led astray, by a closing
tag in a comment, this alone bounds the depth: 1.6 s."""
MAX_COMPARED = 200_000_000
"""Most pairs of attributes of one element: the parser compares each with all before it, measured 0.3 s. Of the real pages
none has 16 million by this count, most of them from scripts that compare with `<`."""
MAX_REOPENED = 200_000
"""Most pairs of a formatting element and a tag: an unclosed `<b>` is opened anew in every later paragraph (HTML Standard,
13.2.4.3), each time with memory of its own. In pages with more they are made plain elements, which shows in no text."""

TAG = re.compile(r"<(\\?/?[a-zA-Z][a-zA-Z0-9]*)")  # the backslash: `<\/div>` closes in markup that a script carries
# Elements that hold nothing, and those that the next of their kind closes or that are nothing outside of a table (HTML
# Standard, 13.1.2 and 13.2.6.4): they do not nest. `rp`, `rt` and `optgroup` do, where they should not be.
FLAT = "area base br col embed hr img input link meta param source track wbr p li dt dd option tr td th tbody thead tfoot colgroup"
UNNESTED = frozenset(prefix + name for tag in FLAT.split() for name in (tag, tag.upper()) for prefix in ("", "/", "\\/"))
FORMATTING = frozenset(("b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"))
FORMATTING_TAG = re.compile(rf"<(/?)(?:{'|'.join(sorted(FORMATTING))})(?![^\s/>])", re.IGNORECASE | re.ASCII)

SEPARATORS = b" \n\t\r\f/="
"""One of these stands between an attribute's name and the next one's."""
NO_SEPARATORS = bytes(set(range(256)) - set(SEPARATORS))
SEPARATED = re.compile(rb"[\s/]+|=\s*+[\"']")
QUOTED = tuple(re.compile(rb"%b(?:(?<==%b)|(?<==\s%b)|(?<=\s\s%b))[^%b>]*+>[^%b]*+" % ((sign,) * 6)) for sign in (b'"', b"'"))
"""What may be an attribute's value with a `>`, which does not end its tag. It looks back at the `=`, which the value before may
have taken for its own."""
TAG_START = re.compile(b"<[a-zA-Z]")
LONG_TAG = 1000
"""Bytes of a tag that is looked at: a thousand shorter ones, as dense as can be, take 0.1 s."""
PAGE_TAG = re.compile(rb"<(?:html|body)[\s/][^>]*+", re.IGNORECASE)
"""Attributes of a second one are added to those of the first."""


def nesting(tags: list[str]) -> int:
    """The deepest nesting, given that every closing tag closes; where it cannot be too deep, the number of what may nest.

    A closing tag closes only an open element of its own kind: counting all alike would let `<div></b>` nest unseen.
    """
    nested = [tag for tag in tags if tag not in UNNESTED]
    number = len([tag for tag in nested if tag[0] not in "/\\"])
    if number <= MAX_DEPTH:
        return number
    opened: dict[str, int] = {}
    depth = deepest = 0
    for tag in nested:
        name = tag.lower().lstrip("/\\")
        step = 1 if len(name) == len(tag) else -1
        count = opened.get(name, 0) + step
        if count >= 0:
            opened[name] = count
            depth += step
            deepest = max(deepest, depth)
    return deepest


def compared(page: bytes) -> int:
    """Upper bound of the pairs of attributes of one element, summed over the elements; a close one where it matters."""
    for quoted in QUOTED:
        page = quoted.sub(lambda value: value[0].replace(b">", b" "), page)
    tags = [tag for tag in page.split(b">") if len(tag) >= LONG_TAG]
    tags.append(b" ".join(PAGE_TAG.findall(page)))
    pairs = sum([len(tag.translate(None, NO_SEPARATORS)) ** 2 for tag in tags])
    if pairs <= MAX_COMPARED:
        return pairs
    return sum([len(SEPARATED.findall(tag, start.start())) ** 2 for tag in tags if (start := TAG_START.search(tag))])


def parse(body: str) -> LexborHTMLParser | Rejected:
    """Parse HTML, or refuse (`too_deep`) what would take the parser too long. Lone surrogates become question marks."""
    tags = TAG.findall(body)
    if len(tags) > MAX_TAGS:
        return Rejected("too_deep", f"body: {len(tags)} tags, more than {MAX_TAGS}")
    deepest = nesting(tags)
    if deepest > MAX_DEPTH:
        return Rejected("too_deep", f"body: elements nested {deepest} deep, more than {MAX_DEPTH}")
    formatting = sum(map(FORMATTING.__contains__, map(str.lower, tags)))
    if formatting * len(tags) > MAX_REOPENED:
        body = FORMATTING_TAG.sub(r"<\1span", body)
    page = body.encode("utf-8", "replace")
    if len(page.translate(None, NO_SEPARATORS)) ** 2 > MAX_COMPARED and compared(page) > MAX_COMPARED:
        return Rejected("too_deep", "body: tags with more attributes than can be parsed in time")
    return LexborHTMLParser(page)
