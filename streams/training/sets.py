"""Labelled sets: folders with `events.jsonl[.gz]` (raw articles) and `gold.jsonl[.gz]` (labels by id); tables."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from streams import assets
from streams.core.clean import clean
from streams.core.records import CleanArticle, RawArticle

BLOCKS = 40
"""A set that names neither stories nor outlets is cut into so many runs of neighbours: agencies number their reports by time."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled article."""

    set: str
    """Name of its set: the folder's."""
    title: str | None
    text: str
    """The labelled clean text where there is one, else what the clean stage leaves of the body: models learn what they will see."""
    gold: dict[str, Any]
    """The labels as they stand in the file."""
    group: str
    """Articles of one outlet or one story share it: they are never on both sides of a cross-validation."""


def read_sets(directories: Sequence[Path]) -> list[Labelled]:
    """The articles of all sets, in the order of the labels."""
    return [article for directory in labelled(directories) for article in _read_set(directory)]


def labelled(directories: Sequence[Path]) -> list[Path]:
    """The sets of raw articles with labels: others have pairs of stories or lists of phrases."""
    return [directory for directory in directories if all(_file(directory, name).exists() for name in ("events", "gold"))]


def _read_set(directory: Path) -> Iterator[Labelled]:
    events = {event["id"]: event for event in read_records(directory, "events")}
    labels = list(read_records(directory, "gold"))
    groups = _groups([_ties(events[gold["id"]], gold) for gold in labels], directory.name)
    cleaner = assets.build("").cleaner
    for gold, group in zip(labels, groups, strict=True):
        event = events[gold["id"]]
        if gold.get("text"):
            yield Labelled(directory.name, gold.get("title") or event.get("title"), gold["text"], gold, group)
            continue
        found = clean(msgspec.convert(event, RawArticle), cleaner)
        if isinstance(found, CleanArticle):
            yield Labelled(directory.name, found.title, found.text, gold, group)


def read_records(directory: Path, name: str) -> Iterator[dict[str, Any]]:
    """The records of one file of a set; none where it has no such file."""
    path = _file(directory, name)
    if not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def table(name: str) -> list[list[str]]:
    """The rows of a table beside this module, one invented article each: what it is, its title in some tables, its text."""
    path = Path(__file__).with_name(f"{name}.tsv")
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def _file(directory: Path, name: str) -> Path:
    packed = directory / f"{name}.jsonl.gz"
    return packed if packed.exists() else directory / f"{name}.jsonl"


def _ties(event: dict[str, Any], gold: dict[str, Any]) -> list[str]:
    host = urlsplit(event.get("url") or "").hostname
    return [f"{kind}:{name}" for kind, name in (("story", gold.get("story")), ("host", host)) if name]


def _groups(ties: list[list[str]], name: str) -> list[str]:
    """One group for each article: what shares a tie, directly or through others, shares the group.

    A host that covers more than a tenth of its set says nothing about outlets and is no tie.
    """
    counts: dict[str, int] = {}
    for tie in (tie for own in ties for tie in own):
        counts[tie] = counts.get(tie, 0) + 1
    root: dict[str, str] = {}

    def find(tie: str) -> str:
        while root.setdefault(tie, tie) != tie:
            tie = root[tie]
        return tie

    groups = []
    for position, own in enumerate(ties):
        kept = [tie for tie in own if counts[tie] * 10 <= len(ties)] or [f"{name}:{position * BLOCKS // len(ties)}"]
        for tie in kept[1:]:
            root[find(tie)] = find(kept[0])
        groups.append(kept[0])
    return [find(group) for group in groups]
