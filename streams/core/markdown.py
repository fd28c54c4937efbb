"""Tells Markdown, as scrapers deliver many articles, and renders it as HTML, so that its links and headings are known."""

import re
from itertools import islice

from markdown_it import MarkdownIt

MARK = re.compile(r"\]\((?:https?:|mailto:|[/#])|^#{1,6} \S|\*\*[^\s*][^*\n]{0,200}\*\*", re.MULTILINE)
"""What hardly stands in other text: the target of a link or image, a heading, bold words."""
SIGNS = ("](", "# ", "**")
"""A mark holds one of these."""
MARKS = 2
"""So many marks make a body Markdown: one may be a slip, or a footnote."""
MAX_CHARS = 50_000
"""A longer body is taken as plain text: what is made up to be slow takes half a second and 40 MB at this length."""

_RENDERER = MarkdownIt("commonmark").enable("table")


def is_markdown(body: str) -> bool:
    """Whether a body that is no HTML is Markdown."""
    if len(body) > MAX_CHARS or not any(sign in body for sign in SIGNS):
        return False
    return len(list(islice(MARK.finditer(body), MARKS))) == MARKS


def to_html(body: str) -> str:
    """Markdown as HTML: CommonMark with tables. HTML in it stays as it is."""
    return str(_RENDERER.render(body))
