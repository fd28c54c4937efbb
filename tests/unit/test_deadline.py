"""The time limit of a stage: what is cut off, and what is not."""

import asyncio
import itertools
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from streams import topics, topology
from streams.assets import Assets
from streams.codec import encode
from streams.core.records import CleanArticle, MineralArticle, RawArticle
from streams.core.stories import StoryIndex
from streams.deadline import StageTimeoutError, TimeLimit
from streams.topology import STAGES, Context, Stage, process
from tests.unit.fakes import COPY, example, origin, raw

if TYPE_CHECKING:
    from streams.topology import Records

SECONDS = 0.08


@pytest.fixture
def limit() -> Iterator[TimeLimit]:
    """A short limit; the timer of the process is put back afterwards."""
    handler, timer = signal.getsignal(signal.SIGPROF), signal.getitimer(signal.ITIMER_PROF)
    yield TimeLimit(SECONDS)
    signal.setitimer(signal.ITIMER_PROF, *timer)
    signal.signal(signal.SIGPROF, handler)


@pytest.fixture
def context(loaded: Assets, limit: TimeLimit, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A partition without stories, in a process with a short limit."""
    monkeypatch.setattr(topology, "STAGE_LIMIT", limit)
    return Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)


def work(seconds: float = 60.0) -> None:
    """Use CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def stubborn() -> None:
    """Swallow the first interruption, as a finaliser would."""
    try:
        work()
    except StageTimeoutError:
        work()


@pytest.mark.parametrize(
    "run",
    [work, stubborn, lambda: re.match(r"(a+)+b", "a" * 60), lambda: sum(1 for _ in itertools.repeat(0))],
    ids=["loop", "stubborn", "regular expression", "iterator"],
)
def test_what_takes_too_long_is_cut_off(limit: TimeLimit, run: Callable[[], object]) -> None:
    """Loops and regular expressions alike, though something in between may swallow an exception."""
    with pytest.raises(StageTimeoutError, match=r"more than 0\.08 s of CPU time"), limit:
        run()


def test_each_run_has_the_whole_time(limit: TimeLimit) -> None:
    """Many runs that take half of it each, and work in between, are no run that takes too long."""
    for _ in range(5):
        with limit:
            work(SECONDS / 2)
        work(SECONDS / 2)
    work(2 * SECONDS)


def test_waiting_is_not_working(limit: TimeLimit) -> None:
    """A machine busy with other things, or a process that was suspended, costs no article its life."""
    with limit:
        time.sleep(3 * SECONDS)


def test_a_lifted_limit_cuts_nothing_off(limit: TimeLimit) -> None:
    """What must not be left half changed is finished."""
    with limit:
        limit.lift()
        work(2 * SECONDS)


def endless(_: RawArticle, __: Context) -> "Records":
    """Run for ever on some articles."""
    work()
    return (example(CleanArticle),)


def test_an_article_that_takes_too_long_is_refused_and_stops_nobody(context: Context) -> None:
    """Its dead letter says why and holds its bytes; those before and after it are published."""
    slow = Stage("slow", topics.RAW, RawArticle, endless)
    before, (refused,), after = (process([stage], origin(raw("1")), context) for stage in (COPY, slow, COPY))
    assert before == after
    assert before[0].topic == "articles.clean"
    headers = {name: value.decode() for name, value in refused.headers}
    assert (refused.topic, refused.value) == ("articles.dead-letter", raw("1"))
    assert (headers["dl_stage"], headers["dl_reason"]) == ("slow", "stage_timeout")
    assert headers["dl_error"] == "slow: took more than 0.08 s of CPU time"


def test_what_takes_too_long_to_encode_is_refused_whole(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """All results of a run are published or none."""

    def slowly(_: object) -> bytes:
        encoded.append(b"{}")
        if len(encoded) > 1:
            work()
        return encoded[-1]

    encoded: list[bytes] = []
    monkeypatch.setattr(topology, "encode", slowly)
    (message,) = process([COPY], origin(raw("2")), context)
    assert message.topic == "articles.dead-letter"


def test_an_alert_that_takes_too_long_leaves_the_stories_alone(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not told is not remembered as told."""
    monkeypatch.setattr(topology, "alert", lambda *_: work())
    value = encode(example(MineralArticle))
    (message,) = process(STAGES[2:], origin(value), context)
    assert dict(message.headers)["dl_reason"] == b"stage_timeout"
    assert len(context.index) == 0


def test_what_was_told_is_remembered_however_long_that_takes(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is changed whole or not at all."""
    add = StoryIndex.add

    def slowly(index: StoryIndex, *told: object) -> None:
        work(2 * SECONDS)
        add(index, *told)  # type: ignore[arg-type]

    monkeypatch.setattr(StoryIndex, "add", slowly)
    value = encode(example(MineralArticle))
    assert [message.topic for message in process(STAGES[2:], origin(value), context)] == ["alerts.critical-minerals"]
    assert len(context.index) == 1


async def test_the_event_loop_goes_on(limit: TimeLimit) -> None:
    """Its own signal handlers work before and after a run was cut off."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, stop.set)
    for _ in range(2):
        with pytest.raises(StageTimeoutError), limit:
            work()
        stop.clear()
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(stop.wait(), 5)
    loop.remove_signal_handler(signal.SIGUSR1)
