"""The data files in force: those of `LODESTREAM_DATA_DIR`, and the shipped ones for whatever is not there."""

import re
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeAlias, TypeVar

import msgspec

from streams.core.classify import TOPICS, TopicModel
from streams.core.events import EventModel
from streams.core.lexicon_files import Countries, Events, Minerals, Organisations
from streams.core.records import Topic
from streams.core.relevance import RelevanceModel
from streams.core.stories import StoryModel
from streams.data_checks import problems
from streams.errors import SettingsError

T = TypeVar("T")

Probability: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Outlet: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[^/]*[^/\s][^/]*$")]
"""A name or a host; what has slashes is an address."""


class Tuning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a desk sets by itself. What is absent or null is as trained."""

    muted_sources: Annotated[
        tuple[Outlet, ...] | None,
        msgspec.Meta(description="Outlets that give no alert: names, or hosts with their subdomains, in any case of letters."),
    ] = None
    topic_thresholds: Annotated[
        dict[Topic, Probability | None] | None,
        msgspec.Meta(
            description="Least probability at which an article has a topic.",
            extra_json_schema={"propertyNames": {"enum": list(TOPICS)}},
        ),
    ] = None
    alert_threshold: Annotated[Probability | None, msgspec.Meta(description="Least score of an alert.")] = None
    severity_limits: Annotated[
        tuple[float, float, float] | None,
        msgspec.Meta(description="Where medium, high and critical begin, rising, on a scale where 0 is low and 3 is critical."),
    ] = None


Words: TypeAlias = list[str]
Residue: TypeAlias = Annotated[
    dict[str, Words | dict[str, Words]],
    msgspec.Meta(description="Words and phrases of the pages around articles, in lower case, by what they show."),
]
LineWeights: TypeAlias = Annotated[
    dict[str, float], msgspec.Meta(description="Evidence that a line is of the article's body, in logits, by what is seen of it.")
]

TYPES: Final[Mapping[str, Any]] = {
    "countries.json": Countries,
    "desk.json": Tuning,
    "event_types.json": EventModel,
    "events.json": Events,
    "lines.json": LineWeights,
    "minerals.json": Minerals,
    "organisations.json": Organisations,
    "relevance.json": RelevanceModel,
    "residue.json": Residue,
    "stories.json": StoryModel,
    "topics.json": TopicModel,
}
"""What each data file decodes into, in the order of names."""

TRAINED: Final = re.compile(r"topics-(\d{4}\.\d{2})-[0-9a-f]{8}")
"""Version of a topic model, with the year and month of its training."""


class DataFiles(NamedTuple):
    """All data files in force."""

    contents: dict[str, Any]
    """Each file, decoded, by its name."""
    version: str
    """Year and month of the topic model, and the first digits of the SHA-256 of names and bytes of all files."""


def load(directory: str) -> DataFiles:
    """Read and check all data files; raises SettingsError that names file, place and what is wrong."""
    contents, digest = {}, sha256()
    for name, path in in_force(directory).items():
        content, contents[name] = read(path, TYPES[name])
        digest.update(name.encode() + sha256(content).digest())
    trained = TRAINED.fullmatch(contents["topics.json"].version)
    return DataFiles(contents, f"{trained[1] if trained else 'own'}-{digest.hexdigest()[:8]}")


def in_force(directory: str) -> dict[str, Traversable]:
    """Where each data file is, by its name: in `directory`, if that is no empty string and has the file, else in the package."""
    own: dict[str, Traversable] = {}
    if directory:
        try:
            # Hidden files are how Kubernetes keeps a ConfigMap.
            own = {path.name: path for path in sorted(Path(directory).iterdir()) if not path.name.startswith(".")}
        except OSError as error:
            raise SettingsError(f"LODESTREAM_DATA_DIR: {directory}: {error.strerror}: name a folder of data files") from error
    for name, path in own.items():
        if name not in TYPES and not name.endswith(".md"):
            raise SettingsError(f"{path}: no data file has this name: take it away, or name it one of {', '.join(TYPES)}")
    return {name: own.get(name, shipped(name)) for name in TYPES}


def shipped(name: str) -> Traversable:
    """A data file of the package."""
    return files("streams").joinpath("data", name)


def read(path: Traversable, cls: type[T]) -> tuple[bytes, T]:
    """The bytes of a data file, and what they decode into; raises SettingsError."""
    try:
        content = path.read_bytes()
        decoded = msgspec.json.decode(content, type=cls)
        problem = next(problems(path.name, decoded, content), None)
    except OSError as error:
        problem = error.strerror
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem = str(error)
    if problem:
        raise SettingsError(f"{path}: {problem}: repair the file, or go back to the shipped one")
    return content, decoded
