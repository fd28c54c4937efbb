"""Labelled sets as they are measured: folders of articles, pairs of documents or pages with snippets, each with its labels.

Every file is optional, and so is every field but `id`: what is not labelled is not scored. `events.jsonl[.gz]` holds raw
articles and `gold.jsonl[.gz]` their labels, or snippets of the pages that they name; `extra_dirty.jsonl` other bodies of the
same articles; `hard_negative_pairs.json` pairs of different stories; `docs.jsonl[.gz]` and `pairs.jsonl[.gz]` pairs of any news.
"""

import gzip
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from streams.core.records import MAX_BODY_BYTES
from streams.errors import LodestreamError

Record = dict[str, Any]

BLOCKS = 40
"""A set that names neither outlets nor stories is cut into so many runs of neighbours: agencies number their reports by time."""


class Labels(msgspec.Struct):
    """What a line of `gold.jsonl` may hold, by which it is checked; other fields are for its readers."""

    id: str
    title: str | None = None
    text: str | None = None
    topics: list[str] | None = None
    scored_topics: list[str] | None = None
    critical: bool | None = None
    minerals: list[str] | None = None
    primary_mineral: str | None = None
    countries: list[str] | None = None
    event_types: list[str] | None = None
    severity: str | None = None
    evidence: str | None = None
    story: str | None = None


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One set, read."""

    path: Path
    events: list[Record]
    gold: list[Record]
    dirty: list[Record]
    hard_pairs: list[Record]
    docs: list[Record]
    pairs: list[Record]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def has_snippets(self) -> bool:
        """Whether the labels are snippets of pages."""
        return any("with" in gold for gold in self.gold)

    @property
    def too_large(self) -> frozenset[str]:
        """Ids of the articles that are refused for their size, but for those that must be refused."""
        refused = {gold["id"] for gold in self.gold if gold.get("expect") == "reject"}
        return frozenset(event["id"] for event in self.events if _is_too_large(event.get("body"))) - refused

    def fingerprint(self) -> str:
        """Stands for all that is in the set, however it is packed."""
        parts = (self.events, self.gold, self.dirty, self.hard_pairs, self.docs, self.pairs)
        return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _is_too_large(body: object) -> bool:
    return isinstance(body, str) and len(body.encode("utf-8", "surrogatepass")) > MAX_BODY_BYTES


def read_all(folder: Path) -> list[LabelledSet]:
    """All sets of a folder by name; raises LodestreamError when there is none."""
    found = [read(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
    found = [each for each in found if each.gold or each.pairs]
    if not found:
        raise LodestreamError(f"{folder} holds no labelled set: name a folder of folders with gold.jsonl or pairs.jsonl")
    return found


def read(path: Path) -> LabelledSet:
    """One set; raises LodestreamError for a file that cannot be read."""
    hard = path / "hard_negative_pairs.json"
    try:
        return LabelledSet(
            path=path,
            events=_records(path / "events.jsonl"),
            gold=_records(path / "gold.jsonl", Labels),
            dirty=_records(path / "extra_dirty.jsonl"),
            hard_pairs=json.loads(hard.read_text(encoding="utf-8")) if hard.exists() else [],
            docs=_records(path / "docs.jsonl"),
            pairs=_records(path / "pairs.jsonl"),
        )
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise LodestreamError(f"cannot read {path}: {error}: it should hold JSON Lines") from error


def _records(path: Path, kind: type = dict) -> list[Record]:
    packed = path.with_name(path.name + ".gz")
    if not (path.exists() or packed.exists()):
        return []
    text = path.read_text(encoding="utf-8") if path.exists() else gzip.decompress(packed.read_bytes()).decode()
    records = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                records.append(json.loads(line))
                msgspec.convert(records[-1], kind)
            except msgspec.ValidationError as error:
                raise LodestreamError(f"{path}, line {number}: {error}: mend or remove it") from error
            except ValueError as error:
                raise LodestreamError(f"{path}, line {number}, is no JSON ({error}): mend or remove it") from error
    return records


def groups(sets: Sequence[LabelledSet]) -> dict[str, str]:
    """The group of each article's id: articles of one outlet or story, or made of one another, share it, in whatever set.

    A host that covers more than a tenth of its set says nothing about outlets and is no tie. Documents of pairs share it by
    their `topic`.
    """
    root: dict[str, str] = {}

    def find(tie: str) -> str:
        while root.setdefault(tie, tie) != tie:
            root[tie] = tie = root[root[tie]]
        return tie

    shared = _shared(sets)
    ties = [found for each in sets for found in _ties(each, shared)]
    for name, own in ties:
        for tie in own:
            root[find(tie)] = find(f"id {name}")
    return {name: find(f"id {name}") for name, _ in ties}


def _shared(sets: Sequence[LabelledSet]) -> set[str]:
    """The ids that several sets have."""
    counts = Counter(gold["id"] for each in sets for gold in each.gold)
    return {name for name, count in counts.items() if count > 1}


def _ties(labelled: LabelledSet, shared: set[str]) -> Iterator[tuple[str, list[str]]]:
    urls = {event.get("id"): event.get("url") for event in labelled.events}
    hosts = {gold["id"]: urlsplit(urls.get(gold["id"]) or gold.get("url") or "").hostname for gold in labelled.gold}
    frequent = {host for host, count in Counter(hosts.values()).items() if count * 10 > len(labelled.gold)}
    for position, gold in enumerate(labelled.gold):
        host = hosts[gold["id"]]
        own = [f"host {host}"] if host and host not in frequent else []
        own += [f"story {gold['story']}"] if gold.get("story") else []
        own += [f"id {gold['source_id']}"] if gold.get("source_id") else []
        if not own and gold["id"] not in shared:
            own = [f"run {labelled.name} {position * BLOCKS // len(labelled.gold)}"]
        yield gold["id"], own
    for doc in labelled.docs:
        yield doc["id"], [f"topic {labelled.name} {doc.get('topic', doc['id'])}"]


def folds(sets: Sequence[LabelledSet], number: int) -> list[set[str]]:
    """Ids cut into so many parts, whole groups in each, the largest first, each where its sets have fewest so far."""
    members: defaultdict[str, Counter[str]] = defaultdict(Counter)
    group_of = groups(sets)
    for each in sets:
        for item in (*each.gold, *each.docs):
            members[group_of[item["id"]]][each.name] += 1
    sizes = {each.name: len(each.gold) + len(each.docs) for each in sets}
    filled: list[Counter[str]] = [Counter() for _ in range(number)]
    fold_of: dict[str, int] = {}
    for group, own in sorted(members.items(), key=lambda item: (-item[1].total(), zlib.crc32(item[0].encode()), item[0])):
        chosen = min(range(number), key=lambda fold: (max(filled[fold][name] / sizes[name] for name in own), fold))
        fold_of[group] = chosen
        filled[chosen] += own
    return [{name for name, group in group_of.items() if fold_of[group] == fold} for fold in range(number)]
