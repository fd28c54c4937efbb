"""JSON Schemas (draft 2020-12) of everything on the topics and of the data files, generated from the types that decode them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

import msgspec

from streams.core import classify, events, lexicon_files, records, relevance, tellings
from streams.data_files import TYPES
from streams.errors import LodestreamError


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Why an input was refused: the headers of a dead letter, where numbers are decimal text, and a line of `dead-letter.jsonl`."""

    dl_stage: Annotated[str, "The stage that refused it."]
    dl_reason: Annotated[records.Reason, "Why, from a closed list."]
    dl_error: Annotated[str, "The same for a person: which field, what is wrong with it."]
    dl_topic: Annotated[str, "Topic of the refused record, without prefix."]
    dl_partition: Annotated[int, "Its partition; 0 in `replay`."]
    dl_offset: Annotated[int, "Its offset; in `replay` its place in the input, from 0."]
    dl_time: Annotated[datetime | None, "When it reached Kafka; absent where that is unknown."] = None
    input: Annotated[str | None, "In `dead-letter.jsonl` alone: the input. On Kafka it is the dead letter's value, untouched."] = (
        None
    )
    input_encoding: Annotated[Literal["base64"] | None, "`base64` where the input is no UTF-8."] = None


VERSION: Final = 1
"""Version of every schema; a change that breaks readers gives the schema the next one, under a new file name and `$id`."""

RECORDS: Final[Mapping[str, type]] = {
    "raw-article": records.RawArticle,
    "clean-article": records.CleanArticle,
    "classified-article": records.ClassifiedArticle,
    "mineral-article": records.MineralArticle,
    "alert": records.Alert,
    "dead-letter": DeadLetter,
}
"""The records that have a schema, by its name."""

DRAFT: Final = {"$schema": "https://json-schema.org/draft/2020-12/schema"}

CLASSES: Final = {cls.__name__: cls for cls in (*vars(records).values(), DeadLetter) if isinstance(cls, type)}
DATA_CLASSES: Final = {
    cls.__name__: cls
    for module in (classify, events, lexicon_files, relevance, tellings)
    for cls in vars(module).values()
    if isinstance(cls, type) and is_dataclass(cls)
}
RAW_TIME: Final = [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, {"type": "null"}]


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one of RECORDS, with an example; unknown fields are allowed everywhere."""
    cls = RECORDS[name]
    definitions = msgspec.json.schema(cls)["$defs"]
    for title, definition in definitions.items():
        document(definition, CLASSES[title])
    root: dict[str, Any] = definitions.pop(cls.__name__)
    root["title"] = name
    if cls is records.RawArticle:
        root["properties"]["body"]["maxLength"] = records.MAX_BODY_BYTES
        for time in ("published_at", "fetched_at"):
            root["properties"][time]["anyOf"] = RAW_TIME
    head = DRAFT | {"$id": f"urn:lodestream:schema:{name}:{VERSION}", "version": VERSION}
    tail = ({"$defs": definitions} if definitions else {}) | {"examples": [examples()[name]]}
    return head | root | tail


def data_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of the data file with this name."""
    content = msgspec.json.schema(TYPES[name])
    definitions = content.pop("$defs", {})
    for title, definition in definitions.items():
        if title in DATA_CLASSES:
            for field in fields(DATA_CLASSES[title]):
                if not field.init:  # derived, in no file
                    del definition["properties"][field.name]
    root = definitions.pop(content.pop("$ref").rpartition("/")[2]) if "$ref" in content else content
    root["title"] = title = name.removesuffix(".json")
    head = DRAFT | {"$id": f"urn:lodestream:schema:data:{title}", "title": title}
    return head | root | ({"$defs": definitions} if definitions else {})


def document(definition: dict[str, Any], cls: type) -> None:
    """Put the properties in the order of the fields of `cls`, with the fields' documentation and the format of times."""
    properties = definition["properties"]
    definition["properties"] = {}
    for field, hint in get_type_hints(cls, include_extras=True).items():
        kind, description = get_args(hint)
        variants = properties[field].get("anyOf", [properties[field]])
        if datetime in (kind, *get_args(kind)):
            variants[0]["format"] = "date-time"
        definition["properties"][field] = {"description": description} | properties[field]


def examples() -> dict[str, dict[str, Any]]:
    """One invented, valid record for each of RECORDS, by its name."""
    content: dict[str, dict[str, Any]] = json.loads(files("streams").joinpath("data/examples.json").read_text(encoding="utf-8"))
    return content


def generate() -> dict[str, str]:
    """The content of every schema file, by the file's path."""
    found = {f"{name}.v{VERSION}.json": schema(name) for name in RECORDS} | {f"data/{name}": data_schema(name) for name in TYPES}
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in found.items()}


def write(directory: Path) -> list[Path]:
    """Write every schema into `directory`, which is made; gives the files. Raises LodestreamError when that cannot be."""
    paths = []
    try:
        (directory / "data").mkdir(parents=True, exist_ok=True)
        for name, content in generate().items():
            paths.append(directory / name)
            paths[-1].write_text(content, encoding="utf-8")
    except OSError as error:
        raise LodestreamError(f"cannot write to {directory}: {error.strerror}: name another folder") from error
    return paths


def check(directory: Path) -> list[str]:
    """How the schema files of `directory` differ from the types, one line for a person each; empty when they do not."""
    if not directory.is_dir():
        raise LodestreamError(f"there is no folder {directory}: name the one with the schemas")
    wanted = generate()
    found = {str(path.relative_to(directory)): path.read_text(encoding="utf-8") for path in sorted(directory.rglob("*.json"))}
    missing = [f"{name} is missing" for name in wanted if name not in found]
    changed = [f"{name} is not what the types say" for name in wanted if name in found and found[name] != wanted[name]]
    superfluous = [f"{name} belongs to no type" for name in found if name not in wanted]
    return missing + changed + superfluous
