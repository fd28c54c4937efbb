"""Reads articles from files, folders and standard input as the raw events that `publish` and `replay` take."""

import gzip
import json
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from streams.errors import LodestreamError

STDIN = "-"
CONTENT_TYPES = {".txt": "text/plain", ".html": "text/html"}
EVENTS = (".jsonl", ".jsonl.gz")
KINDS = (*EVENTS, *CONTENT_TYPES)


@dataclass(frozen=True, slots=True)
class Input:
    """One raw event."""

    value: bytes
    """JSON as found: whether it is any is for the pipeline to say."""
    name: str
    """Where it comes from, for people: a file, or a file and a line."""


def read(paths: Sequence[str]) -> Iterator[Input]:
    """Read files, folders and `-` in the given order; raises LodestreamError before the first event when a path is no input."""
    return read_files(files(paths))


def files(paths: Sequence[str]) -> list[str]:
    """The files, and `-`, that paths stand for; raises LodestreamError when one is no input."""
    return [file for path in paths for file in expand(path)]


def read_files(found: Sequence[str]) -> Iterator[Input]:
    """Read the events of files, one after the other."""
    return (item for file in found for item in read_file(file))


def expand(path: str) -> list[str]:
    """The files that a path stands for: itself, or all of a folder that we can read, sorted."""
    if path == STDIN or (Path(path).is_file() and path.lower().endswith(KINDS)):
        return [path]
    if Path(path).is_dir():
        found = [
            str(Path(folder, name))
            for folder, _, names in os.walk(path, onerror=unreadable)
            for name in names
            if name.lower().endswith(KINDS) and Path(folder, name).is_file()
        ]
        if found:
            return sorted(found)
        raise LodestreamError(f"{path} holds no {', '.join(KINDS)} file: name a folder of articles")
    if Path(path).exists():
        raise LodestreamError(f"{path} is of no kind that can be read: name a {', '.join(KINDS)} file, a folder or -")
    raise LodestreamError(f"{path} does not exist: name a {', '.join(KINDS)} file, a folder or -")


def unreadable(error: OSError) -> None:
    """Raise: articles in a folder that cannot be opened must not be missed in silence."""
    raise LodestreamError(f"cannot read {error.filename}: {error.strerror}")


def read_file(path: str) -> Iterator[Input]:
    """Read the events of one file."""
    try:
        if path == STDIN:
            yield from lines(sys.stdin.buffer, "standard input")
        elif path.lower().endswith(EVENTS):
            with cast("BinaryIO", gzip.open(path)) if path.lower().endswith(".gz") else Path(path).open("rb") as stream:
                yield from lines(stream, path)
        else:
            yield Input(wrap(Path(path).read_bytes(), CONTENT_TYPES[Path(path).suffix.lower()]), path)
    except (OSError, EOFError, zlib.error) as error:
        raise LodestreamError(f"cannot read {path}: {error}") from error


def lines(stream: BinaryIO, name: str) -> Iterator[Input]:
    """One event a line, untouched; blank lines are none."""
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield Input(line.rstrip(b"\r\n"), f"{name}:{number}")


def wrap(body: bytes, content_type: str) -> bytes:
    """A raw event around a text; bytes that are no UTF-8 stay in it, so that the pipeline refuses it like any other."""
    event = {"body": body.decode("utf-8", "surrogateescape"), "content_type": content_type}
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogateescape")
