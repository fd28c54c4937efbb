"""The alert stage: decides whether an article about a critical mineral is sent, and to which story it belongs."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from streams.core.document import Document, read, split
from streams.core.events import cued
from streams.core.evidence import evidence
from streams.core.lexicon import Hits, Lexicon, partition_key, scan
from streams.core.lexicon_files import PEOPLE
from streams.core.records import Alert, AlertMineral, CleanArticle, MineralArticle, Source, extend
from streams.core.relevance import SEVERITIES, RelevanceModel, features, relevance, severity
from streams.core.stories import StoryIndex, identity
from streams.core.tellings import StoryModel, Telling, dateline, signature, telling
from streams.core.urls import host_of

MAX_SOURCES = 100
"""Articles of a story after which it is confirmed well enough. Each alert names them all: without a bound, a live page that is
scraped every minute for three days would make alerts of a megabyte."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What an editor knows beforehand."""

    lexicon: Lexicon
    relevance: RelevanceModel
    stories: StoryModel
    muted: tuple[str, ...]
    """Outlets that give no alert, by name or host, each in lower case and after a dot."""
    version: str
    """Version of all data files together."""


def event_time(article: CleanArticle, received_at: datetime | None) -> datetime | None:
    """When it happened, as far as the article tells: `published_at`, else `fetched_at`, else when it was received."""
    return article.published_at or article.fetched_at or received_at


def alert(article: MineralArticle, index: StoryIndex, desk: Desk, received_at: datetime | None) -> Alert | None:
    """The alert for an article, or None when it is not worth one, was told already or often enough, or is muted.

    An article that its outlet has changed since is told again when it has become more severe than its story was.

    Changes nothing: the caller folds the alert in with `index.add(alert, event_time(article, received_at))`.
    `received_at` only serves to find the story of an article that carries no time; it shows in no field.
    """
    if article.primary_mineral not in desk.lexicon.minerals or muted(article, desk):
        return None
    if index.told(article.primary_mineral, article.content_hash):
        return None
    document = read(article.title, article.text)
    hits = scan(desk.lexicon, document)
    found = features(article, document, hits, desk.relevance)
    score = relevance(found, desk.relevance)
    if score < desk.relevance.threshold:
        return None
    grade = severity(found, desk.relevance)
    ident = identity(article.source, article.article_id)
    before = index.told(article.primary_mineral, ident)
    if before and SEVERITIES.index(grade) <= SEVERITIES.index(before.severity):
        return None
    terms, told = own_telling(article, document, hits, desk, event_time(article, received_at))
    earlier = before or index.find(article.primary_mineral, told)
    confirmed = [each for each in earlier.sources if identity(each.source, each.id) != ident] if earlier else []
    if len(confirmed) >= MAX_SOURCES:
        return None
    key = partition_key(desk.lexicon, article.primary_mineral)
    story_id = earlier.story_id if earlier else _digest(ident, key)
    source = Source(
        id=article.article_id,
        content_hash=article.content_hash,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
    )
    return Alert(
        alert_id=_digest(story_id, ident, article.content_hash),
        story_id=story_id,
        revision=earlier.revision + 1 if earlier else 1,
        kind="update" if earlier else "new",
        article_id=article.article_id,
        title=article.title,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        minerals=tuple(
            extend(mineral, AlertMineral, lists=desk.lexicon.minerals[mineral.id].lists)
            for mineral in article.minerals
            if mineral.id in desk.lexicon.minerals  # it may have been found with other data files
        ),
        primary_mineral=article.primary_mineral,
        countries=article.countries,
        organisations=article.organisations,
        event_types=article.event_types,
        quantities=article.quantities,
        topics=article.topics,
        severity=grade,
        score=round(score, 4),
        evidence=evidence(article, document, hits, desk.relevance.evidence),
        sources=(*confirmed, source),
        first_seen_at=earlier.first_seen_at if earlier else event_time(article, None),
        signature=terms,
        model=desk.version,
    )


def own_telling(
    article: MineralArticle, document: Document, hits: Hits, desk: Desk, at: datetime | None
) -> tuple[tuple[str, ...], Telling]:
    """The article's signature, and its telling of a story at this event time."""
    terms = terms_of(document, hits, desk.lexicon, desk.stories)
    return terms, telling(terms, desk.stories, at, article.countries)


def terms_of(document: Document, hits: Hits, lexicon: Lexicon, model: StoryModel) -> tuple[str, ...]:
    """The signature of an article."""
    left_out = named(document, hits, lexicon) | dateline(document.full[document.offset :])
    return signature(document, left_out, cued(document, hits), model)


def muted(article: CleanArticle, desk: Desk) -> bool:
    """Whether the outlet is muted, by its name or by the host of the article's url, a subdomain included."""
    names = (article.source or "", host_of(article.url) or "")
    return any(f".{name.strip().casefold()}".endswith(desk.muted) for name in names)


def named(document: Document, hits: Hits, lexicon: Lexicon) -> set[str]:
    """The words that name minerals, countries and peoples: every story of a mineral shares them, and ids say them better.

    Mines, companies and towns that stand for a mineral or a country stay: they tell stories apart.
    """
    spans = [hit for hit in hits.minerals if document.full[hit.start : hit.end].islower()]
    spans += [hit for hit in hits.countries if hit.weight >= PEOPLE]
    spelled = (document.lower[hit.start : hit.end] for hit in spans)
    names = (lexicon.minerals[hit.id].name.lower() for hit in hits.minerals)
    return {word for text in (*spelled, *names) for word in split(text)}


def _digest(*parts: str) -> str:
    """Twenty hexadecimal digits that stand for the parts."""
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]
