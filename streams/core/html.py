"""Finds title, main text and time of an HTML page."""

import re
from dataclasses import dataclass
from datetime import datetime

from streams.core.html_head import choose_title, read_head
from streams.core.html_main import main_text
from streams.core.html_parse import parse
from streams.core.html_tree import flatten
from streams.core.records import Rejected

PAGE_START = re.compile(r"[\ufeff\s]*+<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
BLOCK_TAG = re.compile(r"<(?:article|blockquote|br|div|h[1-6]|li|main|ol|p|section|table|td|tr|ul)(?=[\s/>])", re.IGNORECASE)
FRAGMENT_START = re.compile(rf"[\ufeff\s]*+(?:<!--|{BLOCK_TAG.pattern})", re.IGNORECASE)
CLOSING_TAG = re.compile(r"</(?:article|blockquote|div|h[1-6]|li|main|ol|p|section|table|td|tr|ul)>", re.IGNORECASE)
SNIFFED = 100_000
"""How much of a body is searched for tags, in characters."""
BLOCK_TAGS = 3
"""So many block tags make a body HTML that does not begin like it: one or two may be quoted in a plain text."""


@dataclass(frozen=True, slots=True)
class Page:
    """What an HTML page says to its reader."""

    title: str | None
    """The headline, without the site's name."""
    lines: tuple[str, ...]
    """The main text in order: one paragraph, heading, list item, quote or table row a line, never empty, white space collapsed."""
    published_at: datetime | None = None
    """When the page says that it was published, in UTC."""


def begins_like_page(body: str) -> bool:
    """Whether a body begins as whole pages do, which no text does: servers declare what they like."""
    return PAGE_START.match(body) is not None


def looks_like_html(body: str) -> bool:
    """Whether a body is HTML: it begins like a page, or like a fragment that closes a block, or holds several block tags."""
    if begins_like_page(body):
        return True
    start = body[:SNIFFED]
    if FRAGMENT_START.match(start) and CLOSING_TAG.search(start):
        return True
    return len(BLOCK_TAG.findall(start)) >= BLOCK_TAGS


def extract(body: str) -> Page | Rejected:
    """Title, main text and time of an HTML page or fragment.

    Refuses `too_deep` what would take too long to parse, and `no_text` what has no text outside of navigation and links.
    The article text of the page's JSON-LD stands in where the page shows less than half of it (built by a script, most often).
    """
    page = parse(body)
    if isinstance(page, Rejected):
        return page
    head = read_head(page)
    headline, lines = main_text(flatten(page))
    if sum(map(len, head.lines)) > 2 * sum(map(len, lines)):
        lines = head.lines
    if not lines:
        return Rejected("no_text", "body: the page has no text outside of navigation and links")
    return Page(choose_title(head, headline), lines, head.published_at)
