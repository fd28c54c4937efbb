"""Labelled articles as the alert stage sees them, for its trainers.

A set is a folder with `gold.jsonl` (labels; `text` and `title` where they were cleaned by hand) and `events.jsonl` (raw
articles). `desk.tsv` beside this module holds invented cases: severity or `-` for no alert, title, text; `briefs.tsv` more, with
their topics before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streams import assets
from streams.core import lexicon, lexicon_files, minerals
from streams.core.classify import TopicModel, classify
from streams.core.detect import described, detect
from streams.core.document import Document, read
from streams.core.lexicon import Hits, Lexicon, scan
from streams.core.lexicon_files import SURE
from streams.core.records import ClassifiedArticle, CleanArticle, MineralArticle
from streams.training.sets import read_records, table

TOLD = Path(__file__).parent / "told"
"""A set of invented alerts, as several outlets would tell them, with what came of them."""


@dataclass(frozen=True, slots=True)
class Case:
    """An article with what is known of it."""

    article: MineralArticle
    document: Document
    hits: Hits
    detected: bool
    """Whether the detect stage lets it through; else it was built from every name of a mineral in it."""
    label: dict[str, Any]
    """`set`, `critical`, and where labelled `severity`, `evidence`, `story`."""


def load_lexicon() -> Lexicon:
    """The lexicon of the service."""
    return lexicon.build(
        assets.read("minerals.json", lexicon_files.Minerals),
        assets.read("countries.json", lexicon_files.Countries),
        assets.read("organisations.json", lexicon_files.Organisations),
        assets.read("events.json", lexicon_files.Events),
    )


def cases(sets: Sequence[Path], terms: Lexicon) -> list[Case]:
    """All articles that name a mineral; those without a label are kept where they are not about mining, as no alert."""
    topics = assets.read("topics.json", TopicModel)
    found = []
    for clean, label in _labelled(sets):
        classified = classify(clean, topics)
        document = read(clean.title, clean.text)
        hits = scan(terms, document)
        detected = detect(classified, terms)
        article = detected or _believing(classified, terms, document, hits)
        if article and (label["critical"] is not None or ("scored_topics" in label and "mining" not in classified.topics)):
            found.append(Case(article, document, hits, detected is not None, label))
    return found


def _believing(article: ClassifiedArticle, terms: Lexicon, document: Document, hits: Hits) -> MineralArticle | None:
    """A mineral article that believes every name: the model must know by itself what is no news of a raw material."""
    every = Hits(minerals=tuple(hit._replace(weight=SURE) for hit in hits.minerals))
    named = minerals.material(terms, document, every, 1.0)
    return described(article, document, hits, named) if named else None


def _labelled(sets: Sequence[Path]) -> Iterator[tuple[CleanArticle, dict[str, Any]]]:
    seen: set[str] = set()
    with_labels = [folder for folder in sets if any("critical" in label for label in read_records(folder, "gold"))]
    for folder in sorted(sets, key=lambda folder: (folder not in with_labels, folder)):
        gold = {label["id"]: label for label in read_records(folder, "gold")}
        for event in read_records(folder, "events"):
            label = gold.get(event["id"], {})
            if event["id"] in seen or (event.get("content_type") == "text/html" and not label.get("text")):
                continue
            seen.add(event["id"])
            labels = {**label, "critical": label.get("critical"), "set": folder.name}
            text, at = label.get("text") or event["body"], event.get("published_at")
            # Scrapers often lose the headline: an article is learned with and without.
            for title in dict.fromkeys((event.get("title"), label.get("title"))):
                yield _clean(event["id"], title, text, at), labels
    for number, (severity, title, text) in enumerate([*table("desk"), *(row for _, *row in table("briefs"))]):
        labels = {"set": "desk", "critical": severity != "-", "severity": severity if severity != "-" else None}
        yield _clean(f"desk-{number}", title, text, None), labels


def _clean(article_id: str, title: str | None, text: str, published_at: str | None) -> CleanArticle:
    at = datetime.fromisoformat(published_at) if published_at else None
    return CleanArticle(
        article_id=article_id,
        content_hash=article_id,
        title=title,
        text=text,
        language="en",
        published_at=at.replace(tzinfo=at.tzinfo or UTC) if at else None,
        removed={},
    )
