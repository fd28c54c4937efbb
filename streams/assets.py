"""Makes the immutable values that the core works with from the data files, and takes them out of garbage collection."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file
from typing import TYPE_CHECKING, TypeVar

import fasttext

from streams import data_files
from streams.core import lexicon, lines_shape
from streams.core.alert import Desk
from streams.core.classify import TopicModel
from streams.core.clean import Cleaner
from streams.core.events import EventModel
from streams.core.language import Identify
from streams.core.lexicon import Lexicon
from streams.core.lines import build as build_lines
from streams.core.records import Topic
from streams.errors import SettingsError

if TYPE_CHECKING:
    from streams.data_files import Tuning

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Assets:
    """Everything the stages know beforehand."""

    cleaner: Cleaner
    topics: TopicModel
    lexicon: Lexicon
    events: EventModel
    desk: Desk
    version: str
    """Version of all data files together, for `lodestream_build_info` and the `model` of records."""


def read(name: str, cls: type[T]) -> T:
    """Decode one shipped data file; raises SettingsError that names the file and what is wrong in it."""
    return data_files.read(data_files.shipped(name), cls)[1]


def load(directory: str = "") -> Assets:
    """Load all assets for as long as the process lives; the files in `directory` replace the shipped ones of the same name."""
    loaded = build(directory)
    freeze()
    return loaded


def build(directory: str) -> Assets:
    """Make all assets; raises SettingsError that names file, place and what is wrong. Whoever keeps them calls `freeze`."""
    files, version = data_files.load(directory)
    tuning: Tuning = files["desk.json"]
    terms = lexicon.build(files["minerals.json"], files["countries.json"], files["organisations.json"], files["events.json"])
    relevance = files["relevance.json"]
    return Assets(
        cleaner=Cleaner(build_lines(files["residue.json"], files["lines.json"]), language_model()),
        topics=tuned(files["topics.json"], tuning.topic_thresholds or {}, version),
        lexicon=terms,
        events=files["event_types.json"],
        desk=Desk(
            lexicon=terms,
            relevance=replace(
                relevance,
                threshold=relevance.threshold if tuning.alert_threshold is None else tuning.alert_threshold,
                limits=tuning.severity_limits or relevance.limits,
            ),
            stories=files["stories.json"],
            muted=tuple(f".{source.strip().casefold().removeprefix('www.')}" for source in tuning.muted_sources or ()),
            version=version,
        ),
        version=version,
    )


def tuned(model: TopicModel, thresholds: Mapping[Topic, float | None], version: str) -> TopicModel:
    """The topic model with the desk's thresholds, under the version of all data files; raises SettingsError."""
    calibration = dict(model.calibration)
    for topic, threshold in thresholds.items():
        if threshold is None:
            continue
        unknown = calibration[topic].unknown
        if threshold <= unknown:
            raise SettingsError(
                f"desk.json: {threshold} is not above {unknown}, the probability of {topic} for texts in languages that the model "
                f"does not know - at `$.topic_thresholds.{topic}`: raise it"
            )
        calibration[topic] = replace(calibration[topic], threshold=threshold)
    return replace(model, calibration=calibration, version=version)


def freeze() -> None:
    """Take everything that lives now out of garbage collection: a full one would walk through it, a seventh of the CPU time.

    What was kept by an earlier call and has ended since is freed first; so are caches filled from assets that ended.
    """
    for cached in (lexicon.scan, *lines_shape.CACHES):
        cached.cache_clear()
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@cache
def language_model() -> Identify:
    """FastText's compressed model of 176 languages as a function from a line of text to language and probability."""
    with as_file(data_files.shipped("lid.176.ftz")) as path:
        model = fasttext.load_model(str(path))

    def identify(line: str) -> tuple[str, float]:
        labels, probabilities = model.predict(line)
        return (labels[0].removeprefix("__label__"), float(probabilities[0])) if labels else ("und", 0.0)

    return identify
