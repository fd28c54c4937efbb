"""The detect stage: critical minerals in a classified article, with countries, organisations, amounts and events."""

from collections.abc import Sequence

from streams.core import events, minerals, organisations, places, quantities
from streams.core.document import Document, read
from streams.core.events import EventModel
from streams.core.lexicon import Hits, Lexicon, scan
from streams.core.records import ClassifiedArticle, MineralArticle, MineralMention, extend


def detect(article: ClassifiedArticle, lexicon: Lexicon, model: EventModel) -> MineralArticle | None:
    """The article with what was found in it, or None when no critical mineral is materially present as a raw material.

    An article that speaks of "critical minerals" without naming one is none: its key would be a guess.
    """
    document = read(article.title, article.text)
    hits = scan(lexicon, document)
    found = minerals.material(lexicon, document, hits, article.topic_scores.get("mining", 0.0))
    return described(article, document, hits, found, model) if found else None


def described(
    article: ClassifiedArticle, document: Document, hits: Hits, found: Sequence[MineralMention], model: EventModel
) -> MineralArticle:
    """The article with the minerals found in it, at least one and the most salient first, and with all else that it tells."""
    return extend(
        article,
        MineralArticle,
        minerals=tuple(found),
        primary_mineral=found[0].id,
        countries=places.located(document, hits.countries),
        organisations=organisations.named(document, hits.organisations),
        quantities=quantities.stated(document.full),
        event_types=events.reported(document, hits, model),
    )
