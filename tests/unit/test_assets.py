"""The data files load, once, and a broken one is named."""

import re

import pytest

from streams import assets
from streams.assets import Assets
from streams.core.classify import TopicModel
from streams.errors import SettingsError


def test_everything_that_the_stages_need_is_there(loaded: Assets) -> None:
    """There is one version for the metrics and the records; the minerals of the lexicon are not empty."""
    assert loaded.version == loaded.topics.version
    assert loaded.version == loaded.desk.version
    assert re.fullmatch(r"\d{4}\.\d{2}-[0-9a-f]{8}", loaded.version)
    assert {"lithium", "cobalt", "antimony"} <= loaded.lexicon.minerals.keys()
    assert loaded.desk.lexicon is loaded.lexicon


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("The government will suspend all exports of lithium from the first of April.", "en"),
        ("El gobierno suspenderá todas las exportaciones de litio a partir de abril.", "es"),
        ("Die Regierung wird ab April alle Ausfuhren von Lithium aussetzen.", "de"),
    ],
)
def test_the_language_model_tells_languages_apart(line: str, language: str) -> None:
    """With a probability."""
    found, probability = assets.language_model()(line)
    assert found == language
    assert 0.5 < probability <= 1.01


@pytest.mark.parametrize("line", ["", "\0", "\r\t", "🜚", "</s>", "a" * 100_000])
def test_the_language_model_is_sure_of_nothing_in_no_language(line: str) -> None:
    """And it takes any line."""
    assert assets.language_model()(line)[1] < 0.5


def test_a_missing_data_file_is_named() -> None:
    """With what to do about it."""
    with pytest.raises(SettingsError, match=r"streams/data/nothing\.json: No such file.*go back to the shipped one"):
        assets.read("nothing.json", dict[str, int])


def test_a_data_file_of_another_shape_is_named() -> None:
    """A bad edit is found at the start, by file and field."""
    with pytest.raises(SettingsError, match=r"streams/data/countries\.json: .*version"):
        assets.read("countries.json", TopicModel)
