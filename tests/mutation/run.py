"""`make mutants`: changes the core in one small way at a time and sees whether its unit tests notice; prints those that they don't.

No file is changed: each test run is a process of its own that imports one module with the change. MODULES names modules
(`classify minerals`), else all; COUNT is how many changes are drawn from them, 0 for all, SEED which ones.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING

import hypothesis  # noqa: F401 - loaded once, before the processes split off
import pytest
from rich.console import Console

from tests.mutation.changes import Change, changes

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

ROOT = Path(__file__).parents[2]
CORE = ROOT / "streams" / "core"
TESTS = ROOT / "tests" / "unit" / "core"
COUNT = 200
SEED = 4
LEAST_KILLED = 0.85
SECONDS = 120
"""A run that takes longer is one that the change has hung."""


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module with a change."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self._path, self._tree = path, tree
        self._name = ".".join(path.relative_to(ROOT).with_suffix("").parts)

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> importlib.machinery.ModuleSpec | None:
        """Only that module's."""
        return importlib.util.spec_from_loader(fullname, self, origin=str(self._path)) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        module.__file__ = str(self._path)
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)  # noqa: S102 - our own code


def tests(path: Path, tree: ast.Module) -> None:
    """Run the tests of the core on the changed module, its own first; the exit status is theirs."""
    with Path(os.devnull).open("w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    sys.meta_path.insert(0, Changed(path, tree))
    files = sorted(TESTS.glob("test_*.py"), key=lambda file: (file.stem != f"test_{path.stem}", file))
    options = [
        "-x",
        "-q",
        "--assert=plain",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "--timeout",
        str(SECONDS),
        "--rootdir",
        str(ROOT),
    ]
    os._exit(pytest.main([*options, *map(str, files)]))


def unnoticed(found: Sequence[tuple[Path, Change]]) -> Iterator[tuple[Path, Change]]:
    """Those changes in spite of which all tests pass; as many runs at once as there are processors."""
    waiting = list(reversed(found))
    running: dict[int, tuple[ForkProcess, float, tuple[Path, Change]]] = {}
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            path, change = waiting.pop()
            process = get_context("fork").Process(target=tests, args=(path, change.tree))
            process.start()
            running[process.sentinel] = process, time.monotonic() + SECONDS, (path, change)
        wait(list(running), timeout=1)
        for sentinel, (process, deadline, own) in list(running.items()):
            if process.exitcode is None and time.monotonic() > deadline:
                process.kill()
                process.join()
            if process.exitcode is not None:
                del running[sentinel]
                if process.exitcode == 0:
                    yield own


def drawn(modules: Sequence[str], count: int, seed: int) -> list[tuple[Path, Change]]:
    """Changes of the modules: so many, spread over all of them."""
    paths = [CORE / f"{name}.py" for name in modules] or sorted(CORE.glob("*.py"))
    found = [(path, change) for path in paths for change in changes(path.read_text(encoding="utf-8"))]
    kept = sorted(Random(seed).sample(range(len(found)), count)) if 0 < count < len(found) else range(len(found))
    return [found[place] for place in kept]


def main() -> int:
    """Try the changes; gives the exit status."""
    console = Console(highlight=False)
    wanted = os.environ.get
    found = drawn(wanted("MODULES", "").split(), int(wanted("COUNT") or COUNT), int(wanted("SEED") or SEED))
    started = time.monotonic()
    unchanged = Change(0, "", "", ast.parse((CORE / "__init__.py").read_text(encoding="utf-8")))
    if not list(unnoticed([(CORE / "__init__.py", unchanged)])):
        console.print("the tests fail without any change: see `make test`")
        return 1
    survivors = 0
    for path, change in unnoticed(found):
        survivors += 1
        where = f"{path.relative_to(ROOT)}:{change.line}"
        console.print(f"{where}: {change.before}  ->  {change.after}", markup=False, soft_wrap=True)
    killed = 1 - survivors / len(found)
    console.print(f"{len(found)} changes, {survivors} unnoticed: {killed:.1%} noticed, in {time.monotonic() - started:.0f} s")
    return int(killed < LEAST_KILLED)


if __name__ == "__main__":
    sys.exit(main())
