"""Pages of HTML: whether snippets of them survive cleaning as they should."""

import gzip
from pathlib import Path

from streams.core.clean import Cleaner, clean
from streams.core.records import CleanArticle, RawArticle
from streams.evaluation.measures import Row
from streams.evaluation.sets import LabelledSet


def snippet_rows(labelled: LabelledSet, cleaner: Cleaner, groups: dict[str, str]) -> list[Row]:
    """How many snippets of each page survive that must, survive that must not, and are lost; spaces don't count."""
    rows = []
    for gold in labelled.gold:
        article = RawArticle(body=_page(labelled.path / gold["html"]), url=gold.get("url"), content_type="text/html")
        cleaned = clean(article, cleaner)
        text = _spaced(cleaned.text) if isinstance(cleaned, CleanArticle) else ""
        lost = [snippet for snippet in gold.get("with") or () if _spaced(snippet) not in text]
        left = [snippet for snippet in gold.get("without") or () if _spaced(snippet) in text]
        counts = (len(gold.get("with") or ()) - len(lost), len(left), len(lost))
        rows.append(Row(gold["id"], groups[gold["id"]], counts, len(lost) + len(left), f"{len(lost)} lost, {len(left)} left in"))
    return rows


def _page(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode(errors="replace")


def _spaced(text: str) -> str:
    return " ".join(text.split())
