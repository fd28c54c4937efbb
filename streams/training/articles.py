"""Labelled articles as cleaning leaves them, for the trainers of the stages after it, and the lexicon of the service.

A set is a folder with `gold.jsonl` (labels; `text` and `title` where they were cleaned by hand) and `events.jsonl` (raw
articles). `desk.tsv` beside this module holds invented cases: severity and types of event, `-` for no alert, title, text;
`briefs.tsv` more, with their topics before; `incidents.tsv` news of which types of event alone are labelled.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streams import assets
from streams.core import lexicon, lexicon_files
from streams.core.lexicon import Lexicon
from streams.core.records import CleanArticle
from streams.training.sets import read_records, table

TOLD = Path(__file__).parent / "told"
"""A set of invented alerts, as several outlets would tell them, with what came of them."""


def load_lexicon() -> Lexicon:
    """The lexicon of the service."""
    return lexicon.build(
        assets.read("minerals.json", lexicon_files.Minerals),
        assets.read("countries.json", lexicon_files.Countries),
        assets.read("organisations.json", lexicon_files.Organisations),
        assets.read("events.json", lexicon_files.Events),
    )


def articles(sets: Sequence[Path]) -> Iterator[tuple[CleanArticle, dict[str, Any]]]:
    """The articles of sets as they are after cleaning, and those of the tables; each with its labels."""
    seen: set[str] = set()
    with_labels = [folder for folder in sets if any("critical" in label for label in read_records(folder, "gold"))]
    for folder in sorted(sets, key=lambda folder: (folder not in with_labels, folder.name)):
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
    for number, (severity, types, title, text) in enumerate([*table("desk"), *(row for _, *row in table("briefs"))]):
        critical = severity != "-"
        labels = {
            "set": "desk",
            "critical": critical,
            "severity": severity if critical else None,
            "event_types": types.split(",") if critical else [],
        }
        yield _clean(f"desk-{number}", title, text, None), labels


def incidents() -> Iterator[tuple[CleanArticle, dict[str, Any]]]:
    """Invented news with its types of event, with headlines and without."""
    for number, (types, title, text) in enumerate(table("incidents")):
        for headline in dict.fromkeys((title or None, None)):
            yield _clean(f"incident-{number}", headline, text, None), {"event_types": types.split(",")}


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
