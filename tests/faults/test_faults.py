"""The scenarios of the fault suite as tests, at a small scale; `make faults` plays them at full scale."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.faults import cluster
from tests.faults.run import brokers_for, play
from tests.faults.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from streams.assets import Assets
    from tests.faults.trial import Verdict

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]

SCALE = 0.1
AT_ONCE = 4
SHORT = [pytest.param(scenario, id=scenario.name) for scenario in SCENARIOS if scenario.short]
LONG = [pytest.param(scenario, id=scenario.name) for scenario in SCENARIOS if not scenario.short]


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest, loaded: "Assets", tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Verdict]":
    """What came of those short scenarios that are asked for: played some at once, as most of each is waiting."""
    chosen = [item for item in request.session.items if isinstance(item, pytest.Function) and "verdicts" in item.fixturenames]
    asked = [cast("Scenario", item.callspec.params["scenario"]) for item in chosen]
    directory = tmp_path_factory.mktemp("faults")
    brokers = cluster.start(directory / "brokers")
    places = asyncio.Semaphore(AT_ONCE)

    async def take_turn(scenario: Scenario) -> "Verdict":
        async with places:
            return await play(scenario, brokers, loaded, directory, seed=1, scale=SCALE)

    async def play_all() -> "list[Verdict]":
        return await asyncio.gather(*(take_turn(scenario) for scenario in asked))

    try:
        return dict(zip([scenario.name for scenario in asked], asyncio.run(play_all()), strict=True))
    finally:
        brokers.stop()


@pytest.mark.parametrize("scenario", SHORT)
def test_no_article_is_lost_and_no_alert_told_twice(scenario: Scenario, verdicts: "dict[str, Verdict]") -> None:
    """Whatever was done to it, the service comes back by itself and every promise was kept."""
    keeps_its_promises(verdicts[scenario.name])


@pytest.mark.faults
@pytest.mark.parametrize("scenario", LONG)
async def test_no_article_is_lost_and_no_alert_told_twice_in_the_long_run(
    scenario: Scenario, loaded: "Assets", tmp_path: Path
) -> None:
    """The same for what takes minutes, or brokers of its own."""
    async with brokers_for(scenario, tmp_path / "brokers") as brokers:
        keeps_its_promises(await play(scenario, brokers, loaded, tmp_path, seed=1, scale=SCALE))


def keeps_its_promises(verdict: "Verdict") -> None:
    """Something was done, and no harm came of it."""
    assert verdict.faults
    assert (verdict.lost, verdict.duplicated, verdict.problems) == (0, 0, [])
