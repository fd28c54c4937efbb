"""The short scenarios of the fault suite, at a small scale; `make faults` plays all of them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults import cluster
from tests.faults.run import play
from tests.faults.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.assets import Assets
    from tests.faults.cluster import Cluster

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.faults]

SHORT = [scenario for scenario in SCENARIOS if scenario.short]


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Cluster]":
    """A broker that these scenarios share."""
    started = cluster.start(tmp_path_factory.mktemp("brokers"))
    yield started
    started.stop()


@pytest.mark.parametrize("scenario", SHORT, ids=lambda scenario: scenario.name)
async def test_no_article_is_lost_and_no_alert_told_twice(
    scenario: Scenario, brokers: "Cluster", loaded: "Assets", tmp_path: Path
) -> None:
    """Whatever was done to it, the service comes back by itself and every promise was kept."""
    verdict = await play(scenario, brokers, loaded, tmp_path, seed=1, scale=0.25)
    assert verdict.faults
    assert (verdict.lost, verdict.duplicated, verdict.problems) == (0, 0, [])
