"""The time of the stages grows no faster than their input: measured against itself at a quarter of the size."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from streams import topics
from streams.assets import Assets
from streams.core.records import MAX_BODY_BYTES, Alert
from streams.core.stories import CAPACITY, StoryIndex
from streams.topology import STAGES, Context, Origin, process
from tests.fuzz.inputs import BOUNDED, NEWS, bodies, bounded, context, event, faults, refusals, run

SIZE = 24 * 1024
"""Characters of the smaller body of each pair; the larger has four times as many."""

GROWTH = 9.0
"""Most that four times the input may take longer: 4 when time is linear, 16 when it grows with the square."""

MULTIPLE = 15.0
"""Most that the worst page may take longer than an ordinary one: without the bounds 30 to 300 times."""

NOISE = 0.004
"""Seconds that count for nothing."""

ATTEMPTS = 4
"""A pair that seems to grow too fast is measured anew: other work on the machine slows one of the two."""

FAMILIES = list(zip(bodies(SIZE), bodies(4 * SIZE), strict=True))


def seconds(call: Callable[[], object]) -> float:
    """CPU time of a call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def growth(small: Callable[[], object], large: Callable[[], object]) -> float:
    """How much longer the larger takes, at best."""
    least = float("inf")
    for _ in range(ATTEMPTS):
        least = min(least, seconds(large) / (seconds(small) + NOISE))
        if least <= GROWTH:
            break
    return least


@pytest.mark.parametrize(("small", "large"), FAMILIES, ids=[ascii(small[0])[:60] for small, _ in FAMILIES])
def test_time_is_linear_in_the_body(loaded: Assets, small: tuple[str, str, str], large: tuple[str, str, str]) -> None:
    """All stages, over bodies that are made to be slow somewhere; none is cut off, none makes a stage raise."""
    values = [event(body, content_type, published_at="2026-03-18") for _, content_type, body in (small, large)]
    assert not faults(run(values[1], loaded))
    assert growth(lambda: run(values[0], loaded), lambda: run(values[1], loaded)) <= GROWTH


@pytest.mark.parametrize("form", BOUNDED)
def test_what_is_not_linear_in_the_parser_is_bounded(loaded: Assets, form: str) -> None:
    """The largest page that is not refused takes a small multiple of an ordinary one of 1 MiB."""
    sizes = (MAX_BODY_BYTES >> step for step in range(10))
    pages = (event(bounded(form, size - 200), "text/html") for size in sizes)
    worst = next(page for page in pages if not refusals(run(page, loaded)))
    ordinary = event(f"<p>{NEWS}</p>" * (MAX_BODY_BYTES // (len(NEWS) + 7)), "text/html")
    assert growth(lambda: run(ordinary, loaded), lambda: run(worst, loaded)) <= MULTIPLE


@pytest.mark.parametrize(
    "unit", [b"[", b'{"body":', b'{"":"', b"\\", b'"', b"\xff", b"NaN,", b'{"body": "\\ud800', b'{"a": NaN, "a":', b"1", b" "]
)
def test_time_is_linear_in_bytes_that_are_no_article(loaded: Assets, unit: bytes) -> None:
    """The reason of a refusal is looked for in linear time too, inside of an object and outside."""
    for start, end in ((b"", b""), (b'{"body": "x", "more": "', b'"}'), (b'{"body": "x", "more": [', b"]}")):
        small, large = (start + unit * (size // len(unit)) + end for size in (SIZE * 4, SIZE * 16))
        assert not faults(run(large, loaded))
        assert growth(lambda small=small: run(small, loaded), lambda large=large: run(large, loaded)) <= GROWTH  # type: ignore[misc]


@pytest.mark.parametrize("field", ["id", "url", "source", "title", "published_at"])
@pytest.mark.parametrize("unit", ["a", " ", "/", "?", "&", " | ", " - x", ".", "[", "%", "İ", "&amp;", "<b>", "2026-"])
def test_fields_beside_the_body_cost_little(loaded: Assets, field: str, unit: str) -> None:
    """At their largest they make no stage raise."""
    body = "The mayor opened a new bridge over the river on Monday morning, and residents welcomed it."
    value = event(body, None, **{"url": f"https://a.example/{unit * 10}", field: (unit * 8192)[: 8192 // len(unit.encode())]})
    assert not faults(run(value, loaded))


STORY = (
    "China will issue no export licences for antimony metal or antimony ore until the end of the year, the commerce ministry "
    "said on Wednesday.\nThe country refines close to half of the world's antimony, and prices rose by a fifth on the day. "
)


def filled(loaded: Assets, stories: int) -> tuple[StoryIndex, bytes]:
    """An index of stories that share all their terms, and a mineral article that resembles them all."""
    raw = event(STORY, title="China halts antimony exports", id="first", published_at="2026-03-18")
    made = process(STAGES, Origin(topics.RAW, 0, 0, None, raw, (), None), fresh := context(loaded))
    minerals = next(message.value for message in made if message.topic == topics.MINERALS)
    assert minerals is not None
    (told,) = [story.latest for story in fresh.index._stories.values()]
    index = StoryIndex(loaded.lexicon, loaded.desk.stories)
    for number in range(stories):
        index.add(another(told, number), datetime(2026, 3, 18, tzinfo=UTC) + timedelta(hours=number % 24))
    return index, minerals.replace(b'"first"', b'"last"')


def another(told: Alert, number: int) -> Alert:
    """The same story under other ids."""
    source = type(told.sources[0])(id=f"a{number}", content_hash=f"c{number}")
    names = {name: getattr(told, name) for name in Alert.__struct_fields__}
    return Alert(**(names | {"article_id": f"a{number}", "story_id": f"s{number}", "sources": (source,)}))


def test_many_stories_alike_do_not_slow_an_alert_down(loaded: Assets) -> None:
    """A full index of stories with the same terms costs no more than one of an eighth."""
    few, minerals = filled(loaded, CAPACITY // 8)
    many, _ = filled(loaded, CAPACITY)
    assert len(many) == CAPACITY

    def judge(index: StoryIndex) -> None:
        for _ in range(20):
            found = process(
                STAGES[2:], Origin(topics.MINERALS, 0, 0, None, minerals, (), None), Context(loaded, Ephemeral(index), None)
            )
            assert [message.topic for message in found] == [topics.ALERTS]

    assert growth(lambda: judge(few), lambda: judge(many)) <= 2


class Ephemeral(StoryIndex):
    """A view of an index that learns nothing, so that the same article can be judged again."""

    def __init__(self, index: StoryIndex) -> None:
        self.__dict__ |= index.__dict__

    def told(self, *_: str) -> None:
        """Never."""

    def add(self, *_: object) -> None:
        """Nothing."""
