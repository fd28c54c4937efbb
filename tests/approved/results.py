"""`make approve`: writes what the core makes of the invented articles of `material`, for `test_approved` to hold it against.

A line of `results.tsv` is an article: its name, then each stage's result in order, as the topic and a short digest of the
record without the versions of the data files. `lodestream replay` shows a record whole.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from streams import assets, topics
from streams.core.stories import StoryIndex
from streams.topology import STAGES, Context, Message, Origin, process
from tests.approved.material import articles

FILE = Path(__file__).with_name("results.tsv")
STORIES = ("sample", "dirty", "told", "desk", "composed")
"""Kinds of articles that follow each other; each of the others is the first of all."""


def found() -> Iterator[tuple[str, str]]:
    """The name of each article and its results."""
    loaded = assets.load("")
    context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
    for offset, (name, value) in enumerate(articles()):
        if not name.startswith(STORIES):
            context = Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)
        origin = Origin(topics.RAW, 0, offset, None, value, (), None)
        yield name, "\t".join(_result(message) for message in process(STAGES, origin, context))


def _result(message: Message) -> str:
    if message.topic == topics.DEAD_LETTER:
        headers = dict(message.headers)
        return f"{headers['dl_reason'].decode()}: {headers['dl_error'].decode()}"
    record = json.loads(message.value or b"")
    record.pop("model", None)
    digest = hashlib.sha256(json.dumps([record, sorted(map(str, message.headers)), str(message.key)], sort_keys=True).encode())
    return f"{message.topic} {digest.hexdigest()[:8]}"


def main() -> None:
    """Write the file."""
    lines = [f"{name}\t{stages}\n" for name, stages in found()]
    FILE.write_text("".join(lines), encoding="utf-8")
    sys.stdout.write(f"{len(lines)} articles: review the diff of {FILE.name}\n")


if __name__ == "__main__":
    main()
