"""The JSON Schemas in `schemas/` say what the records are, and a reader can rely on them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from streams import schemas

ROOT = Path(__file__).parents[2]


def properties(node: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of every object in a schema."""
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from properties(child)


def saved(name: str) -> dict[str, Any]:
    """A schema as it stands in the repository."""
    content: dict[str, Any] = json.loads((ROOT / "schemas" / f"{name}.v1.json").read_text(encoding="utf-8"))
    return content


def test_the_saved_schemas_are_what_the_records_say() -> None:
    """A change of a record without its schema fails here; `lodestream schemas write` mends it."""
    assert schemas.check(ROOT / "schemas") == []


@pytest.mark.parametrize("name", schemas.RECORDS)
class TestEverySchema:
    """What holds for the schema of every record."""

    def test_is_valid(self, name: str) -> None:
        """It is JSON Schema 2020-12, and says which schema and version it is."""
        jsonschema.Draft202012Validator.check_schema(saved(name))
        assert saved(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert saved(name)["$id"] == f"urn:lodestream:schema:{name}:1"

    def test_describes_every_property(self, name: str) -> None:
        """Every field, nested ones too, tells a reader what it is."""
        undocumented = [field for field, content in properties(saved(name)) if not content.get("description", "").endswith(".")]
        assert undocumented == []

    def test_has_an_example_that_it_accepts(self, name: str) -> None:
        """The example is valid, names every field and comes through our decoder unchanged."""
        for example in saved(name)["examples"]:
            jsonschema.validate(example, saved(name), jsonschema.Draft202012Validator)
            assert example.keys() == saved(name)["properties"].keys()
            record: object = msgspec.json.decode(json.dumps(example), type=schemas.RECORDS[name])
            assert json.loads(msgspec.json.encode(record)) == example

    def test_accepts_unknown_fields(self, name: str) -> None:
        """A field that is added later breaks no reader."""
        jsonschema.validate(saved(name)["examples"][0] | {"added_later": [1]}, saved(name), jsonschema.Draft202012Validator)

    def test_refuses_a_record_without_a_required_field(self, name: str) -> None:
        """Each required field is needed."""
        for field in saved(name)["required"]:
            example = {key: value for key, value in saved(name)["examples"][0].items() if key != field}
            with pytest.raises(jsonschema.ValidationError, match=field):
                jsonschema.validate(example, saved(name), jsonschema.Draft202012Validator)


def test_times_are_marked_as_such() -> None:
    """Times of our own records are date-times; a raw article may give a date alone."""
    assert saved("alert")["properties"]["first_seen_at"]["anyOf"] == [{"type": "string", "format": "date-time"}, {"type": "null"}]
    formats = [variant.get("format") for variant in saved("raw-article")["properties"]["published_at"]["anyOf"]]
    assert formats == ["date-time", "date", None]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `lodestream replay` writes for the samples."""
    output = tmp_path_factory.mktemp("replayed")
    command = [sys.executable, "-m", "streams", "replay", "--output", str(output), "tests/samples"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return output


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("clean", "clean-article"),
        ("classified", "classified-article"),
        ("minerals", "mineral-article"),
        ("alerts", "alert"),
        ("dead-letter", "dead-letter"),
    ],
)
def test_what_is_published_fits_its_schema(replayed: Path, file: str, name: str) -> None:
    """Every record of the samples, through all stages, is what its schema promises, without a field that is not in it."""
    records = [json.loads(line) for line in (replayed / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert records
    validator = jsonschema.Draft202012Validator(saved(name))
    for record in records:
        validator.validate(record)
        assert record.keys() <= saved(name)["properties"].keys()


def test_write_makes_what_check_accepts(tmp_path: Path) -> None:
    """A new folder is made and filled; its files are reported."""
    paths = schemas.write(tmp_path / "new" / "schemas")
    assert sorted(paths) == sorted((tmp_path / "new" / "schemas").rglob("*.json"))
    assert schemas.check(tmp_path / "new" / "schemas") == []


def test_check_reports_missing_changed_and_superfluous_files(tmp_path: Path) -> None:
    """Each difference is one line that names the file."""
    schemas.write(tmp_path)
    (tmp_path / "alert.v1.json").unlink()
    (tmp_path / "clean-article.v1.json").write_text("{}")
    (tmp_path / "old.v1.json").write_text("{}")
    (tmp_path / "data" / "desk.json").write_text("{}")
    assert schemas.check(tmp_path) == [
        "alert.v1.json is missing",
        "clean-article.v1.json is not what the types say",
        "data/desk.json is not what the types say",
        "old.v1.json belongs to no type",
    ]
