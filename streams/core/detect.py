"""The detect stage: critical minerals in a classified article, with countries, organisations, amounts and events."""

from streams.core import events, minerals, organisations, places, quantities
from streams.core.document import read
from streams.core.lexicon import Lexicon, scan
from streams.core.records import ClassifiedArticle, MineralArticle, extend


def detect(article: ClassifiedArticle, lexicon: Lexicon) -> MineralArticle | None:
    """The article with what was found in it, or None when no critical mineral is materially present as a raw material.

    An article that speaks of "critical minerals" without naming one is none: its key would be a guess.
    """
    document = read(article.title, article.text)
    hits = scan(lexicon, document)
    found = minerals.material(lexicon, document, hits)
    if not found:
        return None
    return extend(
        article,
        MineralArticle,
        minerals=found,
        primary_mineral=found[0].id,
        countries=places.located(document, hits.countries),
        organisations=organisations.named(document, hits.organisations),
        quantities=quantities.stated(document.full),
        event_types=events.reported(document, hits),
    )
