"""Tuning: own data files replace the shipped ones, and a wrong one is told in one line that names file and place."""

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from streams import assets
from streams.assets import Assets
from streams.core.classify import TOPICS
from streams.core.relevance import RelevanceModel
from streams.data_files import TYPES, in_force, load
from streams.errors import SettingsError
from streams.schemas import data_schema

SHIPPED = Path(str(files("streams").joinpath("data")))
Edit = Callable[[Any], object]


def content(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """A shipped data file, decoded."""
    return json.loads((SHIPPED / name).read_bytes())


def edited(folder: Path, name: str, edit: Edit) -> None:
    """Put an edited copy of a shipped file into a folder."""
    data = content(name)
    edit(data)
    (folder / name).write_text(json.dumps(data), encoding="utf-8")


def put(folder: Path, **values: object) -> None:
    """Put a `desk.json` into a folder."""
    (folder / "desk.json").write_text(json.dumps(values), encoding="utf-8")


def test_the_same_files_give_the_same_version(loaded: Assets, tmp_path: Path) -> None:
    """Wherever they are: in the package or in a folder of copies."""
    for name in TYPES:
        shutil.copy(SHIPPED / name, tmp_path)
    assert load(str(tmp_path)).version == load("").version == loaded.version


@pytest.mark.parametrize("name", TYPES)
def test_another_byte_in_any_file_gives_another_version(loaded: Assets, tmp_path: Path, name: str) -> None:
    """A version stands for one set of files."""
    (tmp_path / name).write_bytes((SHIPPED / name).read_bytes() + b"\n")
    assert load(str(tmp_path)).version.split("-")[0] == loaded.version.split("-")[0]
    assert load(str(tmp_path)).version != loaded.version


def test_a_model_of_ones_own_has_no_month(tmp_path: Path) -> None:
    """Nobody knows when it was trained."""
    edited(tmp_path, "topics.json", lambda data: data.update(version="mine"))
    assert load(str(tmp_path)).version.startswith("own-")


def test_notes_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    """People explain what they changed; Kubernetes keeps the files of a ConfigMap in hidden folders."""
    (tmp_path / "..data").mkdir()
    (tmp_path / ".desk.json.swp").write_bytes(b"\0")
    (tmp_path / "README.md").write_text("Muted since May.", encoding="utf-8")
    put(tmp_path)
    assert in_force(str(tmp_path))["desk.json"] == tmp_path / "desk.json"
    assert in_force(str(tmp_path))["lines.json"] == SHIPPED / "lines.json"


def test_nothing_set_changes_nothing(loaded: Assets, tmp_path: Path) -> None:
    """An empty desk, one of nulls and the shipped one leave all as trained."""
    for values in (
        {},
        {"topic_thresholds": {"sport": None}, "alert_threshold": None, "severity_limits": None, "muted_sources": None},
    ):
        put(tmp_path, **values)
        found = assets.build(str(tmp_path))
        assert found.topics.calibration == loaded.topics.calibration
        assert found.desk.relevance == loaded.desk.relevance
        assert found.desk.muted == ()


def test_what_a_desk_sets_is_in_force(loaded: Assets, tmp_path: Path) -> None:
    """And nothing else is."""
    put(
        tmp_path,
        muted_sources=["The Wire ", "www.Example.com"],
        topic_thresholds={"sport": 0.9},
        alert_threshold=0.8,
        severity_limits=[0, 1.5, 2.5],
    )
    found = assets.build(str(tmp_path))
    assert found.desk.muted == (".the wire", ".example.com")
    assert found.topics.calibration["sport"].threshold == 0.9
    assert {found.topics.calibration[topic] == loaded.topics.calibration[topic] for topic in TOPICS if topic != "sport"} == {True}
    assert (found.desk.relevance.threshold, found.desk.relevance.limits) == (0.8, (0, 1.5, 2.5))
    assert found.desk.relevance.relevance == loaded.desk.relevance.relevance
    assert found.version == found.topics.version == found.desk.version != loaded.version


WRONG_DESKS = {
    "no JSON": (b"{", "truncated"),
    "no UTF-8": (b'{"muted_sources": ["caf\xe9"]}', "'utf-8' codec"),
    "no object": (b"[]", "Expected `object`, got `array`"),
    "nested without end": (b"[" * 100_000, "Expected `object`"),
    "misspelt field": (b'{"alert_treshold": 0.5}', "unknown field `alert_treshold`"),
    "unknown topic": (b'{"topic_thresholds": {"mine": 0.5}}', "'mine'"),
    "threshold above 1": (b'{"alert_threshold": 50}', "<= 1.0 - at `$.alert_threshold`"),
    "threshold below 0": (b'{"topic_thresholds": {"sport": -0.1}}', ">= 0.0 - at `$.topic_thresholds[...]`"),
    "threshold as text": (b'{"alert_threshold": "high"}', "got `str` - at `$.alert_threshold`"),
    "threshold of no language": (b'{"topic_thresholds": {"mining": 0.01}}', "at `$.topic_thresholds.mining`"),
    "limits that fall": (b'{"severity_limits": [0.4, 2.4, 1.4]}', "rising numbers, got [0.4, 2.4, 1.4] - at `$.severity_limits`"),
    "limits that stand": (b'{"severity_limits": [1, 1, 2]}', "rising numbers"),
    "a field twice": (b'{"alert_threshold": 0.5, "alert_threshold": 0.6}', "two fields `alert_threshold`"),
    "two limits": (b'{"severity_limits": [1, 2]}', "length 3 - at `$.severity_limits`"),
    "address as outlet": (b'{"muted_sources": ["https://example.com/"]}', "at `$.muted_sources[0]`"),
    "nobody as outlet": (b'{"muted_sources": [" "]}', "at `$.muted_sources[0]`"),
}


@pytest.mark.parametrize("what", WRONG_DESKS)
def test_a_wrong_desk_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    """The file, what is wrong and where: all that somebody needs to repair it."""
    (tmp_path / "desk.json").write_bytes(WRONG_DESKS[what][0])
    assert_told(tmp_path, "desk.json", WRONG_DESKS[what][1])


WRONG_FILES: dict[str, tuple[str, Edit, str]] = {
    "mineral without a field": ("minerals.json", lambda data: data["minerals"][1].pop("sure"), "`sure` - at `$.minerals[1]`"),
    "term with an open brace": (
        "minerals.json",
        lambda data: data["minerals"][2]["weak"].append("{ore,sand"),
        "'{ore,sand' - at `$.minerals[2].weak[",
    ),
    "term without a word": (
        "countries.json",
        lambda data: data["countries"][0]["names"].insert(0, " "),
        "' ' - at `$.countries[0].names[0]`",
    ),
    "ending without a word": (
        "organisations.json",
        lambda data: data["organisations"][0]["terms"].insert(0, "y~"),
        "'y~' - at `$.organisations[0].terms[0]`",
    ),
    "unknown list": (
        "minerals.json",
        lambda data: data["minerals"][0]["lists"].append("un"),
        "got 'un' - at `$.minerals[0].lists`",
    ),
    "mineral twice": (
        "minerals.json",
        lambda data: data["minerals"].append(data["minerals"][0]),
        "again - at `$.minerals[",
    ),
    "list of minerals twice": ("minerals.json", lambda data: data["lists"].append(data["lists"][0]), "again - at `$.lists["),
    "country twice": ("countries.json", lambda data: data["countries"].append(data["countries"][0]), "again - at `$.countries["),
    "organisation twice": (
        "organisations.json",
        lambda data: data["organisations"].append(data["organisations"][0]),
        "again - at `$.organisations[",
    ),
    "type of event twice": ("events.json", lambda data: data["types"].append(data["types"][0]), "again - at `$.types["),
    "no context": ("minerals.json", lambda data: data["context"].pop("weak"), "`weak` - at `$.context`"),
    "unknown event": ("events.json", lambda data: data["types"][0].update(id="war"), "got 'war' - at `$.types[0].id`"),
    "unknown event of a pair": (
        "events.json",
        lambda data: data["pairs"][0].update(event="war"),
        "got 'war' - at `$.pairs[0].event`",
    ),
    "unknown class of words": (
        "events.json",
        lambda data: data["pairs"][0].update(words=["x", "y"]),
        "got 'x' - at `$.pairs[0].words`",
    ),
    "threshold of events": ("event_types.json", lambda data: data.update(threshold=9), "got 9.0 - at `$.threshold`"),
    "event without weights": ("event_types.json", lambda data: data["types"].pop("stockpile"), "`stockpile` - at `$.types`"),
    "event without the cues of one": (
        "event_types.json",
        lambda data: data["types"]["stockpile"]["cues"].pop("price_move"),
        "`price_move` - at `$.types.stockpile.cues`",
    ),
    "stem without a weight": (
        "event_types.json",
        lambda data: data["stems"].update(ore=[1, 2]),
        "Expected 13 weights, got 2 - at `$.stems.ore`",
    ),
    "threshold of relevance": ("relevance.json", lambda data: data.update(threshold=2), "got 2.0 - at `$.threshold`"),
    "limits of severity": ("relevance.json", lambda data: data["limits"].reverse(), "at `$.limits`"),
    "threshold of stories": ("stories.json", lambda data: data.update(threshold=-1), "got -1.0 - at `$.threshold`"),
    "feature that nothing has": (
        "stories.json",
        lambda data: data["trees"][3]["splits"].__setitem__(0, ["first", 0.5]),
        "got 'first' - at `$.trees[3].splits`",
    ),
    "stunted tree": ("stories.json", lambda data: data["trees"][0]["splits"].pop(), "at `$.trees[0]`"),
    "topic without calibration": ("topics.json", lambda data: data["calibration"].pop("sport"), "`sport` - at `$.calibration`"),
    "threshold of a topic": (
        "topics.json",
        lambda data: data["calibration"]["sport"].update(threshold=7),
        "`$.calibration.sport.threshold`",
    ),
    "weight as text": ("lines.json", lambda data: data.update(bias="much"), "got `str`"),
    "weights without bias": ("lines.json", lambda data: data.pop("bias"), "`bias`"),
    "phrases without a kind": ("residue.json", lambda data: data.pop("closings"), "`closings`"),
    "phrases of another shape": ("residue.json", lambda data: data.update(words=["a"]), "Not of the shape"),
    "unknown class of phrases": ("residue.json", lambda data: data["words"].update(others=["a"]), "others"),
}


@pytest.mark.parametrize("what", WRONG_FILES)
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    """Also what types cannot say, and what would else refuse every article, once it runs."""
    name, edit, told = WRONG_FILES[what]
    edited(tmp_path, name, edit)
    assert_told(tmp_path, name, told)


def assert_told(folder: Path, name: str, told: str) -> None:
    """Loading a folder fails with one line about a file."""
    with pytest.raises(SettingsError) as error:
        assets.build(str(folder))
    line = str(error.value)
    assert name in line
    assert told.lower() in line.lower()
    assert "\n" not in line


def test_a_file_of_another_name_is_an_error(tmp_path: Path) -> None:
    """A misspelt name must not look as if the file were in force."""
    (tmp_path / "desks.json").write_bytes(b"{}")
    with pytest.raises(SettingsError, match=r"desks\.json: no data file has this name.*desk\.json"):
        assets.build(str(tmp_path))


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_what_cannot_be_read_is_an_error(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Neither a folder nor a dangling link is a file."""
    make(tmp_path / "desk.json")
    assert_told(tmp_path, "desk.json", "repair the file")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """And so is a file in its place."""
    for path in (tmp_path / "none", Path(__file__)):
        with pytest.raises(SettingsError, match=r"LODESTREAM_DATA_DIR: .*name a folder"):
            assets.build(str(path))


@pytest.mark.parametrize("name", TYPES)
def test_a_shipped_file_fits_its_schema(name: str) -> None:
    """So an editor that knows the schemas helps people who write their own."""
    schema = data_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content(name), schema, jsonschema.Draft202012Validator)
    assert schema["title"] == name.removesuffix(".json")
    assert schema["$id"] == f"urn:lodestream:schema:data:{schema['title']}"
    assert schema["description"]


@pytest.mark.parametrize("what", ["misspelt field", "unknown topic", "threshold above 1", "address as outlet", "two limits"])
def test_the_schema_refuses_what_is_refused(what: str) -> None:
    """As far as JSON Schema can say it."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(WRONG_DESKS[what][0]), data_schema("desk.json"), jsonschema.Draft202012Validator)


def test_own_files_can_be_decoded_by_themselves() -> None:
    """Training reads single shipped files."""
    assert isinstance(assets.read("relevance.json", RelevanceModel), RelevanceModel)
