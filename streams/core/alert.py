"""The alert stage: decides whether an article about a critical mineral is sent, and to which story it belongs."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from streams.core.document import Document, read
from streams.core.evidence import evidence
from streams.core.lexicon import Hits, Lexicon, partition_key, scan
from streams.core.records import Alert, AlertMineral, CleanArticle, MineralArticle, Source, extend
from streams.core.relevance import RelevanceModel, features, relevance, severity
from streams.core.stories import StoryIndex
from streams.core.tellings import StoryModel, signature, telling


@dataclass(frozen=True, slots=True)
class Desk:
    """What an editor knows beforehand."""

    lexicon: Lexicon
    relevance: RelevanceModel
    stories: StoryModel


def event_time(article: CleanArticle, received_at: datetime | None) -> datetime | None:
    """When it happened, as far as the article tells: `published_at`, else `fetched_at`, else when it was received."""
    return article.published_at or article.fetched_at or received_at


def alert(article: MineralArticle, index: StoryIndex, desk: Desk, received_at: datetime | None) -> Alert | None:
    """The alert for an article, or None when it is not worth one or was told already.

    Changes nothing: the caller folds the alert in with `index.add(alert, event_time(article, received_at))`.
    `received_at` only serves to find the story of an article that carries no time; it shows in no field.
    """
    if index.told(article.primary_mineral, article.article_id, article.content_hash):
        return None
    document = read(article.title, article.text)
    hits = scan(desk.lexicon, document)
    found = features(article, document, hits, desk.relevance)
    score = relevance(found, desk.relevance)
    if score < desk.relevance.threshold:
        return None
    terms = signature(document, named(document, hits), desk.stories)
    told = telling(terms, desk.stories, event_time(article, received_at), article.countries, article.event_types)
    earlier = index.find(article.primary_mineral, told)
    key = partition_key(desk.lexicon, article.primary_mineral)
    story_id = earlier.story_id if earlier else _digest(article.article_id, key)
    source = Source(
        id=article.article_id,
        content_hash=article.content_hash,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
    )
    return Alert(
        alert_id=_digest(story_id, article.article_id),
        story_id=story_id,
        revision=earlier.revision + 1 if earlier else 1,
        kind="update" if earlier else "new",
        article_id=article.article_id,
        title=article.title,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        minerals=tuple(
            extend(mineral, AlertMineral, lists=desk.lexicon.minerals[mineral.id].lists) for mineral in article.minerals
        ),
        primary_mineral=article.primary_mineral,
        countries=article.countries,
        organisations=article.organisations,
        event_types=article.event_types,
        quantities=article.quantities,
        topics=article.topics,
        severity=severity(found, desk.relevance),
        score=round(score, 4),
        evidence=evidence(article, document, hits, desk.relevance.evidence),
        sources=(*earlier.sources, source) if earlier else (source,),
        first_seen_at=earlier.first_seen_at if earlier else event_time(article, None),
        signature=terms,
    )


def named(document: Document, hits: Hits) -> list[str]:
    """The words that name minerals and countries: every story of a mineral shares them, and ids say them better."""
    return [word for hit in (*hits.minerals, *hits.countries) for word in document.lower[hit.start : hit.end].split()]


def _digest(*parts: str) -> str:
    """Twenty hexadecimal digits that stand for the parts."""
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]
