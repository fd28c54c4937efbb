"""ARCHITECTURE says what proves each guarantee: those tests are there, and its figures are those of the code."""

import re
from datetime import timedelta
from pathlib import Path

from streams.core.stories import CAPACITY, WINDOW
from streams.delivery import DELIVERY_SECONDS
from streams.server import ANSWER_SECONDS
from streams.settings import Settings
from streams.worker import JOIN_SECONDS, faust_app
from tests.faults.scenarios import SCENARIOS

TESTS = Path(__file__).parents[1]
SECTION = (TESTS.parent / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## What is guaranteed")[2].partition("\n## ")[0]


def test_every_test_that_is_named_exists() -> None:
    """By file and name."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", SECTION)
    assert len(named) > 20
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not re.search(rf"^(async )?def {test}\(", (TESTS / file).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_every_scenario_that_is_named_exists() -> None:
    """And there are as many as are told."""
    names = {scenario.name for scenario in SCENARIOS}
    for sentence in re.findall(r"scenarios? ((?:`[a-z-]+`(?: and )?)+)", SECTION):
        assert set(re.findall(r"`([a-z-]+)`", sentence)) <= names
    assert f"{len(SCENARIOS)} scenarios" in SECTION


def test_the_figures_are_those_of_the_code() -> None:
    """A limit that is changed is changed here too."""
    session = faust_app(Settings()).conf.broker_session_timeout
    for figure in (
        f"{WINDOW // timedelta(hours=1)} hours of event time",
        f"{CAPACITY:,} alerts",
        f"for {DELIVERY_SECONDS:.0f} s ends the worker",
        f"within {ANSWER_SECONDS:.0f} s",
        f"waits for it {JOIN_SECONDS:.0f} s",
        f"after {session:.0f} s",
    ):
        assert figure in SECTION
