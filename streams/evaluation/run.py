"""One run of the evaluation: reads the sets, measures them, compares, tells."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from streams import assets
from streams.assets import Assets
from streams.counter import activity
from streams.errors import LodestreamError
from streams.evaluation import committed, report, times
from streams.evaluation.cross_validation import cross_validate, possible
from streams.evaluation.observe import DIRTY, Scope, observe
from streams.evaluation.report import Report
from streams.evaluation.results import SetResult, judge
from streams.evaluation.sets import LabelledSet, groups, read_all
from streams.evaluation.targets import LEARNED, TARGETS

FOLDERS = (Path("../shared/eval/data"), Path("tests/sets"))
"""Where sets are looked for, in this order, when no folder is named."""
COMMITTED = Path("tests/evaluation.json")


def evaluate(folder: Path | None, committed_file: Path, json_file: Path | None, data_dir: str = "", *, update: bool) -> None:
    """Measure all sets of a folder and print what was found; raises LodestreamError when a figure is worse than committed.

    `data_dir` holds data files that replace the shipped ones; cross-validation trains the models of its own.
    """
    with activity("evaluate") as progress:
        loaded = assets.load(data_dir)
        found = measure(folder or _default(), committed_file, loaded, progress, update=update)
    report.show(found, Console())
    if json_file:
        report.write(found, json_file)
    if update:
        committed.save(committed_file, found.results)
        return
    worse = [change for change in found.changes if change.worse]
    if worse:
        raise LodestreamError(
            f"{len(worse)} figures are worse than in {committed_file}: repair what changed, or accept them with --update"
        )


def _default() -> Path:
    for folder in FOLDERS:
        if folder.is_dir():
            return folder
    raise LodestreamError(f"neither {FOLDERS[0]} nor {FOLDERS[1]} is here: name a folder of labelled sets with --sets")


def measure(folder: Path, committed_file: Path, loaded: Assets, progress: Callable[[str], None], *, update: bool) -> Report:
    """All that a run finds; raises LodestreamError when an update would lack the cross-validated figures."""
    sets = read_all(folder)
    known = committed.load(committed_file)
    learned = [each for each in sets if learned_from(each, {} if update else known)]
    obstacle = _obstacle(learned)
    if obstacle and update:
        raise LodestreamError(obstacle)
    results = shipped(sets, learned, loaded, progress)
    if learned and not obstacle:
        held_out = cross_validate(learned, progress)
        results = [replace(result, held_out=held_out.get(result.name, {})) for result in results]
    return Report(
        folder=folder,
        results=results,
        verdicts=judge(TARGETS, results, times.measured(sets, loaded).get),
        changes=committed.compare(known, results),
        notes=([obstacle] if obstacle else []) + _left_out(sets),
    )


def _left_out(sets: Sequence[LabelledSet]) -> list[str]:
    """What is not scored."""
    return [
        f"{each.name}: {len(each.too_large)} of its articles are larger than 1 MiB; they are refused, and not scored."
        for each in sets
        if each.too_large
    ]


def shipped(
    sets: Sequence[LabelledSet], learned: Sequence[LabelledSet], loaded: Assets, progress: Callable[[str], None]
) -> list[SetResult]:
    """The results of the models that ship; those of dirtier versions of a set stand as a set of their own."""
    by_name = {each.name: each for each in sets}
    results = []
    for name, rows in observe(sets, loaded, Scope(groups(sets)), progress).items():
        each = by_name[name.removesuffix(DIRTY)]
        results.append(SetResult(name, each.fingerprint(), learned=each in learned, rows=rows, held_out={}))
    return results


def learned_from(each: LabelledSet, known: dict[str, Any]) -> bool:
    """Whether the models learned from the set: it has the name of one of theirs, and is the one that is committed, if any is."""
    return each.name in LEARNED and known.get(each.name, {}).get("fingerprint", each.fingerprint()) == each.fingerprint()


def _obstacle(learned: Sequence[LabelledSet]) -> str | None:
    """Why nothing can be cross-validated."""
    missing = sorted(LEARNED - {each.name for each in learned})
    if learned and missing:
        return f"No cross-validated figures: they need every set that the models learned from; {', '.join(missing)} not here."
    if learned and not possible():
        return "No cross-validated figures: they need scikit-learn, which the extra `train` brings: pip install -e '.[train]'."
    return None
