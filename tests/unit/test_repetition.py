"""What is published again after a crash is the same to the byte: who keeps the first of two that are alike has all, once."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import topics
from streams.assets import Assets
from streams.core.stories import StoryIndex
from streams.topology import STAGES, Context, Message, Origin, process

SAMPLES = (Path(__file__).parents[1] / "samples" / "articles.jsonl").read_text(encoding="utf-8").splitlines()


def results(loaded: Assets, origin: Origin) -> list[Message]:
    """What the stateless chain makes of a record."""
    return process(STAGES[:2], origin, Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None))


@pytest.mark.parametrize("line", SAMPLES, ids=lambda line: json.loads(line)["id"])
def test_an_article_is_classified_twice_alike(loaded: Assets, line: str) -> None:
    """Keys, values and headers; the id of an article depends on nothing but its record."""
    origin = Origin(topics.RAW, 3, 7, b"key", line.encode(), (), 1_700_000_000_000)
    assert results(loaded, origin) == results(loaded, origin)
    assert [message.value for message in results(loaded, origin)] == [
        message.value for message in results(loaded, origin._replace(partition=5, offset=900))
    ]


@given(value=st.binary(max_size=200))
def test_a_dead_letter_tells_where_its_record_lies_and_is_twice_alike(loaded: Assets, value: bytes) -> None:
    """Two of them with the same position are one refusal."""
    origin = Origin(topics.RAW, 3, 7, b"key", value, (), 1_700_000_000_000)
    (letter,) = results(loaded, origin)
    assert results(loaded, origin) == [letter]
    headers = dict(letter.headers)
    assert [headers[name] for name in ("dl_topic", "dl_partition", "dl_offset")] == [b"articles.raw", b"3", b"7"]
