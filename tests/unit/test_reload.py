"""SIGHUP: the data files are loaded anew while articles go on; wrong ones change nothing."""

import asyncio
import gc
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import pytest_asyncio
import structlog
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from streams import assets, metrics, topics
from streams.agents import Agents
from streams.assets import Assets
from streams.at_least_once import AtLeastOnce
from streams.server import Health
from streams.settings import Settings
from streams.topology import STAGES, chains
from streams.worker import Service
from tests.unit.fakes import World, origin, raw, world
from tests.unit.test_agents import FakeApp

if TYPE_CHECKING:
    import faust


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A `desk.json` of one's own, with nothing in it."""
    path = tmp_path / "data" / "desk.json"
    path.parent.mkdir()
    path.write_bytes(b"{}")
    return path


@pytest.fixture
def line(loaded: Assets) -> World:
    """What lanes share."""
    return world(loaded)


@pytest.fixture
def agents(line: World) -> Agents:
    """The agents of a worker that was assigned nothing yet."""
    return Agents(cast("faust.App", FakeApp()), line.line, chains([stage.name for stage in STAGES]))


@pytest_asyncio.fixture
async def service(desk: Path, loaded: Assets, agents: Agents) -> AsyncIterator[Service]:
    """A service that reloads when it is asked to."""
    service = Service(Settings(data_dir=str(desk.parent)), loaded, Health(60), ("clean",))
    reloading = asyncio.create_task(service.reload_when_asked(agents))
    yield service
    assert not reloading.done()
    reloading.cancel()
    metrics.BUILD_INFO.clear()


def write(path: Path, content: bytes) -> None:
    """Put another content into a file."""
    path.write_bytes(content)


async def until(lines: list[structlog.typing.EventDict], event: str, count: int = 1) -> None:
    """Wait until something was logged so often."""
    async with asyncio.timeout(30):
        while sum(line["event"] == event for line in lines) < count:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)


def in_force() -> list[str]:
    """The versions that the metric shows."""
    (metric,) = (each for each in REGISTRY.collect() if each.name == "lodestream_build_info")
    return [sample.labels["model"] for sample in metric.samples]


async def test_files_that_changed_are_in_force_from_the_next_record_on(
    service: Service, agents: Agents, line: World, desk: Path
) -> None:
    """In every lane, in the metric and in the log; the loop goes on meanwhile."""
    lane = AtLeastOnce(line.line, agents.chains[topics.RAW], TopicPartition(topics.RAW, 0))
    agents.lanes = {cast("faust.types.TP", lane.partition): lane}
    before = service.assets.version
    metrics.describe_build(before)
    write(desk, b'{"alert_threshold": 0.9, "muted_sources": ["the wire"]}')
    with structlog.testing.capture_logs() as lines:
        service.reload_asked.set()
        await asyncio.sleep(0)
        assert line.line.assets.version == before
        await lane.take(origin(raw("The mayor opened a new bridge over the river on Monday morning.")))
        await until(lines, "data files reloaded")
    await lane.take(origin(raw("The mayor opened a new bridge over the river on Tuesday morning."), 1))
    after = line.line.assets.version
    assert lines == [{"event": "data files reloaded", "before": before, "model": after, "log_level": "info"}]
    assert before != after == service.assets.version
    assert line.line.assets.desk.relevance.threshold == 0.9
    models = [json.loads(sent.value or b"{}")["model"] for sent in line.producer.sent if sent.topic == topics.CLASSIFIED]
    assert models == [before, after]
    assert lane.index._model is line.line.assets.desk.stories
    assert in_force() == [after]


@pytest.mark.parametrize("wrong", [b"{", b'{"alert_threshold": 2}', b'{"alert_treshold": 0.5}'])
async def test_wrong_files_change_nothing(service: Service, line: World, desk: Path, wrong: bytes) -> None:
    """The log says which file and why; once it is repaired, the next signal takes it."""
    before = line.line.assets
    write(desk, wrong)
    with structlog.testing.capture_logs() as lines:
        service.reload_asked.set()
        await until(lines, "data files not reloaded")
        assert [(each["log_level"], each["model"]) for each in lines] == [("error", before.version)]
        assert str(desk) in lines[0]["error"]
        assert line.line.assets is service.assets is before
        write(desk, b'{"alert_threshold": 0.9}')
        service.reload_asked.set()
        await until(lines, "data files reloaded")
    assert line.line.assets.desk.relevance.threshold == 0.9


async def test_a_signal_during_a_reload_asks_for_one_more(
    service: Service, line: World, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files may have changed after they were read; any number of signals asks for one."""
    read = asyncio.Event()
    loop = asyncio.get_running_loop()
    build = assets.build

    def slow(directory: str) -> Assets:
        found = build(directory)
        loop.call_soon_threadsafe(read.set)
        return found

    monkeypatch.setattr(assets, "build", slow)
    with structlog.testing.capture_logs() as lines:
        service.reload_asked.set()
        await asyncio.wait_for(read.wait(), 30)
        write(desk, b'{"alert_threshold": 0.9}')
        for _ in range(3):
            service.reload_asked.set()
        await until(lines, "data files reloaded", 2)
        await asyncio.sleep(0.1)
    assert len(lines) == 2
    assert line.line.assets.desk.relevance.threshold == 0.9


async def test_the_signal_asks_for_a_reload(loaded: Assets) -> None:
    """Also one that came while the worker was starting, when the signal is held back."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    signal.raise_signal(signal.SIGHUP)  # of this thread: others of the test run do not hold it back
    service = Service(Settings(brokers="127.0.0.1:1"), loaded, Health(60), ("clean",))
    running = asyncio.create_task(service.run())
    await asyncio.wait_for(service.reload_asked.wait(), 10)
    service.stopping.set()
    assert await asyncio.wait_for(running, 10) == 0


def test_twenty_reloads_leave_nothing_behind() -> None:
    """Old assets are freed, frozen as they were."""
    kept = assets.build("")
    assets.freeze()
    frozen = [0, 0]
    for number in range(20):
        kept = assets.build("")
        assets.freeze()
        frozen[number > 9] = gc.get_freeze_count()
    assert kept.version
    assert frozen[1] <= frozen[0] + 100
