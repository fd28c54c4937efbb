"""Runs the fault suite on local brokers: `python -m tests.faults.run [--seed N] [--only NAME] [--scale S] [--jobs N]`.

Most of a scenario is waiting, for sessions to expire and workers to start, so several are played at once, each in a process of
its own on brokers of its own.
"""

import argparse
import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from streams import assets
from streams.assets import Assets
from tests.faults import cluster
from tests.faults.cluster import Cluster
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.trial import Trial, Verdict

HEADER = ("scenario", "records", "faults", "lost", "dupl.", "repeated", "restarts", "peak MB", "recovery s", "took s")


async def play(scenario: Scenario, brokers: Cluster, loaded: Assets, directory: Path, *, seed: int, scale: float) -> Verdict:
    """Play one scenario and judge it."""
    folder = directory / scenario.name
    folder.mkdir(parents=True)
    trial = Trial(scenario.name, brokers, loaded, folder, seed=seed, scale=scale, proxied=scenario.proxied)
    await trial.open()
    try:
        try:
            await scenario.run(trial)
        except (AssertionError, TimeoutError) as error:
            trial.problems.append(f"{type(error).__name__}: {error}")
        await trial.top_up(scenario.records)
        recovery_seconds = await trial.settle()
        await trial.workers.scale(0)
        return await trial.verdict(recovery_seconds)
    finally:
        await trial.close()


@contextlib.asynccontextmanager
async def brokers_for(scenario: Scenario, directory: Path) -> AsyncIterator[Cluster]:
    """The brokers that a scenario needs; raises CalledProcessError when a small disk cannot be made here."""
    if scenario.disk_mb:
        cluster.limit_disk(directory, scenario.disk_mb)
    try:
        brokers = await asyncio.to_thread(cluster.start, directory, scenario.nodes)
        try:
            yield brokers
        finally:
            await asyncio.to_thread(brokers.stop)
    finally:
        if scenario.disk_mb:
            cluster.release_disk(directory)


def play_alone(name: str, seed: int, scale: float, directory: Path) -> tuple[Verdict | str, float]:
    """Play one scenario on brokers of its own; gives the verdict, or why it was skipped, and the seconds that it took."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the publisher meets the faults too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the brokers are stopped
    (scenario,) = (each for each in SCENARIOS if each.name == name)
    started = time.monotonic()

    async def run() -> Verdict:
        async with brokers_for(scenario, directory / f"brokers-{name}") as brokers:
            return await play(scenario, brokers, assets.load(), directory, seed=seed, scale=scale)

    try:
        return asyncio.run(run()), time.monotonic() - started
    except subprocess.CalledProcessError as error:
        return (error.stderr or b"").decode().strip(), 0.0


def run(names: Sequence[str], seed: int, scale: float, jobs: int, directory: Path) -> list[Verdict]:
    """Play the scenarios of these names, the longest first, and print a line for each that is over."""
    longest_first = sorted((each for each in SCENARIOS if each.name in names), key=lambda each: -each.seconds)
    verdicts = []
    say(row(HEADER))
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        played = {pool.submit(play_alone, each.name, seed, scale, directory): each for each in longest_first}
        try:
            for future in as_completed(played):
                verdict, took = future.result()
                if isinstance(verdict, str):
                    say(f"{played[future].name:<18} skipped: {verdict}")
                    continue
                verdicts.append(verdict)
                say(line(played[future], verdict, took))
                for problem in verdict.problems:
                    say(f"    {problem}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return verdicts


def line(scenario: Scenario, verdict: Verdict, took: float) -> str:
    """A row of the table of results."""
    figures = (verdict.records, verdict.faults, verdict.lost, verdict.duplicated, verdict.repeated, verdict.restarts)
    return row((scenario.name, *map(str, figures), f"{verdict.peak_mb:.0f}", f"{verdict.recovery_seconds:.1f}", f"{took:.0f}"))


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 - the table is what this program is for


def row(cells: tuple[str, ...]) -> str:
    """Cells of a table for people."""
    return f"{cells[0]:<18}" + "".join(f"{cell:>11}" for cell in cells[1:])


def main() -> int:
    """Run the suite; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("--seed", type=int, default=1, help="decides every moment that is left to chance")
    parser.add_argument("--only", action="append", choices=names, help="run this scenario; may be given several times")
    parser.add_argument("--scale", type=float, default=1.0, help="how many faults and records, relative to the full suite")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="scenarios that are played at once")
    parser.add_argument("--keep", type=Path, help="a new folder that keeps the logs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = options.keep or Path(temporary)
        verdicts = run(options.only or names, options.seed, options.scale, options.jobs, directory)
    lost, duplicated = sum(verdict.lost for verdict in verdicts), sum(verdict.duplicated for verdict in verdicts)
    say(
        f"{sum(verdict.records for verdict in verdicts)} records, {sum(verdict.faults for verdict in verdicts)} faults: "
        f"lost {lost}, duplicated {duplicated}"
    )
    return int(not all(verdict.passed for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
