"""Language of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.document import read
from streams.core.language import SAMPLE, detect


def refuse(_text: str) -> tuple[str, float]:
    """A model that must not be asked."""
    raise AssertionError


def test_clearly_english_text_asks_no_model() -> None:
    """The commonest words are enough."""
    assert (
        detect(
            read(None, "The mine in the north of the country was shut by the ministry, and its owner will appeal to the court."),
            refuse,
        )
        == "en"
    )


def test_text_without_letters_is_undetermined() -> None:
    """Numbers have no language."""
    assert detect(read(None, "12.5 % 2024"), refuse) == "und"


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        (("de", 0.99), "de"),
        (("arz", 0.8), "ar"),
        (("azb", 0.8), "az"),
        (("bxr", 0.8), "mn"),
        (("ckb", 0.8), "ku"),
        (("mzn", 0.8), "fa"),
        (("sh", 0.8), "sr"),
        (("wuu", 0.8), "zh"),
        (("yue", 0.8), "zh"),
        (("ceb", 0.9), "und"),
        (("fr", 0.2), "und"),
    ],
)
def test_a_guess_counts_when_it_is_likely_and_of_a_known_language(answer: tuple[str, float], language: str) -> None:
    """Varieties count as their language; what ISO 639-1 does not know, and guesses, are undetermined."""
    assert detect(read(None, "Kupferpreise steigen nach Streik in Chile"), lambda _: answer) == language


def test_the_model_sees_one_line_of_bounded_length() -> None:
    """FastText refuses line feeds, and long text costs time."""
    seen: list[str] = []

    def identify(text: str) -> tuple[str, float]:
        seen.append(text)
        return "fr", 0.9

    assert detect(read(None, "La mine\na fermé hier. " * 100), identify) == "fr"
    assert "\n" not in seen[0]
    assert len(seen[0]) <= SAMPLE


@given(st.text(), st.sampled_from(["en", "arz", "ceb", "zh"]), st.floats(0, 1))
def test_any_text_gets_two_letters_or_undetermined(text: str, code: str, probability: float) -> None:
    """No text makes detection raise."""
    language = detect(read(None, text), lambda _: (code, probability))
    assert language == "und" or len(language) == 2
