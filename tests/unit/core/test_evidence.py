"""Evidence: whole sentences, exact spans, and a reason for each. The articles are invented."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from streams.assets import Assets
from streams.core.classify import classify
from streams.core.detect import detect
from streams.core.document import read
from streams.core.evidence import MOST, OPENING, READ, evidence, sentences
from streams.core.lexicon import NOTHING, scan
from streams.core.records import CleanArticle, Evidence, MineralArticle

Find = Callable[[str], tuple[Evidence, ...]]

FIRE = (
    "It had been a quiet spring at the port.\n"
    "A fire has halted the only cobalt refinery in Finland, which makes 9,500 tonnes of cobalt a year, its owner said on Monday. "
    "Nobody was hurt.\n"
    "The owner declared force majeure on cobalt deliveries. Visitors may see the harbour museum from May."
)


@pytest.fixture
def mineral_article(loaded: Assets) -> Callable[[str], MineralArticle]:
    """The mineral article of a text."""

    def build(text: str) -> MineralArticle:
        clean = CleanArticle(article_id="a", content_hash="h", title="Refinery burns", text=text, language="en", removed={})
        found = detect(classify(clean, loaded.topics), loaded.lexicon, loaded.events)
        assert found is not None
        return found

    return build


@pytest.fixture
def find(loaded: Assets, mineral_article: Callable[[str], MineralArticle]) -> Find:
    """The evidence in a text."""

    def found(text: str) -> tuple[Evidence, ...]:
        article = mineral_article(text)
        document = read(article.title, article.text)
        return evidence(article, document, scan(loaded.lexicon, document), loaded.desk.relevance.evidence)

    return found


def split(text: str) -> list[str]:
    """The sentences of a text."""
    return [text[start:end] for start, end in sentences(text)]


def test_the_sentence_with_mineral_and_event_is_shown(find: Find) -> None:
    """What happened to the mineral is underlined, what surrounds it is not."""
    shown = " ".join(passage.text for passage in find(FIRE))
    assert "halted the only cobalt refinery" in shown
    assert "museum" not in shown


def test_spans_are_exact_and_in_order(find: Find) -> None:
    """A reader can mark the passages in the text by their offsets."""
    found = find(FIRE)
    assert 1 <= len(found) <= MOST
    assert all(FIRE[passage.start : passage.end] == passage.text for passage in found)
    assert list(found) == sorted(found, key=lambda passage: passage.start)


def test_why_names_mineral_event_amount_and_country(find: Find) -> None:
    """The reason lists what the sentence shows."""
    why = next(passage.why for passage in find(FIRE) if "halted" in passage.text)
    assert why == "mineral: cobalt; event: supply_disruption; scale: 9,500 tonnes; country: FIN"


def test_a_sentence_that_shows_nothing_by_itself_says_so(loaded: Assets, mineral_article: Callable[[str], MineralArticle]) -> None:
    """Without any hit the opening is all there is to show."""
    article = structs.replace(mineral_article(FIRE), quantities=())
    found = evidence(article, read(article.title, article.text), NOTHING, loaded.desk.relevance.evidence)
    assert {passage.why for passage in found} == {OPENING}


def test_nothing_is_shown_of_an_empty_text(loaded: Assets, mineral_article: Callable[[str], MineralArticle]) -> None:
    """A title alone has no passages."""
    blank = structs.replace(mineral_article(FIRE), text=" \n")
    assert evidence(blank, read(None, " \n"), NOTHING, loaded.desk.relevance.evidence) == ()


def test_a_long_text_is_read_up_to_a_limit(find: Find) -> None:
    """News says what matters early: a minute of sentences costs what a page costs."""
    text = FIRE + " A ship left." * 5_000
    assert all(passage.start < len(FIRE) + READ * 13 for passage in find(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rose 3.5 per cent. It fell.", ["It rose 3.5 per cent.", "It fell."]),
        (
            "Mr. A. Stone of the U.S. Geological Survey spoke. He left.",
            ["Mr. A. Stone of the U.S. Geological Survey spoke.", "He left."],
        ),
        ("About 5 a.m. the kiln stopped. Why? Nobody knows!", ["About 5 a.m. the kiln stopped.", "Why?", "Nobody knows!"]),
        ('"It is over." The mine shut (for good.) They left.', ['"It is over."', "The mine shut (for good.)", "They left."]),
        ("One line\n\nAnother line", ["One line", "Another line"]),
        ("It makes approx. nine t a day... and sells it.", ["It makes approx. nine t a day... and sells it."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    """Decimals, initials and abbreviations end no sentence."""
    assert split(text) == expected


@given(st.text())
def test_sentences_never_raise_and_lose_only_white_space(text: str) -> None:
    """All that can be seen of a text is in its sentences, once and in order."""
    spans = list(sentences(text))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
