"""Records that have broken parsers elsewhere, each of them judged by the functional core beforehand."""

import itertools
import json
import random
from collections.abc import Iterator

from streams.assets import Assets
from streams.core.stories import StoryIndex
from streams.kafka import MAX_RECORD_BYTES
from streams.topology import Context
from tests.faults.load import Article, judge

MIB = 1024 * 1024
PROSE = "The mayor opened a new bridge over the river on Monday morning, and residents welcomed it. "
PLANES = [chr(plane * 0x10000 + offset) for plane in range(17) for offset in (0x41, 0x2FF, 0xFFD)]
SHAPES: tuple[object, ...] = (None, True, 7, -1.5e300, "text", [], [1, [2]], {}, {"a": {"b": []}})
FIELDS = ("id", "url", "source", "title", "content_type", "published_at", "fetched_at", "language", "body")


def event(body: object, **fields: object) -> bytes:
    """A raw event; half surrogates and the like are escaped, as JSON allows."""
    return json.dumps({"body": body, **fields}).encode()


def values(dice: random.Random) -> Iterator[bytes | None]:
    """One batch; the same for the same dice."""
    numbers = itertools.count(dice.randrange(10**9))

    def prose() -> str:
        return f"{PROSE}It was number {next(numbers)} on the list. "  # what has the same text is the same article

    for _ in range(20):  # fuzzed bytes
        good = event(prose() * 5, title="A bridge", published_at="2026-01-01")
        broken = bytearray(good)
        for _ in range(dice.randint(1, 8)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        yield bytes(broken)
        yield dice.randbytes(dice.randint(0, 200))
        yield good[: dice.randrange(len(good))]
    for shape in SHAPES:  # JSON of every wrong shape
        yield json.dumps(shape).encode()
        for field in FIELDS:
            yield json.dumps({"body": prose(), field: prose() if shape == "text" else shape}).encode()
    yield b"[" * 100_000
    yield b'{"body":' * 100_000
    yield b'{"body": "x", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for tag in ("<div>", "<table><tr><td>", "<b><i>", "<p", "<!--", "<script>", "<svg><math>", "<a href='"):
        yield event("<html><body>" + tag * 100_000, content_type="text/html")
        yield event(prose() + tag * 1000 + prose())
    for character in ("a", " ", "\n", "\0", "<", "&", "(", ".", "…", "\u0301", "\u202e", "é", "🪨", "\u3000"):
        yield event(character * (MIB // len(character.encode())))
    yield event((PROSE * (MIB // len(PROSE) + 1))[:MIB])
    yield event("&amp;" * (MIB // 5))
    yield event("&" + "amp;" * 200_000)
    yield event("".join(PLANES) * 50)
    yield event(prose() + "\0" * 100 + prose(), title="\0")
    yield event("half \ud83d a face")
    yield event(prose(), title="\udc00")
    yield event(prose().encode("utf-16").decode("latin-1") * 10)
    yield event(prose(), id="x" * 9000)
    yield event(prose(), published_at="9999-12-31T23:59:59.999999999Z")
    yield event(prose(), published_at="0001-01-01T00:00:00+14:00")
    yield event("b" * (2 * MIB))
    yield None
    yield b""


def poison(loaded: Assets, dice: random.Random) -> Iterator[Article]:
    """One batch of articles that nothing may stumble over."""
    for value in values(dice):
        keys = [b"", b"outlet", b"\xff\x00", None]
        yield judge(dice.choice(keys if value is not None else keys[:-1]), value, fresh(loaded))


def oversized(loaded: Assets) -> Iterator[Article]:
    """Records that Kafka takes because they are just small enough or well compressed; with a reason they would not fit."""
    for margin in (80, 100, 300, 700, 1000, 5000):
        yield judge(None, event("c" * (MAX_RECORD_BYTES - margin - len(event("")))), fresh(loaded))
    for size in (7, 9, 15, 17, 24):
        yield judge(None, event("d" * (size * MIB)), fresh(loaded))


def fresh(loaded: Assets) -> Context:
    """A partition without stories."""
    return Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
