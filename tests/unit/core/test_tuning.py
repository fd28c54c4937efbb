"""What a desk can set without a deployment: muted outlets, thresholds, another lexicon. The articles are invented."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from streams import assets
from streams.assets import Assets
from streams.core.alert import Desk, alert, event_time
from streams.core.classify import classify
from streams.core.detect import detect
from streams.core.lexicon import build, partition_key
from streams.core.lexicon_files import Countries, Events, Minerals, Organisations
from streams.core.records import Alert, CleanArticle, MineralArticle
from streams.core.stories import StoryIndex

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
STRIKE = (
    "Some 1,100 workers downed tools at the Quebrada Honda copper mine in northern Chile on Monday after wage talks failed, "
    "their union said.\nThe mine produced 310,000 tonnes of copper last year, about six per cent of Chile's output."
)


def article(
    loaded: Assets, text: str = STRIKE, name: str = "one", source: str | None = None, url: str | None = None
) -> MineralArticle:
    """A mineral article of an outlet."""
    clean = CleanArticle(
        article_id=name,
        content_hash=f"hash-of-{name}",
        source=source,
        url=url,
        text=text,
        language="en",
        published_at=NOON,
        removed={},
    )
    found = detect(classify(clean, loaded.topics), loaded.lexicon, loaded.events)
    assert found is not None
    return found


def tell(found: MineralArticle, loaded: Assets, desk: Desk, index: StoryIndex | None = None) -> Alert | None:
    """Decide about an article, by default as the first of all."""
    return alert(found, index or StoryIndex(loaded.lexicon, loaded.desk.stories), desk, None)


@pytest.mark.parametrize(
    ("source", "url", "silent"),
    [
        ("The Wire", None, True),
        (" THE WIRE", "https://elsewhere.example/1", True),
        ("The Wire Service", None, False),
        ("Barbed Wire", None, False),
        ("example.com", None, True),
        ("News.Example.COM", None, True),
        ("notexample.com", None, False),
        ("example.com.au", None, False),
        ("Some Name", "https://example.com/a", True),
        ("Some Name", "HTTPS://user@WWW.Example.com:8080?a=b", True),
        ("Some Name", "//m.example.com#top", True),
        ("Some Name", "https://other.net/example.com", False),
        ("Some Name", "https://other.net?from=//example.com", False),
        (None, "example.com", False),
        (None, None, False),
    ],
)
def test_a_muted_outlet_gives_no_alert(loaded: Assets, source: str | None, url: str | None, silent: bool) -> None:  # noqa: FBT001 - expected
    """By its name or by the host of the url, in any case of letters, subdomains included; nobody else is muted."""
    desk = replace(loaded.desk, muted=(".the wire", ".example.com"))
    assert (tell(article(loaded, source=source, url=url), loaded, desk) is None) == silent


def test_an_alert_says_which_data_files_decided_it(loaded: Assets) -> None:
    """Its article may have been classified with others."""
    told = tell(article(loaded), loaded, replace(loaded.desk, version="2031.01-0badcafe"))
    assert told is not None
    assert told.model == "2031.01-0badcafe"


def test_thresholds_and_limits_decide(loaded: Assets) -> None:
    """What is sent, and how severe it is called."""
    told = tell(article(loaded), loaded, loaded.desk)
    assert told is not None
    strict = replace(loaded.desk.relevance, threshold=min(1.0, told.score + 0.0001))
    assert tell(article(loaded), loaded, replace(loaded.desk, relevance=strict)) is None
    for limits, severity in (((7.0, 8.0, 9.0), "low"), ((-9.0, -8.0, -7.0), "critical")):
        other = tell(article(loaded), loaded, replace(loaded.desk, relevance=replace(loaded.desk.relevance, limits=limits)))
        assert other is not None
        assert other.severity == severity


def without(loaded: Assets, *minerals: str) -> Assets:
    """The assets with a lexicon that has lost some minerals."""
    known = assets.read("minerals.json", Minerals)
    lexicon = build(
        replace(known, minerals=tuple(mineral for mineral in known.minerals if mineral.id not in minerals)),
        assets.read("countries.json", Countries),
        assets.read("organisations.json", Organisations),
        assets.read("events.json", Events),
    )
    return replace(loaded, lexicon=lexicon, desk=replace(loaded.desk, lexicon=lexicon))


def test_a_mineral_that_is_no_longer_watched_gives_no_alert(loaded: Assets) -> None:
    """Articles that were detected before the reload still arrive; those that name another mineral too are told about that one."""
    alone = article(loaded)
    both = article(loaded, STRIKE + "\nThe mine also produced 9,000 tonnes of molybdenum.")
    assert {mineral.id for mineral in both.minerals} == {"copper", "molybdenum"}
    assert tell(alone, loaded, without(loaded, "copper").desk) is None
    told = tell(both, loaded, without(loaded, "molybdenum").desk)
    assert told is not None
    assert [mineral.id for mineral in told.minerals] == ["copper"]


def test_alerts_on_a_mineral_that_is_no_longer_watched_are_still_read_back(loaded: Assets) -> None:
    """A worker starts though its topic holds what nobody watches any more."""
    told = tell(article(loaded), loaded, loaded.desk)
    assert told is not None
    index = StoryIndex(without(loaded, "copper").lexicon, loaded.desk.stories)
    index.add(told, NOON)
    assert index.told("copper", told.sources[-1].content_hash)
    assert partition_key(without(loaded, "copper").lexicon, "copper") == "copper"


def test_stories_outlive_a_change_of_lexicon_and_model(loaded: Assets) -> None:
    """An index that adopts others is as one that was filled under them: it knows its stories, and forgets the oldest first."""
    families = {name: replace(mineral, family="metal") for name, mineral in loaded.lexicon.minerals.items()}
    lexicon = replace(loaded.lexicon, minerals=families)
    model = replace(loaded.desk.stories, rare=loaded.desk.stories.rare + 20, threshold=0.1)
    adopting = StoryIndex(loaded.lexicon, loaded.desk.stories, capacity=4)
    filled = StoryIndex(lexicon, model, capacity=4)
    first = tell(article(loaded), loaded, loaded.desk)
    assert first is not None
    alerts = [
        structs.replace(
            first,
            alert_id=f"alert-{number}",
            story_id=f"story-{number // 2}",
            article_id=f"article-{number}",
            sources=(structs.replace(first.sources[0], id=f"article-{number}", content_hash=f"hash-{number}"),),
        )
        for number in range(9)
    ]
    for number, told in enumerate(alerts[:6]):
        adopting.add(told, NOON + timedelta(hours=number))
    adopting.adopt(lexicon, model)
    for number, told in enumerate(alerts[2:6], 2):
        filled.add(told, NOON + timedelta(hours=number))
    for number in range(6, 10):
        assert len(adopting) == len(filled)
        for told in alerts:
            assert adopting.told("copper", told.article_id) == filled.told("copper", told.article_id)
        again = article(loaded, name="again")
        desk = replace(loaded.desk, lexicon=lexicon, stories=model)
        assert tell(again, loaded, desk, adopting) == tell(again, loaded, desk, filled)
        if number < len(alerts):
            for index in (adopting, filled):
                index.add(alerts[number], NOON + timedelta(hours=number))


def test_after_an_update_the_next_one_follows_it(loaded: Assets) -> None:
    """Adopting keeps the last alert of a story, so that its revisions go on."""
    index = StoryIndex(loaded.lexicon, loaded.desk.stories)
    for revision, name in enumerate(("one", "two", "three"), 1):
        found = article(loaded, name=name)
        told = tell(found, loaded, loaded.desk, index)
        assert told is not None
        assert (told.revision, len(told.sources)) == (revision, revision)
        index.add(told, event_time(found, None))
        index.adopt(loaded.lexicon, loaded.desk.stories)
