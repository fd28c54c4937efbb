"""Cross-validation of the whole pipeline: articles judged by models that saw nothing of their outlet or story.

Each fold works in a copy of this package: all models are trained there as `make train` does, thresholds and calibration
included, on what the fold does not hold out; then the copy judges what it does. Rules and word lists written by people are
the same in every fold, so a cross-validated figure still knows what their authors had seen.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from streams.errors import LodestreamError
from streams.evaluation.measures import Row, Rows
from streams.evaluation.sets import LabelledSet, Record, folds

FOLDS = 8
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Each fold computes on one processor: there are more folds than processors."""


def possible() -> bool:
    """Whether the library that trains the models is installed: it comes with the extra `train`."""
    return find_spec("sklearn") is not None


def cross_validate(sets: Sequence[LabelledSet], progress: Callable[[str], None]) -> dict[str, Rows]:
    """The rows of every set that the models learn from, each from the fold that held it out; raises LodestreamError."""
    parts = folds(sets, FOLDS)
    found: dict[str, Rows] = {}
    with TemporaryDirectory() as folder, as_file(files("streams")) as package, ThreadPoolExecutor(os.cpu_count()) as pool:
        root = Path(folder)
        shutil.copytree(package, root / "package", ignore=shutil.ignore_patterns("__pycache__"))
        waiting = [pool.submit(_fold, sets, held_out, root, number) for number, held_out in enumerate(parts)]
        for done, _ in enumerate(as_completed(waiting), 1):
            progress(f"{done} of {FOLDS} folds")
        for each in waiting:
            for name, rows in each.result().items():
                for figure, own in rows.items():
                    found.setdefault(name, {}).setdefault(figure, []).extend(own)
    return found


def _fold(sets: Sequence[LabelledSet], held_out: set[str], root: Path, number: int) -> dict[str, Rows]:
    folder = root / f"fold-{number}"
    shutil.copytree(root / "package", folder / "streams")
    task = {
        "data": str(folder / "streams" / "data"),
        "training": [str(_remainder(each, held_out, folder / "training")) for each in sets],
        "sets": [str(each.path.absolute()) for each in sets],
        "held_out": sorted(held_out),
        "output": str(folder / "rows.json"),
    }
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
    command = [sys.executable, "-m", "streams.evaluation.fold", str(folder / "task.json")]
    environment = os.environ | THREADS | {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - this package
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise LodestreamError(f"cross-validation stopped: {reason}: see whether `make train` works with these sets")
    return {name: rows_of(own) for name, own in json.loads((folder / "rows.json").read_bytes()).items()}


def rows_of(decoded: dict[str, list[Any]]) -> Rows:
    """Rows that went through JSON."""
    return {
        figure: [Row(name, group, tuple(counts), fault, note) for name, group, counts, fault, note in own]
        for figure, own in decoded.items()
    }


def _remainder(labelled: LabelledSet, held_out: set[str], root: Path) -> Path:
    """The set without what is held out, as a folder to train on."""
    folder = root / labelled.name
    folder.mkdir(parents=True)
    for file, records in (("events", labelled.events), ("gold", labelled.gold), ("docs", labelled.docs)):
        _write(folder, file, [record for record in records if record["id"] not in held_out])
    _write(folder, "pairs", [pair for pair in labelled.pairs if held_out.isdisjoint((pair["a"], pair["b"]))])
    return folder


def _write(folder: Path, name: str, records: Sequence[Record]) -> None:
    """A file of records; none where there are none."""
    if records:
        content = "".join(json.dumps(record) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text(content, encoding="utf-8")
