"""Loads the data files of `streams/data/` once, into the immutable values that the core works with."""

import gc
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any, TypeVar

import fasttext
import msgspec

from streams.core import lexicon, lexicon_files
from streams.core.alert import Desk
from streams.core.classify import TopicModel
from streams.core.clean import Cleaner
from streams.core.language import Identify
from streams.core.lexicon import Lexicon
from streams.core.lines import build as build_lines
from streams.core.relevance import RelevanceModel
from streams.core.stories import StoryModel
from streams.errors import SettingsError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Assets:
    """Everything the stages know beforehand."""

    cleaner: Cleaner
    topics: TopicModel
    lexicon: Lexicon
    desk: Desk
    version: str
    """Version of the topic model, for `lodestream_build_info`."""


def read(name: str, cls: type[T]) -> T:
    """Decode one data file; raises SettingsError that names the file and what is wrong in it."""
    try:
        return msgspec.json.decode(files("streams").joinpath("data", name).read_bytes(), type=cls)
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(f"streams/data/{name}: {error}: repair the file or install lodestream again") from error


def load() -> Assets:
    """Load all assets."""
    terms = lexicon.build(
        read("minerals.json", lexicon_files.Minerals),
        read("countries.json", lexicon_files.Countries),
        read("organisations.json", lexicon_files.Organisations),
        read("events.json", lexicon_files.Events),
    )
    topics = read("topics.json", TopicModel)
    loaded = Assets(
        cleaner=Cleaner(build_lines(read("residue.json", dict[str, Any]), read("lines.json", dict[str, float])), language_model()),
        topics=topics,
        lexicon=terms,
        desk=Desk(terms, read("relevance.json", RelevanceModel), read("stories.json", StoryModel)),
        version=topics.version,
    )
    gc.freeze()  # the assets live as long as the process: every full collection would walk through them, a seventh of the CPU time
    return loaded


def language_model() -> Identify:
    """FastText's compressed model of 176 languages as a function from a line of text to language and probability."""
    with as_file(files("streams").joinpath("data", "lid.176.ftz")) as path:
        model = fasttext.load_model(str(path))

    def identify(line: str) -> tuple[str, float]:
        labels, probabilities = model.predict(line)
        return (labels[0].removeprefix("__label__"), float(probabilities[0])) if labels else ("und", 0.0)

    return identify
