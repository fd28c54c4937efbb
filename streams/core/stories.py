"""The index of stories told recently: whether an article is known, and which story it tells.

The index is a fold over alerts: its state is a function of the last `CAPACITY` alerts that were added, with their event
times, so that reading those back restores it. Its dangers: an article whose time is unknown can match any story that is
still remembered, and two outlets that put minerals of different keys first tell a story once for each.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter
from sys import intern

from streams.core.lexicon import Lexicon, partition_key
from streams.core.records import Alert
from streams.core.tellings import UNUSUAL, StoryModel, Telling, same_story, telling

__all__ = ["CAPACITY", "WINDOW", "StoryIndex", "StoryModel", "identity"]

WINDOW = timedelta(hours=120)
"""Longest time from the first to the last article of a story, in event time: taken over all its articles, so that the
order of arrival does not matter and a story cannot live on by chaining. Weeklies and analysts come to an event days after
the agencies."""

CAPACITY = 2_048
"""Alerts that the index remembers. Bounding by number and not by time needs no clock, is not upset by an article dated in
the far future, and lets an archive be replayed in any order: the event times decide what can match."""

CANDIDATES = 8
"""Tellings that are compared in full, at most."""
COMPARED = 8
"""Tellings of one story that an article is compared with: the last of them."""
RECENT = 48
"""Tellings that share one unusual term, country or event type and are looked at: the last of them to arrive."""


@dataclass(slots=True, eq=False)
class Story:
    """The last alert of a story, and its tellings that are still remembered."""

    latest: Alert
    tellings: list[Telling] = field(default_factory=list)
    first: datetime | None = None
    """The earliest event time of its tellings."""
    last: datetime | None = None
    """The latest."""

    def date(self) -> None:
        """Find the first and last event time anew."""
        times = [told.at for told in self.tellings if told.at is not None]
        self.first, self.last = min(times, default=None), max(times, default=None)

    def spans(self, at: datetime | None) -> bool:
        """Whether an article of this time keeps the story within the window; an unknown time always does."""
        if at is None or self.first is None or self.last is None:
            return True
        return max(self.last, at) - min(self.first, at) <= WINDOW


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A telling with what the index must forget with it; compared by identity."""

    telling: Telling
    story: Story
    mineral: str
    key: str
    terms: tuple[str, ...]
    ids: tuple[str, str]
    """Identity and content hash."""


def identity(source: str | None, article_id: str) -> str:
    """What tells an article from all others: outlets number theirs without asking each other."""
    return f"{source}\n{article_id}" if source else article_id


class StoryIndex:
    """The stories told by the last `capacity` alerts; only stories of one partition key are compared."""

    def __init__(self, lexicon: Lexicon, model: StoryModel, capacity: int = CAPACITY) -> None:
        self._lexicon = lexicon
        self._model = model
        self._capacity = capacity
        self._recent: deque[Entry] = deque()
        self._seen: dict[tuple[str, str], Entry] = {}
        """The last entry of each article, and of each content, by its key."""
        self._stories: dict[str, Story] = {}
        self._postings: dict[str, dict[str, list[Entry]]] = {}

    def __len__(self) -> int:
        """Stories remembered."""
        return len(self._stories)

    def told(self, primary_mineral: str, ident: str) -> Alert | None:
        """The last alert of the story with this mineral's key that has the article, by its `identity` or its content hash."""
        entry = self._seen.get((partition_key(self._lexicon, primary_mineral), ident))
        return entry.story.latest if entry else None

    def find(self, primary_mineral: str, told: Telling) -> Alert | None:
        """The last alert of the story that the article tells, if it is known."""
        likely = [
            (-probability, story.latest.story_id, story.latest)
            for probability, story in self.compared(primary_mineral, told)
            if probability >= self._model.threshold
        ]
        return min(likely, key=itemgetter(0, 1))[2] if likely else None

    def compared(self, primary_mineral: str, told: Telling) -> list[tuple[float, Story]]:
        """The stories that share something with the article, each with the probability that it tells the same.

        That is the mean over the story's last tellings: who resembles one of them and none of the others tells another.
        """
        key, found = partition_key(self._lexicon, primary_mineral), []
        for story in {id(entry.story): entry.story for entry in self._candidates(key, told)}.values():
            tellings = story.tellings[-COMPARED:]
            found.append((sum(same_story(told, other, self._model) for other in tellings) / len(tellings), story))
        return found

    def _candidates(self, key: str, told: Telling) -> list[Entry]:
        """Those that share most with the telling, of stories that its time fits."""
        postings = self._postings.get(key, {})
        shared: defaultdict[Entry, int] = defaultdict(int)
        for term, weight in self._nominators(told):
            for entry in postings.get(term, ())[-RECENT:]:
                shared[entry] += weight
        ranked = sorted(shared, key=shared.__getitem__, reverse=True)
        near = (entry for entry in ranked if _near(entry.telling.at, told.at))
        return [entry for entry in islice(near, CANDIDATES) if entry.story.spans(told.at)]

    def add(self, alert: Alert, at: datetime | None) -> None:
        """Fold an alert in; `at` is the event time of its article. What is known already changes nothing."""
        source = alert.sources[-1]
        if self.told(alert.primary_mineral, source.content_hash):
            return
        # Interned, as the same terms come with every alert of a story.
        terms = tuple(map(intern, dict.fromkeys(alert.signature)))
        told = telling(terms, self._model, at, alert.countries)
        self._remember(alert, alert.primary_mineral, told, terms, (identity(source.source, source.id), source.content_hash))
        if len(self._recent) > self._capacity:
            self._forget(self._recent.popleft())

    def adopt(self, lexicon: Lexicon, model: StoryModel) -> None:
        """Go on with another lexicon and model, as if all that is remembered had been added under them."""
        minerals = {entry.mineral for entry in self._recent}
        same = model == self._model and all(partition_key(lexicon, each) == partition_key(self._lexicon, each) for each in minerals)
        self._lexicon, self._model = lexicon, model
        if same:
            return
        remembered, self._recent = self._recent, deque()
        self._seen, self._stories, self._postings = {}, {}, {}
        for entry in remembered:
            old = entry.telling
            told = telling(entry.terms, model, old.at, old.countries)
            self._remember(entry.story.latest, entry.mineral, told, entry.terms, entry.ids)

    def _remember(self, alert: Alert, mineral: str, told: Telling, terms: tuple[str, ...], ids: tuple[str, str]) -> None:
        """Keep a telling of the story whose last alert this is."""
        key = partition_key(self._lexicon, mineral)
        story = self._stories.setdefault(alert.story_id, Story(alert))
        story.latest = alert
        story.tellings.append(told)
        story.date()
        entry = Entry(told, story, mineral, key, terms, ids)
        self._recent.append(entry)
        self._seen.update(((key, ident), entry) for ident in ids)
        postings = self._postings.setdefault(key, {})
        for term, _ in self._nominators(told):
            postings.setdefault(term, []).append(entry)

    def _forget(self, oldest: Entry) -> None:
        """Drop the oldest entry, and its story when that was the last of it."""
        for ident in oldest.ids:
            if self._seen.get((oldest.key, ident)) is oldest:
                del self._seen[oldest.key, ident]
        postings = self._postings[oldest.key]
        for term, _ in self._nominators(oldest.telling):
            # Entries leave in the order in which they came, so the oldest is the first everywhere.
            postings[term].pop(0)
            if not postings[term]:
                del postings[term]
        oldest.story.tellings.pop(0)
        if not oldest.story.tellings:
            del self._stories[oldest.story.latest.story_id]
        oldest.story.date()

    def _nominators(self, told: Telling) -> list[tuple[str, int]]:
        """What a telling is looked up by, each once, with its weight: unusual terms, countries and event types."""
        rare = self._model.rare
        least = UNUSUAL * rare
        terms = [term for term in told.weights.items() if term[1] >= least]
        return terms + [(f"={name}", rare) for name in (*told.countries, *told.events)]


def _near(a: datetime | None, b: datetime | None) -> bool:
    return a is None or b is None or abs(a - b) <= WINDOW
