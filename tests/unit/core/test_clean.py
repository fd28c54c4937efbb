"""The clean stage, with the phrases, weights and language model of the service; all texts are invented."""

import json
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.assets import language_model
from streams.core.clean import Cleaner, clean, outlet_letters
from streams.core.lines import build
from streams.core.records import CleanArticle, RawArticle, Rejected

DATA = files("streams").joinpath("data")
CLEANER = Cleaner(
    build(*(json.loads(DATA.joinpath(name).read_text(encoding="utf-8")) for name in ("residue.json", "lines.json"))),
    language_model(),
)
FIRST = (
    "Gabon will no longer let raw manganese leave the country from 2029, the presidency said after a cabinet meeting in Libreville."
)
SECOND = "Eramet, whose Comilog unit digs most of the ore, said that it took note of the decision and would talk to the government."
PAGE = (
    "<html><head><title>Gabon bans raw manganese</title></head>"
    f"<body><article><p>{FIRST}</p><p>{SECOND}</p></article></body></html>"
)
LINES = st.sampled_from(
    [
        FIRST,
        SECOND,
        "[ad_1]",
        "[ad_2]",
        "Source link",
        "Gabon bans raw manganese exports",
        "By Chantal Obame",
        "12 March 2024",
        "Related posts",
        "Advertisement",
        "Home | Politics | Sport",
        "Read more: Mercato, the striker leaves",
        "A man who fell from a bridge has said that he…",
        "Why Gabon acted",
        "- 7 million tonnes of manganese",
        "Libreville",
        "manganese",
        "It is the third such ban in Africa.",
        "the ministry of mines of the country, which has",
        "been slow to answer, did not say how much ore it",
        "Gabon Matin | Mines",
        "“No more raw ore!”",
        "Did Eramet know of the decision?",
        "&amp;lt;b&gt;Itâ€™s #39;here&nbsp;",
        "© Gabon Matin",
        "Share",
    ]
)


def cleaned(body: str, **fields: str | None) -> CleanArticle:
    """The clean article of a body that has text."""
    article = clean(RawArticle(body=body, **fields), CLEANER)
    assert isinstance(article, CleanArticle)
    return article


def test_a_dirty_text_comes_out_with_title_and_body_alone() -> None:
    """The headline moves to the title; what went is counted."""
    article = cleaned(
        f"12/03/2024\nMines\n\nGabon bans raw manganese\n\n{FIRST}\n\nSupported by\n\n{SECOND}\n\nRelated posts\n\nTitle of another"
    )
    assert article.title == "Gabon bans raw manganese"
    assert article.text == f"{FIRST}\n{SECOND}"
    assert article.language == "en"
    assert article.removed["advert"] == 1
    assert article.removed["related"] == 2


@pytest.mark.parametrize("content_type", ["text/html", "Text/HTML; charset=utf-8", None, "application/octet-stream"])
def test_html_is_parsed_when_declared_or_seen(content_type: str | None) -> None:
    """The page's title stands in when the article has none."""
    article = cleaned(PAGE, content_type=content_type)
    assert article.title == "Gabon bans raw manganese"
    assert article.text == f"{FIRST}\n{SECOND}"


def test_a_whole_page_is_parsed_whatever_is_declared() -> None:
    """Servers declare what they like; no text begins like a page."""
    assert cleaned(f"<!DOCTYPE html><html><body><p>{FIRST}</p></body></html>", content_type="text/plain").text == FIRST


@pytest.mark.parametrize("stated", ["1970-01-01", "0001-01-01", "2099-01-01", "2026-12-03"])
def test_a_time_of_publication_that_cannot_be_is_none(stated: str) -> None:
    """Of a clock that was not set, or days after the article was fetched: an absurd time would tell its story twice."""
    assert cleaned(FIRST, published_at=stated, fetched_at="2026-03-12T08:00:00Z").published_at is None


def test_text_that_is_declared_plain_is_not_parsed() -> None:
    """Only its leftover tags go."""
    assert cleaned(f"<p>{FIRST}</p>", content_type="text/plain; charset=utf-8").text == FIRST


MARKDOWN = f"""[Skip to content](#main) | [Mines](/mines) | [Sport](/sport)

![Logo](https://gabonmatin.example/logo.png)

# Gabon bans raw manganese

{FIRST.replace("raw manganese", "**raw manganese**").replace("Libreville", "[Libreville](https://gabonmatin.example/places/lbv)")}

> {SECOND}

- [Mercato: the striker leaves for Lyon](https://gabonmatin.example/sport/1)
- [The cabinet meets again](https://gabonmatin.example/politics/2)
"""


@pytest.mark.parametrize("content_type", [None, "text/markdown", "text/plain"])
def test_markdown_is_read_as_the_page_that_it_stands_for(content_type: str | None) -> None:
    """Scrapers that render pages deliver it: words of links and bold words stay, targets, images and lists of links go."""
    article = cleaned(MARKDOWN, content_type=content_type)
    assert article.title == "Gabon bans raw manganese"
    assert article.text == f"{FIRST}\n{SECOND}"


@pytest.mark.parametrize("content_type", [None, "text/html", "text/plain"])
@pytest.mark.parametrize(
    "body", [f"{FIRST}\n\nSupported by\n\n{SECOND} “É…”\n", PAGE.replace("<article>", '\n<article class="a">\n')]
)
def test_a_body_that_was_encoded_twice_is_decoded(body: str, content_type: str | None) -> None:
    """With its quotes or without: else line ends would be letters of words, and no line would be known as furniture."""
    for encoded in (json.dumps(body), json.dumps(body)[1:-1]):
        assert cleaned(encoded, content_type=content_type).text == cleaned(body, content_type=content_type).text


def test_the_time_of_a_page_is_taken_where_the_article_has_none() -> None:
    """Scrapers that do not read it still get the story by the day on which it was told."""
    body = f'<html><head><meta property="article:published_time" content="2024-03-12T14:20:00Z"></head><p>{FIRST}</p></html>'
    assert cleaned(body).published_at == datetime(2024, 3, 12, 14, 20, tzinfo=UTC)
    assert cleaned(body, published_at="2024-03-10").published_at == datetime(2024, 3, 10, tzinfo=UTC)


def test_html_that_cannot_be_read_is_refused_as_the_parser_says() -> None:
    """Without text, or too deep."""
    deep = clean(RawArticle(body="<div>" * 100_000, content_type="text/html"), CLEANER)
    assert isinstance(deep, Rejected)
    assert deep.reason in ("too_deep", "no_text")


@pytest.mark.parametrize("body", ["", " \n\t ", "Share\nTweet", "\x00\u200b"])
def test_a_body_without_text_is_refused(body: str) -> None:
    """Nothing to classify."""
    refused = clean(RawArticle(body=body), CLEANER)
    assert isinstance(refused, Rejected)
    assert refused.reason == "no_text"


def test_a_page_that_stands_for_the_article_is_refused() -> None:
    """A scraper was turned away: no topic and no alert may come of it."""
    refused = clean(RawArticle(body="Just a moment\nVerifying you are human. This may take a few seconds."), CLEANER)
    assert isinstance(refused, Rejected)
    assert refused.reason == "no_article"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2024-03-12T14:20:00Z", datetime(2024, 3, 12, 14, 20, tzinfo=UTC)),
        ("2024-03-12t14:20:00.25z", datetime(2024, 3, 12, 14, 20, 0, 250_000, tzinfo=UTC)),
        ("2024-03-12 14:20:00+05:30", datetime(2024, 3, 12, 8, 50, tzinfo=UTC)),
        (" 2024-03-12 ", datetime(2024, 3, 12, tzinfo=UTC)),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_times_are_instants_in_utc(written: str | None, instant: datetime | None) -> None:
    """RFC 3339 with a zone, or a date; nothing stays nothing."""
    article = cleaned(FIRST, published_at=written, fetched_at=written)
    assert article.published_at == instant
    assert article.fetched_at == instant


@pytest.mark.parametrize("field", ["published_at", "fetched_at"])
@pytest.mark.parametrize(
    "written",
    [
        "2024-03-12T14:20:00",
        "2024-02-30",
        "2024-03-12T25:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "12 March 2024",
        "1710253200",
        "2024-03",
        "２０２４-03-12",  # noqa: RUF001 - digits of another script
    ],
)
def test_other_times_are_refused_with_field_and_value(field: str, written: str) -> None:
    """Without zone, impossible, or in another form."""
    refused = clean(RawArticle(body=FIRST, **{field: written}), CLEANER)
    assert isinstance(refused, Rejected)
    assert refused.reason == "invalid_timestamp"
    assert refused.error.startswith(f"{field}: '{written}'")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Gabon bans &amp; taxes", "Gabon bans & taxes"),
        ("Gabon bans\n ore", "Gabon bans ore"),
        ("Gabon bans ore | Gabon Matin", "Gabon bans ore"),
        ("Gabon bans ore - Gabon Matin - gabonmatin.example", "Gabon bans ore"),
        ("Gabon bans ore - Eramet", "Gabon bans ore - Eramet"),
        ("Gabon Matin", "Gabon Matin"),
        ("x" * 501 + " | Gabon Matin", "x" * 501 + " | Gabon Matin"),
        (" \u200b ", None),
        (None, None),
    ],
)
def test_a_title_loses_only_the_outlets_name(title: str | None, expected: str | None) -> None:
    """As the source or the host gives it."""
    article = cleaned(FIRST, title=title, source="Gabon Matin", url="https://www.gabonmatin.example/1")
    assert article.title == expected


def test_the_source_is_the_host_when_none_is_given() -> None:
    """Without `www.`; an url that is none gives none."""
    assert cleaned(FIRST, url="https://www.Gabonmatin.example/1").source == "gabonmatin.example"
    assert cleaned(FIRST, url="https://x.example/1", source=" Gabon Matin ").source == "Gabon Matin"
    assert cleaned(FIRST, url="https://[broken").source is None
    assert cleaned(FIRST).source is None


def test_an_outlet_is_known_by_host_or_name() -> None:
    """Letters and digits alone."""
    assert outlet_letters("Gabon Matin", None) == "gabonmatin"
    assert outlet_letters("AFP", "gabon-matin.example") == "gabonmatin"
    assert outlet_letters(None, None) == ""


def test_the_id_is_the_given_one_else_of_the_url_else_of_the_body() -> None:
    """Stripped; blank is none."""
    assert cleaned(FIRST, id=" a-1 ").article_id == "a-1"
    assert cleaned(FIRST, id=" ", url="https://a.example/1").article_id.startswith("u-")
    assert cleaned(FIRST).article_id == cleaned(f"\r\n{FIRST}\u200b").article_id != cleaned(SECOND).article_id


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTPS://A.example/x/", True),
        ("https://a.example/x#top", True),
        ("https://a.example/x?utm_source=t&utm_medium=m&gclid=1&fbclid=2", True),
        ("https://a.example/x?id=1", False),
        ("https://a.example/X", False),
        ("https://[broken", False),
    ],
)
def test_links_to_one_page_give_one_id(url: str, *, same: bool) -> None:
    """Case of scheme and host, fragment, tracking and a last slash do not count."""
    assert (cleaned(FIRST, url=url).article_id == cleaned(FIRST, url="https://a.example/x").article_id) is same


def test_equal_content_has_equal_hash_under_any_id() -> None:
    """Title and text decide."""
    one = cleaned(FIRST, id="1", url="https://a.example/1", title="Ban")
    two = cleaned(f"Advertisement\n{FIRST}", id="2", url="https://b.example/2", title="Ban")
    assert one.content_hash == two.content_hash
    assert one.content_hash != cleaned(FIRST, title="Other").content_hash


def test_other_languages_are_cleaned_and_named() -> None:
    """They are not refused."""
    text = (
        "Le gouvernement guinéen a suspendu mardi les exportations de bauxite de trois compagnies, accusées de ne pas avoir "
        "construit de raffinerie."
    )
    article = cleaned(f"Publié le 12 mars 2024\n{text}\nPublicité\nLes plus lus\nLe Syli national qualifié")
    assert article.text == text
    assert article.language == "fr"


def again(article: CleanArticle) -> CleanArticle | Rejected:
    """The article cleaned once more, as text with its title."""
    return clean(RawArticle(body=article.text, title=article.title, content_type="text/plain", url=article.url), CLEANER)


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES, max_size=14).map("\n".join), st.sampled_from([None, "https://gabonmatin.example/1"]))
def test_cleaning_a_dirty_text_twice_changes_nothing(body: str, url: str | None) -> None:
    """Whatever furniture stands where."""
    article = clean(RawArticle(body=body, url=url), CLEANER)
    if isinstance(article, CleanArticle):
        second = again(article)
        assert isinstance(second, CleanArticle)
        assert (second.title, second.text, second.content_hash) == (article.title, article.text, article.content_hash)


@settings(deadline=None, max_examples=300)
@given(st.text(), st.none() | st.text(), st.none() | st.text(), st.sampled_from([None, "text/plain", "text/html"]))
def test_no_text_makes_cleaning_raise(body: str, title: str | None, url: str | None, content_type: str | None) -> None:
    """Any strings in any field; the text that comes out is its own clean form."""
    article = clean(RawArticle(body=body, title=title, url=url, source=title, published_at=url, content_type=content_type), CLEANER)
    article = clean(RawArticle(body=body, title=title, url=url, content_type=content_type), CLEANER)
    if isinstance(article, CleanArticle):
        second = again(article)
        assert isinstance(second, CleanArticle)
        assert second.text == article.text


@pytest.mark.parametrize(
    "unit", ["a", " ", "\n", "[", "a\n", "<", "&amp;", "Ab cd…\n", "A b c.\n", "| ", "Related\nA b c d e f.\n"]
)
def test_a_megabyte_of_anything_ends(unit: str) -> None:
    """Time is linear: a quadratic step would take minutes."""
    assert clean(RawArticle(body=unit * (1_048_576 // len(unit)), content_type="text/plain"), CLEANER) is not None
