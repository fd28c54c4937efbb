"""Flattens a parsed page into its block elements and the texts they hold."""

import re
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

BLOCK_TAGS = (
    "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu noscript ol p pre section summary table tbody td th tr ul"
)
BLOCKS = frozenset(BLOCK_TAGS.split())
UNREAD = (
    "head, script, style, template, svg, math, iframe, object, canvas, audio, video, picture, button, select, textarea, del, s, "
    "strike, nav, footer, [role=navigation], [role=contentinfo], [role=dialog], [role=search], [role=menu]"
)
VISIBLE = frozenset(("a", "b", "em", "font", "i", "img", "strong"))
"""Inline elements that are read without a look at their attributes: pages do not hide these, and they are the most."""
ASIDES = frozenset(("aside", "form", "noscript", "figcaption"))
BESIDE_ROLES = frozenset(("banner", "complementary"))
OUTERMOST = frozenset(("body", "html", "main"))
"""Elements that hold the article whatever they are called."""
NAMES_LENGTH = 256
"""How much of class and id is looked at, in characters."""
DOCUMENT = (0, False)
LEFT_OUT = -1

WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Names that content management systems give to what is not the article: whole words of class and id, then whole names.
BESIDE = re.compile(
    r"(?<![a-z])(?<!has-)(?<!with-)(?<!no-)(?<!not-)(?<!without-)(?<!-left-)(?<!-right-)(?<!category-)(?<!tag-)(?<!format-)(?:"
    r"advert[a-z]*|affiliate|banner|breadcrumbs?|byline|captions?|comment(?:s|list|form|area)?|consent|contact|contributors?|cookies?|"
    r"copyright|credits?|disclaimer|disclosure|disqus|footer|footnotes|gallery|gdpr|login|masthead|menu|metadata|modal|nav|navbar|"
    r"navigation|newsletters?(?!-post)|outbrain|overlay|popular|popup|promos?|promotions?|promotional|rail|"
    r"read-?more(?!-(?:content|text))|recirc|recommend[a-z]*|related[a-z]*|scrim|"
    r"shar(?:e|ed|ing)|sidebar|signup|social[a-z]*|sponsor(?:ed|s)?|subscri(?:be|ption)|taboola|tags|teasers?(?!-(?:content|text))|"
    r"ticker|breaking-news|toolbar|tooltip|transcript|trending|(?<!article-)widget)(?![a-z])"
    r"|(?<!\S)(?:ads?|bio|hidden|hide|rel)(?!\S)"
    r"|(?<![a-z])(?:ad|author)-(?:bio|box|info|slot|unit|wrapper|container)(?![a-z])"
)
LAYOUT = frozenset(("banner", "form", "menu", "modal", "overlay", "rail", "toolbar", "transcript", "widget"))
"""Of these what a page builder may call any box: they say how a box looks, not what it holds."""
BODY = re.compile(r"(?<![a-z])(?:article|story|entry|post|news|content)[-_]*(?:body|content|text)(?![a-z])")
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class Element(NamedTuple):
    """A block element; `parent` is its index, always smaller than its own."""

    tag: str
    parent: int
    hidden: bool
    beside: str
    """The word of tag, role, class or id that says that it is not the article, or nothing."""
    body: bool
    """Class, id or `itemprop` say that it is the article's body."""


class Block(NamedTuple):
    """A run of text between two block boundaries, entities decoded and, but in `pre`, white space collapsed."""

    owner: int
    """Index of the element that holds it."""
    text: str
    linked: int
    """How many of its characters are link text."""


class Tree(NamedTuple):
    """A page: its block elements in document order, the first standing for the document, and their texts in order."""

    elements: list[Element]
    blocks: list[Block]


@lru_cache(maxsize=4096)
def named(names: str) -> tuple[str, bool]:
    """The word of class and id that says `beside` the article, and whether they say `body` of the article."""
    words = names if names.islower() else WORD_START.sub("-", names).lower()
    found = BESIDE.search(words)
    return found[0] if found else "", bool(BODY.search(words))


def element(tag: str, parent: int, attributes: dict[str, str | None]) -> Element:
    """What an element's tag and attributes say of it."""
    aside = tag if tag in ASIDES else ""
    if not attributes:
        return Element(tag, parent, hidden=False, beside=aside, body=False)
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"[:NAMES_LENGTH]
    beside, body = named(names)
    role = attributes.get("role") or ""
    return Element(
        tag,
        parent,
        hidden=is_hidden(attributes),
        beside=aside or (role if role in BESIDE_ROLES else "") or (beside if tag not in OUTERMOST else ""),
        body=body or attributes.get("itemprop") == "articleBody",
    )


def is_hidden(attributes: dict[str, str | None]) -> bool:
    """Whether the reader of the page does not see it."""
    style = attributes.get("style")
    return "hidden" in attributes or attributes.get("aria-hidden") == "true" or bool(style and HIDDEN.search(style))


def flatten(page: LexborHTMLParser) -> Tree:  # noqa: C901 - a branch for each kind of node; calls would double the time
    """Walk the page once; inline elements belong to the block around them, hidden ones among them are left out.

    Navigation, scripts and the like are taken out of `page`.
    """
    for node in page.css(UNREAD):
        node.decompose()
    elements = [Element("", 0, hidden=False, beside="", body=False)]
    blocks: list[Block] = []
    # Where the text inside each element goes, by the parser's id of the node: the block's index, and whether it is link text.
    places: dict[int, tuple[int, bool]] = {}
    owner = linked = 0
    parts: list[str] = []
    for node in page.root.traverse(include_text=True) if page.root else ():
        tag = node.tag
        if not tag or tag == "-comment":
            continue
        around = node.parent
        index, in_link = places.get(around.mem_id, DOCUMENT) if around else DOCUMENT
        if tag == "-text":
            text = node.text_content or ""
            if index != owner and (index == LEFT_OUT or text.isspace()):
                continue
            if index != owner:
                end_block(elements, blocks, owner, parts, linked)
                owner, linked = index, 0
            parts.append(text)
            if in_link:
                linked += len(text.strip())
        elif tag == "br":
            end_block(elements, blocks, owner, parts, linked)
            linked = 0
        elif index == LEFT_OUT:
            places[node.mem_id] = (LEFT_OUT, False)
        elif tag in BLOCKS or "-" in tag:  # a hyphen: a custom element, unknown and most often a box
            end_block(elements, blocks, owner, parts, linked)
            owner, linked = len(elements), 0
            elements.append(element(tag, index, node.attributes))
            places[node.mem_id] = (owner, in_link)
        else:
            left_out = tag not in VISIBLE and is_hidden(node.attributes)
            places[node.mem_id] = (LEFT_OUT, False) if left_out else (index, in_link or tag == "a")
    end_block(elements, blocks, owner, parts, linked)
    return Tree(elements, blocks)


def end_block(elements: list[Element], blocks: list[Block], owner: int, parts: list[str], linked: int) -> None:
    """Add the text read so far as a block of `elements[owner]`, unless it is blank, and start afresh."""
    if parts:
        text = "".join(parts)
        text = text.strip() if elements[owner].tag == "pre" else " ".join(text.split())
        if text:
            blocks.append(Block(owner, text, linked))
        parts.clear()
