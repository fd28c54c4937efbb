"""The alert stage: one story, one alert, updated as others confirm it. The articles are invented."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from streams.assets import Assets
from streams.codec import encode
from streams.core.alert import MAX_SOURCES, alert, event_time
from streams.core.classify import classify
from streams.core.detect import detect
from streams.core.records import Alert, CleanArticle, MineralArticle
from streams.core.stories import StoryIndex

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
WIRE = (
    "Some 1,100 workers downed tools at the Quebrada Honda copper mine in northern Chile on Monday after wage talks failed, "
    "their union said.\nThe mine produced 310,000 tonnes of copper last year, about six per cent of Chile's output."
)
LOCAL = (
    "A strike has shut Quebrada Honda, one of Chile's bigger copper mines. Roughly 950 members of the union stopped work at "
    "dawn, and the owner said that talks on wages would go on only if the gates were opened.\n"
    "Annual output is put at 300,000 tonnes."
)
ROYALTY = (
    "Chile's Senate approved a higher royalty on copper on Monday.\n"
    "Under the bill large producers pay three points more from 2028. The mining council warned that investment would go to Peru."
)

Build = Callable[..., MineralArticle]


@pytest.fixture
def build(loaded: Assets) -> Build:
    """A mineral article of a text."""

    def built(text: str, article_id: str = "one", at: datetime | None = NOON, fetched_at: datetime | None = None) -> MineralArticle:
        clean = CleanArticle(
            article_id=article_id,
            content_hash=f"hash-of-{article_id}",
            source=f"outlet of {article_id}",
            text=text,
            language="en",
            published_at=at,
            fetched_at=fetched_at,
            removed={},
        )
        found = detect(classify(clean, loaded.topics), loaded.lexicon, loaded.events)
        assert found is not None
        return found

    return built


@pytest.fixture
def index(loaded: Assets) -> StoryIndex:
    """An empty index."""
    return StoryIndex(loaded.lexicon, loaded.desk.stories)


def tell(article: MineralArticle, index: StoryIndex, loaded: Assets, received_at: datetime | None = None) -> Alert | None:
    """Decide, then fold, as the service does."""
    told = alert(article, index, loaded.desk, received_at)
    if told:
        index.add(told, event_time(article, received_at))
    return told


def test_a_new_story_is_told(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """The first alert of a story carries what a subscriber needs."""
    told = tell(build(WIRE), index, loaded)
    assert told is not None
    assert (told.kind, told.revision, told.primary_mineral, told.article_id) == ("new", 1, "copper", "one")
    assert told.countries[0] == "CHL"
    assert told.first_seen_at == NOON
    assert "us_2025" in told.minerals[0].lists
    assert [source.id for source in told.sources] == ["one"]
    assert told.evidence
    assert 0.5 < told.score <= 1


def test_the_same_event_in_other_words_is_an_update(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """Outlets that disagree on numbers still tell one story."""
    first = tell(build(WIRE), index, loaded)
    second = tell(build(LOCAL, "two", NOON + timedelta(hours=5)), index, loaded)
    assert first is not None
    assert second is not None
    assert (second.kind, second.revision, second.story_id) == ("update", 2, first.story_id)
    assert [source.id for source in second.sources] == ["one", "two"]
    assert second.first_seen_at == NOON
    assert second.alert_id != first.alert_id


def test_a_story_is_confirmed_so_often_and_no_more(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """A live page that is scraped again and again ends no partition with ever larger alerts."""
    told = [tell(build(WIRE, f"scrape-{number}"), index, loaded) for number in range(MAX_SOURCES + 3)]
    assert [one.revision for one in told if one] == list(range(1, MAX_SOURCES + 1))


def test_a_syndicated_copy_is_an_update(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """Another outlet's copy with a changed ending confirms the story."""
    tell(build(WIRE), index, loaded)
    copy = tell(build(WIRE + "\nReporting by our correspondent.", "two"), index, loaded)
    assert copy is not None
    assert copy.kind == "update"


@pytest.mark.parametrize("same", [("article_id", "source"), ("content_hash",)])
def test_the_same_article_is_told_once(build: Build, index: StoryIndex, loaded: Assets, same: tuple[str, ...]) -> None:
    """Neither another version of an outlet's article nor equal content under another id alerts again."""
    first, second = build(WIRE), build(WIRE, "two")
    tell(first, index, loaded)
    again = structs.replace(second, **{name: getattr(first, name) for name in same})
    assert tell(again, index, loaded) is None


def test_an_article_that_became_more_severe_is_told_again(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """A flash of an hour ago has become a disaster under the same url; its story has one source still."""
    article = build(WIRE)
    first = alert(article, index, loaded.desk, None)
    assert first is not None
    index.add(structs.replace(first, severity="low"), NOON)
    changed = tell(structs.replace(article, content_hash="changed"), index, loaded)
    assert changed is not None
    assert (changed.kind, changed.revision, changed.story_id) == ("update", 2, first.story_id)
    assert [source.content_hash for source in changed.sources] == ["changed"]
    assert changed.alert_id != first.alert_id
    assert tell(structs.replace(article, content_hash="changed again"), index, loaded) is None


def test_another_event_of_the_same_mineral_country_and_week_is_another_story(
    build: Build, index: StoryIndex, loaded: Assets
) -> None:
    """A strike and a royalty in Chile are two stories."""
    strike, royalty = tell(build(WIRE), index, loaded), tell(build(ROYALTY, "two"), index, loaded)
    assert strike is not None
    assert royalty is not None
    assert royalty.kind == "new"
    assert royalty.story_id != strike.story_id


def test_the_same_event_a_week_later_is_another_story(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """Beyond the window nothing is an update."""
    tell(build(WIRE), index, loaded)
    later = tell(build(LOCAL, "two", NOON + timedelta(days=7)), index, loaded)
    assert later is not None
    assert later.kind == "new"


def test_order_of_arrival_does_not_change_the_stories(build: Build, loaded: Assets) -> None:
    """Any order gives the same two stories."""
    articles = [build(WIRE, "one"), build(LOCAL, "two", NOON + timedelta(hours=5)), build(ROYALTY, "three")]
    for order in permutations(articles):
        index = StoryIndex(loaded.lexicon, loaded.desk.stories)
        told = {article.article_id: tell(article, index, loaded) for article in order}
        stories = {name: one.story_id for name, one in told.items() if one}
        assert stories["one"] == stories["two"] != stories["three"]


def test_deciding_changes_nothing(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """Only the fold changes the index, so a decision can be repeated."""
    article = build(WIRE)
    assert alert(article, index, loaded.desk, None) == alert(article, index, loaded.desk, None)
    assert len(index) == 0


def test_alerts_alone_restore_the_index(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """After a restart the next article gets the very alert it would have got."""
    restored = StoryIndex(loaded.lexicon, loaded.desk.stories)
    for article in (build(WIRE), build(ROYALTY, "three")):
        told = tell(article, index, loaded)
        assert told is not None
        restored.add(told, NOON)
    expected, after = (alert(build(LOCAL, "two"), one, loaded.desk, None) for one in (index, restored))
    assert expected is not None
    assert after is not None
    assert expected.kind == "update"
    assert encode(after) == encode(expected)


def test_the_time_of_receipt_shows_nowhere(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """Replay, which has none, gives the same bytes as the service."""
    article = build(WIRE, at=None)
    told = alert(article, index, loaded.desk, NOON)
    assert told == alert(article, index, loaded.desk, None)
    assert told is not None
    assert told.first_seen_at is None


def test_event_time_prefers_publication_to_fetching_to_receipt(build: Build) -> None:
    """What the article says of itself comes first."""
    hours = [NOON + timedelta(hours=number) for number in range(3)]
    assert event_time(build(WIRE, at=hours[0], fetched_at=hours[1]), hours[2]) == hours[0]
    assert event_time(build(WIRE, at=None, fetched_at=hours[1]), hours[2]) == hours[1]
    assert event_time(build(WIRE, at=None), hours[2]) == hours[2]
    assert event_time(build(WIRE, at=None), None) is None


def test_what_is_not_worth_an_alert_is_none(build: Build, index: StoryIndex, loaded: Assets) -> None:
    """The desk does not send a scholarship."""
    text = (
        "Ten students will spend the summer at a copper mine with scholarships from a foundation. They will log copper ore, visit "
        "the concentrator and the school, and write a report on the copper mine. Applications close in May."
    )
    assert tell(build(text), index, loaded) is None


@given(text=st.text(), title=st.text() | st.none())
def test_any_text_is_decided(loaded: Assets, text: str, title: str | None) -> None:
    """Whatever the text, the stage gives an alert with exact spans or none."""
    clean = CleanArticle(
        article_id="x", content_hash="h", title=title, text=f"{text} copper ore exports banned, 5 tonnes", language="en", removed={}
    )
    article = detect(classify(clean, loaded.topics), loaded.lexicon, loaded.events)
    if article is not None:
        told = alert(article, StoryIndex(loaded.lexicon, loaded.desk.stories), loaded.desk, None)
        assert told is None or all(clean.text[passage.start : passage.end] == passage.text for passage in told.evidence)
