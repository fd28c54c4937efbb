"""Stories: which articles tell the same event, and the index of those told recently.

The index is a fold over alerts: its state is a function of the last `CAPACITY` `Alert` records that were added (and of
their event times), so reading those back restores it. Its dangers: an article whose time is unknown can match any story
that is still remembered, and two outlets that put minerals of different keys first tell a story once for each.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import nlargest
from math import exp, log, log1p, sqrt
from types import MappingProxyType

from streams.core.document import Document
from streams.core.lexicon import Lexicon, partition_key
from streams.core.records import Alert, EventType

WINDOW = timedelta(hours=72)
"""Longest time from the first to the last article of a story, in event time: taken over all its articles, so that the
order of arrival does not matter and a story cannot live on by chaining."""

CAPACITY = 4_096
"""Alerts that the index remembers. Bounding by number and not by time needs no clock, is not upset by an article dated in
the far future, and lets an archive be replayed in any order: the event times decide what can match."""

TERMS = 60
"""Terms in a signature, at most."""
OPENING = 30
"""Words of headline and first sentences in which a turn is looked for."""
CANDIDATES = 12
"""Tellings that are compared in full, at most."""
COMMON = 64
"""A term that more tellings of a key share nominates none of them."""
UNUSUAL = 0.75
"""A term that weighs at least this share of the rarest counts as unusual."""

POLICY: frozenset[EventType] = frozenset({"export_control", "policy_regulation", "stockpile", "trade_tariff"})
"""What governments do, one thing at a time, where several companies may do alike on one day."""

NUMBER = re.compile(r"\d[\d,.]*")
MONTHS = MappingProxyType(
    {
        name[:length]: month
        for month, name in enumerate(
            "january february march april may june july august september october november december".split(), start=1
        )
        for length in (3, 4, len(name))
    }
)
YEARS = range(1900, 2100)
DAYS = range(1, 32)


@dataclass(frozen=True, slots=True)
class StoryModel:
    """The contents of `streams/data/stories.json`."""

    common: dict[str, int]
    """Weight of the stems that news uses often: ten times their inverse document frequency."""
    rare: int
    """The same for all other stems, for numbers and for dates."""
    turns: tuple[str, ...]
    """Words and phrases that, in an opening, say that something begun earlier ends or changes: a new event."""
    weights: dict[str, float]
    """Log-odds for each feature of `compare`."""
    bias: float
    threshold: float
    """Least probability at which two articles tell the same story."""


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """What the matcher knows of one article."""

    terms: tuple[str, ...]
    at: datetime | None = None
    countries: tuple[str, ...] = ()
    event_types: tuple[EventType, ...] = ()
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the terms as a set too."""
        object.__setattr__(self, "known", frozenset(self.terms))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Cut an inflection and what follows the sixth letter, so that `exporters` and `exported` agree."""
    for suffix in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(suffix) and len(word) >= len(suffix) + 3:
            return word[: -len(suffix)][:6]
    return word[:6]


def signature(document: Document, named: Iterable[str], model: StoryModel) -> tuple[str, ...]:
    """The terms by which other tellings of the story are recognised: at most `TERMS`, weightiest first.

    A term is a stem, `#number`, `@month-day`, or `~word` for a turn in the opening. The words `named` (minerals and
    countries, which are compared by id) are left out.
    """
    count = Counter(document.words)
    for word in named:
        count.pop(word, None)
    times: dict[str, int] = {}
    for word, number in count.items():
        if len(word) > 1 and word not in MONTHS and not word[0].isdecimal():
            term = stem(word)
            times[term] = times.get(term, 0) + number
    weigh = model.common.get
    ranked = [(-weigh(term, model.rare) * (1 + log(number)), term) for term, number in times.items()]
    ranked += [(-model.rare, term) for term in {*_dates(document.words), *_numbers(document.lower)}]
    ranked.sort()
    opening = f" {' '.join(document.words[:OPENING])} "
    turns = [f"~{turn}" for turn in model.turns if f" {turn} " in opening]
    return (*turns, *(term for _, term in ranked[: TERMS - len(turns)]))


def _dates(words: tuple[str, ...]) -> Iterator[str]:
    """Days that the text names: `22 February` and `Feb. 22` alike."""
    for index, word in enumerate(words):
        if word in MONTHS:
            for day in words[max(index - 1, 0) : index + 2]:
                if day.isdecimal() and len(day) <= len("31") and int(day) in DAYS:
                    yield f"@{MONTHS[word]}-{int(day)}"


def _numbers(lower: str) -> Iterator[str]:
    """Numbers of three signs and more that are not years, without thousands separators."""
    for match in NUMBER.finditer(lower):
        number = match.group().rstrip(",.").replace(",", "")[:16]
        if len(number) >= len("1.5") and not (number.isdecimal() and int(number) in YEARS):
            yield f"#{number}"


def compare(a: Telling, b: Telling, model: StoryModel) -> dict[str, float]:
    """The features of a pair of articles; the same in either order."""
    weigh, rare = model.common.get, model.rare
    weights_a = [weigh(term, rare) for term in a.terms]
    weights_b = [weigh(term, rare) for term in b.terms]
    shared = a.known & b.known
    weights = [weigh(term, rare) for term in shared]
    lengths = sum(w * w for w in weights_a) * sum(w * w for w in weights_b)
    least = min(sum(weights_a), sum(weights_b))
    kinds = Counter(term[0] for term in shared)
    return {
        "cosine": sum(w * w for w in weights) / sqrt(lengths) if lengths else 0.0,
        "overlap": sum(weights) / least if least else 0.0,
        "numbers": log1p(kinds["#"]),
        "dates": log1p(kinds["@"]),
        "unusual": log1p(sum(w >= UNUSUAL * rare for w in weights)),
        "policy": float(not POLICY.isdisjoint({*a.event_types}.intersection(b.event_types))),
        "events": _jaccard(a.event_types, b.event_types),
        "place": float(a.countries[:1] == b.countries[:1] != ()),
        "countries": _jaccard(a.countries, b.countries),
        "turn": float(_turns(a) != _turns(b)),
        "undated": float(a.at is None or b.at is None),
    }


def same_story(a: Telling, b: Telling, model: StoryModel) -> float:
    """Probability that two articles tell the same event."""
    logit = model.bias + sum(model.weights[name] * value for name, value in compare(a, b, model).items())
    return 1 / (1 + exp(-logit)) if logit > 0 else exp(logit) / (1 + exp(logit))


def _turns(telling: Telling) -> bool:
    return telling.terms[:1] != () and telling.terms[0].startswith("~")


def _jaccard(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    both = {*a, *b}
    return len({*a}.intersection(b)) / len(both) if both else 0.0


@dataclass(slots=True)
class Story:
    """The last alert of a story, and its tellings that are still remembered."""

    latest: Alert
    tellings: list[Telling]

    def spans(self, at: datetime | None) -> bool:
        """Whether an article of this time keeps the story within the window; an unknown time always does."""
        times = [telling.at for telling in self.tellings if telling.at is not None]
        return at is None or not times or (max(*times, at) - min(*times, at)) <= WINDOW


class StoryIndex:
    """The stories told by the last `capacity` alerts."""

    def __init__(self, lexicon: Lexicon, model: StoryModel, capacity: int = CAPACITY) -> None:
        self._lexicon = lexicon
        self._model = model
        self._capacity = capacity
        self._recent: deque[tuple[str, Alert, Telling]] = deque()
        self._seen: set[tuple[str, str]] = set()
        self._postings: dict[tuple[str, str], dict[Telling, Story]] = {}
        self._stories: dict[str, Story] = {}

    def __len__(self) -> int:
        """Stories remembered."""
        return len(self._stories)

    def told(self, primary_mineral: str, article_id: str, content_hash: str) -> bool:
        """Whether a story with this mineral's key has the article, or the same content under another id."""
        key = partition_key(self._lexicon, primary_mineral)
        return (key, article_id) in self._seen or (key, content_hash) in self._seen

    def find(self, primary_mineral: str, telling: Telling) -> Alert | None:
        """The last alert of the story that the article tells, if it is known."""
        key = partition_key(self._lexicon, primary_mineral)
        best, found = self._model.threshold, None
        for candidate, story in self._candidates(key, telling):
            probability = same_story(telling, candidate, self._model)
            if probability > best or (probability == best and (found is None or story.latest.story_id < found.story_id)):
                best, found = probability, story.latest
        return found

    def _candidates(self, key: str, telling: Telling) -> list[tuple[Telling, Story]]:
        """The tellings that share most with this one, of stories that its time fits."""
        shared: dict[Telling, int] = {}
        stories: dict[Telling, Story] = {}
        for term, weight in _nominators(telling, self._model):
            posting = self._postings.get((key, term), {})
            if len(posting) <= COMMON:
                stories.update(posting)
                for candidate in posting:
                    shared[candidate] = shared.get(candidate, 0) + weight
        near = [candidate for candidate in shared if _near(candidate.at, telling.at)]
        best = nlargest(CANDIDATES, near, key=shared.__getitem__)
        return [(candidate, stories[candidate]) for candidate in best if stories[candidate].spans(telling.at)]

    def add(self, alert: Alert, at: datetime | None) -> None:
        """Fold an alert in; `at` is the event time of its article. An article that is known already changes nothing."""
        key = partition_key(self._lexicon, alert.primary_mineral)
        content_hash = alert.sources[-1].content_hash
        if self.told(alert.primary_mineral, alert.article_id, content_hash):
            return
        telling = Telling(alert.signature, at, alert.countries, alert.event_types)
        story = self._stories.setdefault(alert.story_id, Story(alert, []))
        story.latest = alert
        story.tellings.append(telling)
        self._recent.append((key, alert, telling))
        self._seen |= {(key, alert.article_id), (key, content_hash)}
        for term, _ in _nominators(telling, self._model):
            self._postings.setdefault((key, term), {})[telling] = story
        if len(self._recent) > self._capacity:
            self._forget()

    def _forget(self) -> None:
        """Drop the oldest alert, and its story when that was the last of it."""
        key, alert, telling = self._recent.popleft()
        self._seen -= {(key, alert.article_id), (key, alert.sources[-1].content_hash)}
        for term, _ in _nominators(telling, self._model):
            posting = self._postings[key, term]
            del posting[telling]
            if not posting:
                del self._postings[key, term]
        story = self._stories[alert.story_id]
        story.tellings.remove(telling)
        if not story.tellings:
            del self._stories[alert.story_id]


def _near(a: datetime | None, b: datetime | None) -> bool:
    return a is None or b is None or abs(a - b) <= WINDOW


def _nominators(telling: Telling, model: StoryModel) -> Iterator[tuple[str, int]]:
    """Terms by which a telling is looked up, each once, with their weights."""
    for term in dict.fromkeys(telling.terms):
        yield term, model.common.get(term, model.rare)
    for name in dict.fromkeys((*telling.countries, *telling.event_types)):
        yield f"={name}", model.rare
