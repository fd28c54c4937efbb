"""What `publish` and `replay` read from files, folders and standard input."""

import gzip
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import LodestreamError
from streams.inputs import read, wrap


def values(*paths: Path | str) -> list[bytes]:
    """The bytes of every event."""
    return [item.value for item in read([str(path) for path in paths])]


def test_lines_pass_through_untouched_even_when_they_are_no_events(tmp_path: Path) -> None:
    """A broken line must reach the pipeline, which refuses it, rather than stop the rest."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"body": "x",  "extra":1}\n\nnot json\r\n\xff\xfe\n  \n{"body":"last"}')
    assert values(file) == [b'{"body": "x",  "extra":1}', b"not json", b"\xff\xfe", b'{"body":"last"}']


def test_compressed_lines_give_the_same_events(tmp_path: Path) -> None:
    """Compression is no part of the content."""
    (tmp_path / "a.jsonl").write_bytes(b'{"body":"1"}\n{"body":"2"}\n')
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"body":"1"}\n{"body":"2"}\n'))
    assert values(tmp_path / "a.jsonl") == values(tmp_path / "b.jsonl.gz")


def test_an_event_is_named_by_file_and_line(tmp_path: Path) -> None:
    """A person must find the event that failed."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\n{}\n")
    assert [item.name for item in read([str(file)])] == [f"{file}:2"]


@pytest.mark.parametrize(("name", "content_type"), [("a.txt", "text/plain"), ("a.html", "text/html"), ("A.HTML", "text/html")])
def test_a_document_becomes_the_body_of_an_event(tmp_path: Path, name: str, content_type: str) -> None:
    """Text and HTML files need no JSON around them."""
    (tmp_path / name).write_text('Lithium "spodumene" \\ naïve\n\x01', encoding="utf-8")
    (value,) = values(tmp_path / name)
    assert json.loads(value) == {"body": 'Lithium "spodumene" \\ naïve\n\x01', "content_type": content_type}


def test_a_document_that_is_no_utf8_is_left_for_the_pipeline_to_refuse(tmp_path: Path) -> None:
    """Its bytes stay as they are: guessing an encoding would invent text."""
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    (value,) = values(tmp_path / "a.txt")
    assert b"caf\xe9" in value
    with pytest.raises(UnicodeDecodeError):
        value.decode()


@given(st.text())
def test_any_text_survives_being_wrapped(text: str) -> None:
    """The body of the event is the text of the file."""
    body = text.encode("utf-8", "surrogatepass")
    if body == text.encode("utf-8", "replace"):
        assert json.loads(wrap(body, "text/plain"))["body"] == text


@given(st.binary())
def test_wrapping_accepts_any_bytes(body: bytes) -> None:
    """No file makes reading fail."""
    assert wrap(body, "text/plain")


def test_a_folder_gives_its_articles_in_sorted_order_and_skips_the_rest(tmp_path: Path) -> None:
    """The order does not depend on the file system."""
    (tmp_path / "sub").mkdir()
    for name in ("b.jsonl", "a.jsonl", "sub/c.jsonl", "notes.md", "picture.png"):
        (tmp_path / name).write_text(f'"{name}"\n')
    assert values(tmp_path) == [b'"a.jsonl"', b'"b.jsonl"', b'"sub/c.jsonl"']


def test_paths_are_read_in_the_given_order(tmp_path: Path) -> None:
    """The caller decides which comes first."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(f'"{name}"\n')
    assert values(tmp_path / "b.jsonl", tmp_path / "a.jsonl") == [b'"b.jsonl"', b'"a.jsonl"']


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events can come through a pipe."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"body":"x"}\n\n{"body":"y"}')))
    assert values("-") == [b'{"body":"x"}', b'{"body":"y"}']


def test_a_missing_path_is_told_before_anything_is_read(tmp_path: Path) -> None:
    """Half of the inputs must not be published before the other half turns out not to exist."""
    (tmp_path / "a.jsonl").write_text("{}\n")
    with pytest.raises(LodestreamError, match=r"gone\.jsonl does not exist"):
        read([str(tmp_path / "a.jsonl"), str(tmp_path / "gone.jsonl")])


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A file that was named is not skipped in silence."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(LodestreamError, match=r"a\.pdf is of no kind that can be read"):
        read([str(tmp_path / "a.pdf")])


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    """Nothing to do is most likely a mistake."""
    with pytest.raises(LodestreamError, match="holds no"):
        read([str(tmp_path)])


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b'{"body":"x"}\n' * 1000)[:-20]])
def test_a_damaged_archive_is_told(tmp_path: Path, content: bytes) -> None:
    """It says which file cannot be read."""
    (tmp_path / "a.jsonl.gz").write_bytes(content)
    with pytest.raises(LodestreamError, match=r"cannot read .*a\.jsonl\.gz"):
        values(tmp_path / "a.jsonl.gz")


def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its articles must not be missed in silence."""

    def walk(top: str, onerror: Callable[[OSError], None]) -> Iterator[tuple[str, list[str], list[str]]]:
        yield top, ["closed"], ["a.txt"]
        onerror(PermissionError(13, "Permission denied", f"{top}/closed"))

    (tmp_path / "a.txt").write_text("An article.")
    monkeypatch.setattr(os, "walk", walk)
    with pytest.raises(LodestreamError, match="closed: Permission denied"):
        values(tmp_path)
