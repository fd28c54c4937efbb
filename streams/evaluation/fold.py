"""One fold of the cross-validation, in a process with a copy of the package: trains its models, judges what is held out."""

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from streams import assets
from streams.evaluation.observe import Scope, observe
from streams.evaluation.sets import groups, read


def main(task: Path) -> None:
    """Do what the file says: train on `training` into `data`, judge `held_out` of `sets`, write the rows to `output`."""
    from streams.training.__main__ import main as train  # noqa: PLC0415 - needs the extra `train`

    asked = json.loads(task.read_bytes())
    with redirect_stdout(StringIO()):
        train(["--output", asked["data"], *asked["training"]])
    sets = [read(Path(path)) for path in asked["sets"]]
    rows = observe(sets, assets.load(), Scope(groups(sets), frozenset(asked["held_out"])), lambda _: None)
    Path(asked["output"]).write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
