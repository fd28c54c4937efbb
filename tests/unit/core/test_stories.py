"""The story index: a fold over alerts that knows what was told. The stories are invented."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from streams.assets import Assets
from streams.core.records import Alert, Source
from streams.core.stories import WINDOW, StoryIndex, identity
from streams.core.tellings import Telling, telling

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
STRIKE = ("quebra", "honda", "bonus", "union", "stoppa")
FLOOD = ("antako", "rain", "crew", "pit", "road")


def told(number: int, terms: tuple[str, ...] = STRIKE, story: str | None = None, mineral: str = "copper") -> Alert:
    """An alert of article `number`, of a story of its own unless named."""
    name = f"article-{number}"
    return Alert(
        alert_id=f"alert-{number}",
        story_id=story or f"story-{number}",
        revision=1,
        kind="new",
        article_id=name,
        minerals=(),
        primary_mineral=mineral,
        countries=("CHL",),
        event_types=("supply_disruption",),
        severity="medium",
        score=1.0,
        evidence=(),
        sources=(Source(id=name, content_hash=f"hash-{number}"),),
        signature=terms,
    )


@pytest.fixture
def index(loaded: Assets) -> StoryIndex:
    """An empty index with the shipped model."""
    return StoryIndex(loaded.lexicon, loaded.desk.stories)


def query(loaded: Assets, terms: tuple[str, ...], at: datetime | None) -> Telling:
    """The telling of another article on a stoppage in Chile."""
    return telling(terms, loaded.desk.stories, at, ("CHL",))


def test_an_empty_index_knows_nothing(index: StoryIndex, loaded: Assets) -> None:
    """The first article of all starts a story."""
    assert len(index) == 0
    assert not index.told("copper", "article-1")
    assert index.find("copper", query(loaded, STRIKE, START)) is None


def test_an_article_is_known_by_its_id_or_its_content(index: StoryIndex) -> None:
    """A redelivery has the id, a syndicated copy the content."""
    index.add(told(1), START)
    assert index.told("copper", "article-1") == index.told("copper", "hash-1") == told(1)
    assert not index.told("copper", "article-2")
    assert not index.told("copper", "hash-2")


def test_outlets_number_their_articles_without_asking_each_other(index: StoryIndex) -> None:
    """The same id of another outlet is another article."""
    index.add(structs.replace(told(1), sources=(Source(id="1001", source="Ledger", content_hash="hash-1"),)), START)
    assert index.told("copper", identity("Ledger", "1001"))
    assert not index.told("copper", identity("Gazette", "1001"))


def test_a_changed_article_stays_known_when_its_first_alert_is_forgotten(loaded: Assets) -> None:
    """Its last alert is still remembered."""
    index = StoryIndex(loaded.lexicon, loaded.desk.stories, capacity=1)
    index.add(told(1, story="strike"), START)
    changed = structs.replace(told(1, story="strike"), sources=(Source(id="article-1", content_hash="other"),))
    index.add(changed, START)
    assert index.told("copper", "article-1") == changed
    assert not index.told("copper", "hash-1")


def test_what_is_known_of_one_mineral_is_not_known_of_another(index: StoryIndex, loaded: Assets) -> None:
    """Records of two keys meet in no partition, so `replay` may not compare them either."""
    index.add(told(1), START)
    assert not index.told("tin", "hash-1")
    assert index.find("tin", query(loaded, STRIKE, START)) is None


def test_members_of_a_family_meet(index: StoryIndex, loaded: Assets) -> None:
    """One outlet says dysprosium, the other rare earths."""
    index.add(told(1, mineral="dysprosium"), START)
    assert index.told("ree", "article-1")
    assert index.find("ree", query(loaded, STRIKE, START)) is not None


def test_the_last_alert_of_the_story_is_found(index: StoryIndex, loaded: Assets) -> None:
    """It carries the revision and the sources that the next one continues."""
    index.add(told(1, story="strike"), START)
    index.add(structs.replace(told(2, story="strike"), revision=2), START + HOUR)
    found = index.find("copper", query(loaded, STRIKE, START + 2 * HOUR))
    assert found is not None
    assert (found.story_id, found.revision) == ("strike", 2)
    assert len(index) == 1


def test_the_most_alike_story_wins(index: StoryIndex, loaded: Assets) -> None:
    """Two stoppages in one country in one week stay apart."""
    index.add(told(1, FLOOD, "flood"), START)
    index.add(told(2, STRIKE, "strike"), START)
    found = index.find("copper", query(loaded, STRIKE, START))
    assert found is not None
    assert found.story_id == "strike"


def test_of_equally_alike_stories_the_choice_does_not_hang_on_arrival(loaded: Assets) -> None:
    """The smaller story id wins."""
    for order in ((1, 2), (2, 1)):
        index = StoryIndex(loaded.lexicon, loaded.desk.stories)
        for number in order:
            index.add(told(number), START)
        found = index.find("copper", query(loaded, STRIKE, START))
        assert found is not None
        assert found.story_id == "story-1"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_story_spans_the_window_and_no_more(index: StoryIndex, loaded: Assets, sign: int) -> None:
    """Late or early, an article matches within the window of all others of the story."""
    index.add(told(1), START)
    assert index.find("copper", query(loaded, STRIKE, START + sign * WINDOW)) is not None
    assert index.find("copper", query(loaded, STRIKE, START + sign * (WINDOW + HOUR))) is None


def test_a_story_does_not_live_on_by_chaining(index: StoryIndex, loaded: Assets) -> None:
    """An article near the last one but far from the first is another story."""
    index.add(told(1, story="strike"), START)
    index.add(told(2, story="strike"), START + 72 * HOUR)
    assert index.find("copper", query(loaded, STRIKE, START + 144 * HOUR)) is None


def test_unknown_times_match_any_story(index: StoryIndex, loaded: Assets) -> None:
    """Without a time the text decides."""
    index.add(told(1), None)
    assert index.find("copper", query(loaded, STRIKE, START)) is not None
    index.add(told(2, FLOOD), START)
    assert index.find("copper", query(loaded, FLOOD, None)) is not None


def test_adding_an_alert_twice_changes_nothing(index: StoryIndex, loaded: Assets) -> None:
    """A restore may overlap what is there."""
    for _ in range(2):
        index.add(told(1), START)
    index.add(structs.replace(told(1), article_id="other"), START)
    assert len(index) == 1


def test_only_the_last_alerts_are_remembered(loaded: Assets) -> None:
    """Memory is bounded, whatever the dates say."""
    index = StoryIndex(loaded.lexicon, loaded.desk.stories, capacity=2)
    far = datetime(2999, 1, 1, tzinfo=UTC)
    for number, at in ((1, far), (2, START), (3, START)):
        index.add(told(number, (*STRIKE, f"term{number}"), "strike" if number < 3 else None), at)
    assert not index.told("copper", "article-1")
    assert index.told("copper", "article-2")
    assert len(index) == 2
    index.add(told(4, FLOOD), START)
    assert len(index) == 2
    found = index.find("copper", query(loaded, STRIKE, START))
    assert found is not None
    assert found.story_id == "story-3"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.integers(-200, 200) | st.none()), max_size=40))
def test_the_index_is_a_function_of_the_last_alerts(loaded: Assets, plan: list[tuple[int, int, int | None]]) -> None:
    """Folding the last `capacity` alerts alone gives the same answers as having seen everything."""
    alerts = {number: told(number, (*STRIKE[: story + 1], f"name{story}"), f"story-{story}") for number, story, _ in plan}
    unique = list({number: (alerts[number], None if hours is None else START + hours * HOUR) for number, _, hours in plan}.values())
    whole = StoryIndex(loaded.lexicon, loaded.desk.stories, capacity=8)
    for alert, at in unique:
        whole.add(alert, at)
    restored = StoryIndex(loaded.lexicon, loaded.desk.stories, capacity=8)
    for alert, at in unique[-8:]:
        restored.add(alert, at)
    assert len(whole) == len(restored)
    for alert, at in unique:
        assert whole.told("copper", alert.article_id) == restored.told("copper", alert.article_id)
        asked = query(loaded, alert.signature, at)
        assert whole.find("copper", asked) == restored.find("copper", asked)


def test_a_busy_key_still_finds_its_story(loaded: Assets) -> None:
    """Among 500 stories of one mineral in one country the names lead to the right one."""
    index = StoryIndex(loaded.lexicon, loaded.desk.stories)
    random = Random(7)
    names = [tuple(f"{random.choice('bdfgk')}{random.randrange(10_000)}x" for _ in range(6)) for _ in range(500)]
    for number, terms in enumerate(names):
        index.add(told(number, terms), START)
    for number in (0, 250, 499):
        found = index.find("copper", query(loaded, names[number], START))
        assert found is not None
        assert found.story_id == f"story-{number}"
