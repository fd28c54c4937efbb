"""Labelled articles as the alert stage sees them, for its trainers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from streams import assets
from streams.core import minerals
from streams.core.classify import TopicModel, classify
from streams.core.detect import described, detect
from streams.core.document import Document, read
from streams.core.events import EventModel
from streams.core.lexicon import Hits, Lexicon, scan
from streams.core.lexicon_files import SURE
from streams.core.records import ClassifiedArticle, MineralArticle
from streams.training.articles import articles
from streams.training.events import types_unseen


@dataclass(frozen=True, slots=True)
class Case:
    """An article with what is known of it."""

    article: MineralArticle
    document: Document
    hits: Hits
    detected: bool
    """Whether the detect stage lets it through; else it was built from every name of a mineral in it."""
    label: dict[str, Any]
    """`set`, `critical`, and where labelled `severity`, `evidence`, `story`, `event_types`."""


def cases(sets: Sequence[Path], terms: Lexicon) -> list[Case]:
    """All articles that name a mineral; those without a label are kept where they are not about mining, as no alert.

    Where types of event are labelled, an article has those that a model says which has not seen it: who learned from the
    others would trust the types too much.
    """
    topics, model = assets.read("topics.json", TopicModel), assets.read("event_types.json", EventModel)
    unseen, found = types_unseen(tuple(sets)), []
    for clean, label in articles(sets):
        classified = classify(clean, topics)
        document = read(clean.title, clean.text)
        hits = scan(terms, document)
        detected = detect(classified, terms, model)
        article = detected or _believing(classified, terms, document, hits, model)
        types = unseen.get((clean.article_id, clean.title))
        if article and types is not None:
            article = replace(article, event_types=types)
        if article and (label["critical"] is not None or ("scored_topics" in label and "mining" not in classified.topics)):
            found.append(Case(article, document, hits, detected is not None, label))
    return found


def _believing(
    article: ClassifiedArticle, terms: Lexicon, document: Document, hits: Hits, model: EventModel
) -> MineralArticle | None:
    """A mineral article that believes every name: the model must know by itself what is no news of a raw material."""
    every = Hits(minerals=tuple(hit._replace(weight=SURE) for hit in hits.minerals))
    named = minerals.material(terms, document, every, 1.0)
    return described(article, document, hits, named, model) if named else None
