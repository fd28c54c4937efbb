"""The pipeline over files: five files, in the order of the input, the same bytes for the same input."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from streams.assets import Assets
from streams.errors import LodestreamError
from streams.inputs import Input
from streams.replay import FILES, SHOW_EVERY, Summary, replay, run, table

SAMPLES = Path(__file__).parents[1] / "samples"
NAMES = ["alerts.jsonl", "classified.jsonl", "clean.jsonl", "dead-letter.jsonl", "minerals.jsonl"]


def events(*values: bytes) -> list[Input]:
    """Raw events."""
    return [Input(value, f"test:{number}") for number, value in enumerate(values)]


def article(identifier: str) -> bytes:
    """A raw event about nothing of interest."""
    return json.dumps({"id": identifier, "body": f"The mayor opened bridge number {identifier} over the river on Monday."}).encode()


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of a result file."""
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Five files, whatever ran before in the process."""
    for name in ("first", "second"):
        replay([str(SAMPLES)], tmp_path / name)
    found = {name: sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("first", "second")}
    assert found == {"first": NAMES, "second": NAMES}
    for name in NAMES:
        content = (tmp_path / "first" / name).read_bytes()
        assert content
        assert content == (tmp_path / "second" / name).read_bytes()


def test_there_is_a_file_for_each_topic_even_when_it_stays_empty(tmp_path: Path, loaded: Assets) -> None:
    """Scripts find what they look for; nested folders are made."""
    summary = run([], loaded, tmp_path / "a" / "b", lambda _: None)
    assert {name: (tmp_path / "a" / "b" / name).read_bytes() for name in NAMES} == dict.fromkeys(NAMES, b"")
    assert sorted(FILES.values()) == NAMES
    assert summary == Summary()


def test_results_replace_those_of_an_earlier_run(tmp_path: Path, loaded: Assets) -> None:
    """Else the same input would give other bytes the second time."""
    for identifier in ("a", "b"):
        run(events(article(identifier)), loaded, tmp_path, lambda _: None)
    assert [line["article_id"] for line in lines(tmp_path, "clean.jsonl")] == ["b"]


def test_records_are_in_the_order_of_the_input(tmp_path: Path, loaded: Assets) -> None:
    """Refused ones too: `dl_offset` is the place in the input."""
    summary = run(events(article("z"), b"junk", article("a"), b"{}", article("m")), loaded, tmp_path, lambda _: None)
    for name in ("clean.jsonl", "classified.jsonl"):
        assert [line["article_id"] for line in lines(tmp_path, name)] == ["z", "a", "m"]
    assert [line["dl_offset"] for line in lines(tmp_path, "dead-letter.jsonl")] == [1, 3]
    assert summary.articles == 5
    assert summary.reasons == {"invalid_json": 1, "missing_field": 1}
    assert summary.topics.total() == 3


def test_a_refusal_has_its_headers_as_fields_and_its_input(tmp_path: Path, loaded: Assets) -> None:
    """In base64 where it is no UTF-8, so that the original bytes can be had back."""
    text, binary = '{"body": "Größe"'.encode(), b'{"body": "Gr\xf6\xdfe"}'
    run(events(text, binary), loaded, tmp_path, lambda _: None)
    first, second = lines(tmp_path, "dead-letter.jsonl")
    assert first == {
        "dl_stage": "clean",
        "dl_reason": "invalid_json",
        "dl_error": "record: Input data was truncated",
        "dl_topic": "articles.raw",
        "dl_partition": 0,
        "dl_offset": 0,
        "input": '{"body": "Größe"',
    }
    assert second["dl_reason"] == "invalid_utf8"
    assert second["input_encoding"] == "base64"
    assert base64.b64decode(second["input"]) == binary


def test_alerts_are_counted_in_the_summary(tmp_path: Path, loaded: Assets) -> None:
    """The numbers are those of the files."""
    values = (SAMPLES / "articles.jsonl").read_bytes().splitlines()
    summary = run(events(*values), loaded, tmp_path, lambda _: None)
    alerts = lines(tmp_path, "alerts.jsonl")
    assert alerts
    assert summary.kinds.total() == summary.severities.total() == len(alerts)
    assert summary.kinds["new"] == len({alert["story_id"] for alert in alerts})
    assert summary.minerals.total() == len(lines(tmp_path, "minerals.jsonl"))


def test_progress_is_shown_now_and_then(tmp_path: Path, loaded: Assets) -> None:
    """Not for every article: a terminal is slower than the pipeline."""
    seen: list[int] = []
    run(events(*[article("x")] * (2 * SHOW_EVERY + 1)), loaded, tmp_path, seen.append)
    assert seen == [SHOW_EVERY, 2 * SHOW_EVERY]


@pytest.mark.parametrize("blocked", ["file", "file/inside", "folder"])
def test_an_output_that_cannot_be_written_is_said_in_one_line(tmp_path: Path, loaded: Assets, blocked: str) -> None:
    """With the option that names another."""
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "clean.jsonl").mkdir(parents=True)
    with pytest.raises(LodestreamError, match=r"cannot write to .*--output"):
        run(events(article("a")), loaded, tmp_path / blocked, lambda _: None)


def test_no_output_is_made_for_an_input_that_does_not_exist(tmp_path: Path) -> None:
    """A misspelt path must not empty yesterday's results."""
    with pytest.raises(LodestreamError, match="does not exist"):
        replay([str(tmp_path / "nothing.jsonl")], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_summary_counts_most_frequent_first() -> None:
    """Ties by name; nothing is said as none."""
    summary = Summary(articles=7)
    summary.reasons.update({"no_text": 1, "invalid_json": 3, "invalid_utf8": 1})
    summary.topics.update({"mining": 2, "none": 1})
    console = Console(file=io.StringIO(), width=100)
    console.print(table(summary))
    assert isinstance(console.file, io.StringIO)
    rows = {line[:16].strip(): line[16:].split(None, 0)[0].strip() for line in console.file.getvalue().splitlines()}
    assert rows["articles"] == "7"
    assert rows["topics"] == "mining 2, none 1"
    assert rows["refused"] == "5  invalid_json 3, invalid_utf8 1, no_text 1"
    assert rows["alerts"] == "none"


@pytest.mark.parametrize("given", ["clean.jsonl", "."])
def test_an_input_is_never_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """Neither a file of the output folder nor what an earlier run left in a folder that is read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clean.jsonl").write_bytes(article("7"))
    with pytest.raises(LodestreamError, match=r"clean\.jsonl would be read and written: name another folder with --output"):
        replay([given], Path())
    assert (tmp_path / "clean.jsonl").read_bytes() == article("7")
