"""Explains the clean stage: title, outlet, language and times, what was removed and why, or why the article is refused."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.text import Text
from selectolax.lexbor import LexborHTMLParser

from streams.assets import Assets
from streams.core.clean import Reading, TitleOrigin, body_of, reading
from streams.core.html import Page, extract
from streams.core.html_head import collapse, read_head
from streams.core.html_parse import parse
from streams.core.html_tree import UNREAD, flatten
from streams.core.lines import Removed
from streams.core.records import CleanArticle, RawArticle, Reason, Rejected
from streams.explain.section import NO, QUIET, YES, Row, Section, clipped, plain
from streams.explain.trace import Trace

SHOWN = 40
"""Removed lines that are shown, at most."""

CODE = frozenset(
    (
        "head",
        "script",
        "style",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "canvas",
        "audio",
        "video",
        "picture",
        "select",
        "textarea",
    )
)
"""Elements whose text is for no reader."""

ORIGINS: Mapping[TitleOrigin, str] = {
    "record": "the title field",
    "page": "the HTML page",
    "text": "the line above the prose that shares most words with it",
}

ADVICE: Mapping[Reason, str] = {
    "invalid_utf8": "send UTF-8: the scraper must decode a page by the charset that it declares, and encode it anew",
    "invalid_json": "send one JSON object for each article, as schemas/raw-article.v1.json says",
    "lone_surrogate": "decode \\u escapes in pairs, or replace what is half a pair, before sending",
    "missing_field": "send the field: only `body` is required",
    "invalid_type": "send the field as the type that schemas/raw-article.v1.json gives it",
    "field_too_large": "send the article alone, not the whole site; a body may have 1 MiB",
    "invalid_timestamp": "send RFC 3339 with a zone (2026-03-18T09:12:00Z), a date, or nothing",
    "too_deep": "send the article's part of the page, or its text",
    "no_text": "look at what was fetched: a page that a script builds must be rendered before it is sent",
    "no_article": "look at what was fetched: the article itself may need a log-in, a click or another address",
    "stage_error": "report this article: a stage failed at it; `lodestream dead-letter redrive` once that is repaired",
    "stage_timeout": "report this article: a stage took too long for it; `lodestream dead-letter redrive` once that is repaired",
}
"""What a producer can do about a refusal."""


def cleaning(trace: Trace, loaded: Assets) -> Section:
    """What the clean stage made of an article."""
    found = reading(trace.raw, loaded.cleaner.lines) if trace.raw else None
    rows: list[Row] = []
    if trace.raw:
        title = head(trace.raw, found, trace.clean) if isinstance(found, Reading) else ()
        rows += [*title, *page(trace.raw), *(capped(found.body.removed) if isinstance(found, Reading) else ())]
    if trace.refused:
        stage, refused = trace.refused
        rows = [Row("why", plain(refused.error)), Row("what to do", plain(ADVICE[refused.reason])), *rows]
        return Section(stage.upper(), Text(f"refused: {refused.reason}", NO), rows)
    kept = len(found.body.lines) if isinstance(found, Reading) else 0
    removed = len(found.body.removed) if isinstance(found, Reading) else 0
    return Section("CLEAN", Text.assemble((f"{kept} lines kept", YES), f", {removed} removed"), rows)


def head(raw: RawArticle, found: Reading, clean: CleanArticle | None) -> Iterator[Row]:
    """Title, outlet, language, times and id, each with where it came from."""
    title = Text.assemble(plain(found.title), (f"  from {ORIGINS[found.origin]}", QUIET)) if found.title and found.origin else None
    yield Row("title", title or Text("none: no line above the prose is like a headline", QUIET))
    given = bool(raw.source and raw.source.strip())
    origin = "the source field" if given else "the url"
    yield Row("outlet", Text.assemble(plain(found.source), (f"  from {origin}", QUIET)) if found.source else Text("unknown", QUIET))
    if clean is None:
        return
    claim = f"  the scraper claims {raw.language}; detection decides" if raw.language and raw.language != clean.language else ""
    odd = "  too short or too odd to tell" if clean.language == "und" else ""
    yield Row("language", Text.assemble(clean.language, plain(claim or odd, QUIET)))
    instead = f"when it was fetched, {when(clean.fetched_at)}" if clean.fetched_at else "when Kafka received it"
    unknown = Text(f"unknown: its story is looked for by {instead}", QUIET)
    stated = raw.published_at and raw.published_at.strip()
    dated = "" if stated else "  from the HTML page"
    yield Row("published", Text.assemble(when(clean.published_at), (dated, QUIET)) if clean.published_at else unknown)
    yield Row("id", Text.assemble(plain(clean.article_id), (f"  {identity(raw)}", QUIET)))


def when(at: datetime) -> str:
    """A time for people."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def identity(raw: RawArticle) -> str:
    """What the id is made from."""
    if raw.id and raw.id.strip():
        return "as given"
    return "from the url" if raw.url and raw.url.strip() else "from the body"


def page(raw: RawArticle) -> Iterator[Row]:
    """How much of an HTML page was taken as its main text, and what was not."""
    body, is_html = body_of(raw)
    tree = parse(body) if is_html else None
    if tree is None or isinstance(tree, Rejected):
        return
    main = extract(body)
    if isinstance(main, Rejected):
        main = Page(None, ())
    structured = read_head(tree).lines
    texts = navigation(tree) + [block.text for block in flatten(tree).blocks]
    total, taken = sum(map(len, texts)), sum(map(len, main.lines))
    if main.lines and main.lines == structured:
        yield Row("main text", Text("from the page's JSON-LD: the page itself shows less than half of it"))
        return
    share = f"{taken:,} of the page's {total:,} characters ({taken / total:.0%})" if total else "none: the page has no text"
    yield Row("main text", Text(share))
    kept = {main.title, *(part for line in main.lines for part in (line, *line.split(" | ")))}
    yield from capped([Removed(text, "not main text") for text in texts if text not in kept])


def navigation(tree: LexborHTMLParser) -> list[str]:
    """The texts of navigation, footers and dialogs, which are not even read."""
    found: list[str] = []
    seen: set[int] = set()
    for node in tree.css(UNREAD):
        outer = node.parent
        while outer is not None and outer.mem_id not in seen:
            outer = outer.parent
        text = collapse(node.text(separator=" ")) if outer is None and node.tag not in CODE else ""
        found += [text] if text else []
        seen.add(node.mem_id)
    return found


def capped(removed: Sequence[Removed]) -> Iterator[Row]:
    """The first of the removed lines, each with its reason, and how many there are more."""
    last = ""
    for text, reason in removed[:SHOWN]:
        yield Row("" if reason == last else reason.replace("_", " "), clipped(text), NO)
        last = reason
    if len(removed) > SHOWN:
        yield Row("", Text(f"and {len(removed) - SHOWN} more", QUIET))
