"""The clean stage: a raw article in, its title and body text out, or why it has none."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

from streams.core.document import encode, read
from streams.core.html import begins_like_page, extract, looks_like_html
from streams.core.html_head import UNSET
from streams.core.language import Identify, detect
from streams.core.lines import Body, LineModel, select
from streams.core.lines_wrap import paragraphs
from streams.core.markdown import is_markdown, to_html
from streams.core.notices import notice
from streams.core.records import CleanArticle, RawArticle, Rejected
from streams.core.repair import repair, unescaped
from streams.core.urls import host_of, normal_form

TitleOrigin = Literal["record", "page", "text"]
"""Where a title comes from: the field of the raw article, the HTML page, the line above the prose."""

ID_CHARS = 32
"""Hexadecimal characters of a derived id or hash: 128 bits."""
AHEAD = timedelta(days=2)
"""So far may an outlet's clock or zone be ahead of the scraper's."""
MAX_TITLE_CHARS = 500
"""A longer title is none: nothing is taken off it."""

_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OUTLET_SEPARATORS = (" | ", " - ", " \N{EN DASH} ", " \N{EM DASH} ", " » ", " :: ")


@dataclass(frozen=True, slots=True)
class Cleaner:
    """What cleaning needs besides the article; immutable, built once."""

    lines: LineModel
    identify: Identify


def clean(raw: RawArticle, cleaner: Cleaner) -> CleanArticle | Rejected:
    """Title and body of an article as plain text, with its language and identity.

    Refused are articles whose times cannot be read (`invalid_timestamp`), whose HTML is too deep to parse (`too_deep`),
    those in which no text is found (`no_text`), and error pages and the like (`no_article`).
    """
    published_at = _instant("published_at", raw.published_at)
    if isinstance(published_at, Rejected):
        return published_at
    fetched_at = _instant("fetched_at", raw.fetched_at)
    if isinstance(fetched_at, Rejected):
        return fetched_at
    found = reading(raw, cleaner.lines)
    if isinstance(found, Rejected):
        return found
    if not found.body.lines:
        return Rejected("no_text", "body: no text is left when page furniture is removed")
    text = "\n".join(found.body.lines)
    document = read(found.title, text)
    kind = notice(document, cleaner.lines.phrases.notices)
    if kind:
        return Rejected("no_article", f"body: {kind} in the article's place")
    removed: dict[str, int] = {}
    for _, reason in found.body.removed:
        removed[reason] = removed.get(reason, 0) + 1
    return CleanArticle(
        article_id=_article_id(raw, found.lines),
        content_hash=_digest(document.utf8 if found.title else b"\n" + document.utf8),
        url=_stripped(raw.url),
        source=found.source,
        title=found.title,
        text=text,
        language=detect(document, cleaner.identify),
        published_at=plausible(published_at, fetched_at) or plausible(found.published_at, fetched_at),
        fetched_at=fetched_at,
        removed=dict(sorted(removed.items())),
    )


class Reading(NamedTuple):
    """What is read in an article's fields and body."""

    source: str | None
    title: str | None
    origin: TitleOrigin | None
    lines: list[str]
    """All lines of the article, repaired and not empty; of HTML those of its main text."""
    body: Body
    published_at: datetime | None
    """When the page says that it was published."""


def reading(raw: RawArticle, model: LineModel) -> Reading | Rejected:
    """Outlet, title, body and stated time of an article; HTML is refused as `extract` does."""
    text, is_html = body_of(raw)
    page = extract(text) if is_html else None
    if isinstance(page, Rejected):
        return page
    lines = paragraphs(repair("\n".join(page.lines) if page else text))
    host = host_of(raw.url)
    source = _stripped(raw.source) or host
    origin: TitleOrigin = "record"
    title = _title(raw.title, source, host)
    if not title:
        origin, title = "page", _title(page.title if page else None, source, host)
    body = select(lines, title, outlet_letters(source, host), model)
    if not title:
        origin, title = "text", _title(body.title, source, host)
    return Reading(source, title, origin if title else None, lines, body, page.published_at if page else None)


def outlet_letters(source: str | None, host: str | None) -> str:
    """Letters and digits of the outlet's name, as its host has them: `www.daily-metal.example` and `Daily Metal` alike."""
    return _letters(host.rpartition(".")[0]) if host else _letters(source or "")


def body_of(raw: RawArticle) -> tuple[str, bool]:
    """The body, and whether it is HTML: as the article declares, else as it looks. Markdown is rendered."""
    body = unescaped(raw.body)
    declared = (raw.content_type or "").partition(";")[0].strip().lower()
    if declared == "text/html" or begins_like_page(body):
        return body, True
    if is_markdown(body):
        return to_html(body), True
    return body, declared != "text/plain" and looks_like_html(body)


def _title(title: str | None, source: str | None, host: str | None) -> str | None:
    """The headline on one line, without the outlet's name after it."""
    if not title:
        return None
    line = " ".join(repair(title).split())
    names = [name for name in (source, host, host and host.rpartition(".")[0]) if name]
    while len(line) <= MAX_TITLE_CHARS and (shorter := _without_outlet(line, names)):
        line = shorter
    return line or None


def _without_outlet(title: str, names: list[str]) -> str | None:
    for separator in _OUTLET_SEPARATORS:
        headline, _, last = title.rpartition(separator)
        if headline and _letters(last) in map(_letters, names):
            return headline.rstrip()
    return None


def _instant(field: str, value: str | None) -> datetime | Rejected | None:
    """RFC 3339: a date-time with its zone, or a full-date, which means midnight UTC; nothing for nothing."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        if _DATE_TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return Rejected("invalid_timestamp", f"{field}: {text[:40]!r} is no RFC 3339 date-time with a zone, and no date")


def plausible(at: datetime | None, fetched_at: datetime | None) -> datetime | None:
    """A time of publication, unless it comes from a clock that was not set or lies days after the article was fetched."""
    return at if at and at >= UNSET and not (fetched_at and at - fetched_at > AHEAD) else None


def _article_id(raw: RawArticle, lines: list[str]) -> str:
    """The given id, else one derived from the normal form of the url, else from the repaired lines."""
    if given := _stripped(raw.id):
        return given
    if url := _stripped(raw.url):
        return f"u-{_digest(encode(normal_form(url)))}"
    return "b-" + _digest(encode("\n".join(lines)))


def _stripped(value: str | None) -> str | None:
    return (value or "").strip() or None


def _letters(name: str) -> str:
    return "".join([character for character in name.lower() if character.isalnum()])


def _digest(utf8: bytes) -> str:
    return sha256(utf8).hexdigest()[:ID_CHARS]
