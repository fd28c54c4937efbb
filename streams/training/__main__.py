"""`python -m streams.training [--output DIR] SET_DIR...`: train every model on labelled sets and print how well each does."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from streams.training import events, lines, relevance, stories, topics

TRAINERS: dict[str, Callable[[Sequence[Path]], tuple[bytes, str]]] = {
    lines.FILE: lines.train,
    topics.FILE: topics.train,
    events.FILE: events.train,
    relevance.FILE: relevance.train,
    stories.FILE: stories.train,
}
"""For each file of `streams/data` that is trained: from labelled sets to its bytes and a table of figures."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files of all models."""
    parser = argparse.ArgumentParser(prog="python -m streams.training", description=main.__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "data", help="default: streams/data")
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET_DIR", help="holds events.jsonl[.gz] and gold.jsonl[.gz]")
    options = parser.parse_args(arguments)
    for folder in options.sets:
        if not any(folder.glob("*.jsonl*")):
            parser.error(f"{folder} holds no labelled articles, so nothing was trained: name folders with gold.jsonl")
    options.output.mkdir(parents=True, exist_ok=True)
    for name, train in TRAINERS.items():
        content, figures = train(options.sets)
        (options.output / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content):,} bytes\n{figures}")


if __name__ == "__main__":
    main()
