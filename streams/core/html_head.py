"""Reads what a page says of itself in its head and its JSON-LD: title, site name, article text and when it was published."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from selectolax.lexbor import LexborHTMLParser

FIELDS = {
    name: re.compile(rf'"{name}"\s*+:\s*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
    for name in ("headline", "articleBody", "datePublished")
}
"""Fields of schema.org's Article, each as it stands in JSON; possessive, so that no input makes the search step back."""
UNSET = datetime(1970, 1, 2, tzinfo=UTC)
"""Earlier times come from clocks that were not set."""
LINE_END = re.compile(r"\n|</p>|<br[^<>]*+>", re.IGNORECASE)
MARKUP = re.compile(r"<[^<>]*+>")
SEPARATOR = re.compile(r" (?:\||-|\u2013|\u2014|\u00bb|\u00b7|::) ")
SITE_WORDS = 4
"""Most words of a site's name behind a title, and fewest words of the title before it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of itself, white space collapsed; the empty string where it says nothing."""

    title: str
    """Title for sharing (Open Graph, Twitter), else the headline of its JSON-LD."""
    page_title: str
    """The `title` element, which often carries the site's name too."""
    site: str
    """The site's name."""
    lines: tuple[str, ...]
    """The longest article text of its JSON-LD, one paragraph a line."""
    published_at: datetime | None
    """When it was published, in UTC."""


def collapse(text: str) -> str:
    """Text with white space collapsed."""
    return " ".join(text.split())


def content(page: LexborHTMLParser, selector: str) -> str:
    """Content of the first `meta` element that `selector` names."""
    node = page.css_first(selector)
    return collapse(node.attributes.get("content") or "") if node else ""


def without_surrogates(text: str) -> str:
    """Text with question marks for lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def strings(pattern: re.Pattern[str], source: str) -> list[str]:
    """The JSON strings that `pattern` finds, decoded; what is no JSON is left out."""
    found = []
    for literal in pattern.findall(source):
        try:
            found.append(without_surrogates(json.loads(f'"{literal}"', strict=False)))
        except ValueError:
            continue
    return found


def plain_lines(text: str) -> tuple[str, ...]:
    """Lines of a text that may hold entities and markup, as article texts of JSON-LD do."""
    pieces = LINE_END.split(unescape(text))
    return tuple(line for piece in pieces if (line := collapse(MARKUP.sub(" ", piece))))


def instant(stated: str) -> datetime | None:
    """An ISO 8601 time in UTC, for which it is taken when it names no zone; nothing for what is none, or no time of a page."""
    try:
        at = datetime.fromisoformat(stated.strip())
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if at >= UNSET else None


def publication(page: LexborHTMLParser, said: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """When the page was published, as its JSON-LD, its Open Graph and its microdata say."""
    yield from (each["datePublished"] for each in said if "datePublished" in each)
    yield content(page, 'meta[property="article:published_time"]')
    node = page.css_first('[itemprop="datePublished"]')
    yield (node.attributes.get("content") or node.attributes.get("datetime") or "") if node else ""


def described(script: str) -> dict[str, str]:
    """What a script of JSON-LD says of the page's article; one that is no JSON is searched for the first of each.

    Comments, videos and other articles have the same fields, deeper down or in nodes of other types.
    """
    try:
        top = json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return {name: found[0] for name, pattern in FIELDS.items() if (found := strings(pattern, script))}
    nodes = [node for node in (top if isinstance(top, list) else [top]) if isinstance(node, dict)]
    graphs = [each["@graph"] for each in nodes if isinstance(each.get("@graph"), list)]
    nodes += [node for graph in graphs for node in graph if isinstance(node, dict)]
    article = max(nodes, key=rank, default={})
    return {name: without_surrogates(article[name]) for name in FIELDS if isinstance(article.get(name), str) and rank(article)}


def rank(node: dict[str, Any]) -> int:
    """How likely a node of JSON-LD is the article, by its type: an article of any kind, one without a type, the page."""
    kinds = node.get("@type", "")
    named = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]
    if any(kind.endswith(("Article", "Posting", "Report")) for kind in named):
        return 3
    return 2 if "" in named and not FIELDS.keys().isdisjoint(node) else int("WebPage" in named)


def read_head(page: LexborHTMLParser) -> Head:
    """Read a page's head and JSON-LD."""
    said = [described(node.text()) for node in page.css('script[type="application/ld+json" i]')]
    headline = next((collapse(unescape(each["headline"])) for each in said if "headline" in each), "")
    shared = content(page, 'meta[property="og:title"], meta[name="og:title"], meta[name="twitter:title"]')
    title = page.css_first("title")
    return Head(
        title=shared or headline,
        page_title=collapse(title.text()) if title else "",
        site=content(page, 'meta[property="og:site_name"]'),
        lines=plain_lines(max((each.get("articleBody", "") for each in said), key=len, default="")),
        published_at=next(filter(None, map(instant, publication(page, said))), None),
    )


def without_site(title: str, site: str) -> str:
    """A title without the site's name behind it: the given one, or a few words behind a longer title."""
    pieces = list(SEPARATOR.finditer(title))
    if not pieces:
        return title
    front, name = title[: pieces[-1].start()], title[pieces[-1].end() :]
    few = len(name.split()) <= SITE_WORDS <= len(front.split())
    return front if few or name.lower() == site.lower() else title


def choose_title(head: Head, headline: str | None) -> str | None:
    """The headline on the page where it is what the head says too, give or take the site's name; else what the head says."""
    if not head.title:
        return headline or without_site(head.page_title, head.site) or None
    if headline and len(headline) * 2 >= len(head.title) and (headline in head.title or head.title in headline):
        return headline
    return without_site(head.title, head.site)
