"""Main text of HTML pages: what survives, what is dropped, what is refused."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from streams.core.html import Page, extract, looks_like_html
from streams.core.html_parse import MAX_DEPTH, parse
from streams.core.html_tree import flatten
from streams.core.records import MAX_BODY_BYTES, Rejected

FIRST = "The smelter at Port Alder will stop for eight weeks, its owner said on Monday, and customers were told to look elsewhere."
SECOND = "Stocks in the warehouses of the region cover three weeks of demand, according to two traders who asked not to be named."
THIRD = "The ministry of industry called the halt regrettable, and promised to speak with the union before the end of the month."
TEASER = "Ten beaches that you must see before the summer is over, chosen by our travel desk and by readers all over the coast."
STORY = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
LINES = (FIRST, SECOND, THIRD)
DEEP = MAX_DEPTH + 1


def page(body: str) -> Page:
    """The page that a body gives."""
    result = extract(body)
    assert isinstance(result, Page)
    return result


def reason(body: str) -> str:
    """Why a body is refused."""
    result = extract(body)
    assert isinstance(result, Rejected)
    return result.reason


def parsed(body: str) -> LexborHTMLParser:
    """A body that is not refused, as the parser gives it."""
    result = parse(body)
    assert isinstance(result, LexborHTMLParser)
    return result


def ld(**fields: str) -> str:
    """A JSON-LD script of an article."""
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def test_a_whole_page_gives_its_headline_and_its_paragraphs() -> None:
    """Header, navigation, byline and footer around an article are left out."""
    body = f"""<!doctype html><html><head><title>Smelter stops | Alder Post</title><style>p {{}}</style></head><body>
    <header><a href="/">Alder Post</a></header><nav><ul><li><a href="/news">News</a></li></ul></nav>
    <article><h1>Smelter stops for eight weeks</h1><div class="byline">By the newsroom</div>{STORY}</article>
    <script>var text = "{TEASER}";</script><footer><p>All rights reserved by the Alder Post company, since 1902.</p></footer>"""
    assert page(body) == Page("Smelter stops for eight weeks", LINES)


def test_a_fragment_needs_no_html_or_body_element() -> None:
    """Some paragraphs, as feeds carry them, are a page."""
    assert page(STORY) == Page(None, LINES)


@pytest.mark.parametrize(
    "box",
    [
        f"<aside><p>{TEASER}</p></aside>",
        f"<form><p>{TEASER}</p></form>",
        f"<figure><img src=a><figcaption>{TEASER}</figcaption></figure>",
        f'<div class="relatedPosts"><p>{TEASER}</p></div>',
        f'<div class="newsletter-signup"><p>{TEASER}</p></div>',
        f'<div class="right-rail"><p>{TEASER}</p></div>',
        f'<section class="photo-gallery"><p>{TEASER}</p></section>',
        f'<div class="read-more"><p>{TEASER}</p></div>',
        f'<details class="transcript"><p>{TEASER}</p></details>',
        f'<section id="cookie-banner"><p>{TEASER}</p></section>',
        f'<ul class="social share"><li>{TEASER}</li></ul>',
        f'<div role="complementary"><p>{TEASER}</p></div>',
        f"<div hidden><p>{TEASER}</p></div>",
        f'<div style="color: red; DISPLAY : none"><p>{TEASER}</p></div>',
        f'<p aria-hidden="true">{TEASER}</p>',
        f"<!-- <p>{TEASER}</p> -->",
        f'<article class="card"><h2>Beaches</h2><p>{TEASER}</p></article>',
        f'<p><a href="/beaches">{TEASER}</a></p>',
        '<ul><li><a href="/a">First other story</a></li><li><a href="/b">Second other story</a></li></ul>',
        "<div><span>Advertisement</span></div><div>3 min read</div>",
    ],
)
def test_boxes_within_the_article_are_left_out(box: str) -> None:
    """By element, role, class or id, by being hidden, by links, or by being a label."""
    assert page(f"<article><p>{FIRST}</p>{box}<p>{SECOND}</p><p>{THIRD}</p></article>").lines == LINES


@pytest.mark.parametrize("name", ["has-sidebar", "content-with-social", "shareholder", "tag-lithium", "commentary", "no-comments"])
def test_names_that_only_resemble_those_of_boxes_keep_their_text(name: str) -> None:
    """Whole words count, and `has-sidebar` names a neighbour."""
    assert page(f'<div><p>{FIRST}</p><div class="{name}"><p>{SECOND}</p></div><p>{THIRD}</p></div>').lines == LINES


def test_an_article_that_was_promoted_to_the_front_page_is_no_promotion() -> None:
    """A common content management system says so in the article's class."""
    promoted = f'<article class="node node--promoted"><p>{FIRST}</p></article>'
    assert page(f"<body>{promoted}<div class='x'>{f'<p>{SECOND}</p>' * 5}</div></body>").lines[0] == FIRST


def test_a_misnamed_box_with_the_headline_is_the_article() -> None:
    """A page whose whole content is called `banner` loses nothing but real boxes."""
    body = f'<div class="page-banner"><h1>Smelter stops for eight weeks</h1>{STORY}<div class="related"><p>{TEASER}</p></div></div>'
    assert page(body) == Page("Smelter stops for eight weeks", LINES)


def test_text_is_found_where_all_of_it_is_in_boxes() -> None:
    """A page that puts its text into a form or `noscript` still has text."""
    assert page(f"<body><noscript>{STORY}</noscript></body>").lines == LINES


def test_many_comments_do_not_outweigh_a_short_article() -> None:
    """Readers' comments are left out even where they hold most of the text."""
    comments = f'<div class="comment"><p>{TEASER}</p></div>' * 50
    assert page(f'<body><article>{STORY}</article><div id="comments">{comments}</div></body>').lines == LINES


def test_the_densest_element_wins_over_lists_of_teasers() -> None:
    """A list of teasers beside the article, under no telling name, is outside of the main element."""
    teasers = "".join(f'<div><a href="/{n}">Story number {n}</a><span>{TEASER[:40]}</span></div>' for n in range(30))
    assert page(f'<body><div>{STORY}</div><div class="col-2">{teasers}</div></body>').lines == LINES


def test_a_long_list_of_teasers_does_not_outweigh_a_short_article() -> None:
    """Headlines with a sentence each, in a box whose name says nothing, are not read with the article before them."""
    teaser = '<li><a href="/b">Ten beaches for the end of the summer</a> <span>Chosen by our readers along the coast.</span></li>'
    assert page(f'<body><div class="x1">{STORY}</div><section class="x2"><ul>{teaser * 12}</ul></section></body>').lines == LINES


def test_an_article_nested_in_articles_is_not_a_teaser() -> None:
    """An inner article with most of the text of the outer one is the article."""
    assert page(f"<article><h2>Section</h2><article>{STORY}</article></article>").lines == LINES


def test_an_article_that_follows_the_article_is_another() -> None:
    """Pages load the next one when the reader comes to the end: it has a headline of its own, posts of a live blog have none."""
    other = "".join(f"<p>{TEASER}</p>" for _ in range(20))
    assert page(f"<main><article><h1>Tin</h1>{STORY}</article><article><h1>Cup</h1>{other}</article></main>").lines == LINES
    posts = f"<main><h1>Tin, live</h1><article><h2>10:05</h2>{STORY}</article><article><h2>9:50</h2><p>{FIRST}</p></article></main>"
    assert page(posts).lines[-1] == FIRST


def test_paragraphs_may_end_with_a_long_link() -> None:
    """Half of a sentence may be a link, and a list of such sentences is text."""
    sentence = 'The talks on a new contract were <a href="/old">broken off in March after a dispute about the price of power</a>.'
    text = "The talks on a new contract were broken off in March after a dispute about the price of power."
    assert page(f"<article><p>{FIRST}</p><ul><li>{sentence}</li></ul><p>{THIRD}</p></article>").lines == (FIRST, text, THIRD)


def test_headings_quotes_and_items_stay_in_their_order() -> None:
    """Each is a line, however short; a heading after the last text goes."""
    body = (
        f"<div><p>{FIRST}</p><h2>What now</h2><blockquote>We wait.</blockquote><ul><li>Ships</li></ul><p>{THIRD}</p><h3>More</h3>"
    )
    assert page(body).lines == (FIRST, "What now", "We wait.", "Ships", THIRD)


def test_cells_of_a_table_row_share_a_line() -> None:
    """A row reads as one line, each row as its own."""
    table = "<table><tr><th>Metal<th>Tonnes<tr><td>Tin<td>120</table>"
    assert page(f"<div><p>{FIRST}</p>{table}<p>{THIRD}</p></div>").lines == (FIRST, "Metal | Tonnes", "Tin | 120", THIRD)


@pytest.mark.parametrize("tag", ["p", "div"])
def test_a_cell_may_hold_its_text_in_a_box(tag: str) -> None:
    """As the tables of news wires do."""
    rows = "".join(
        "<tr>" + "".join(f"<td><{tag}>{cell}</{tag}></td>" for cell in row) + "</tr>"
        for row in (("Metal", "Tonnes"), ("Tin", "120"))
    )
    expected = (FIRST, "Metal | Tonnes", "Tin | 120", THIRD)
    assert page(f"<div><p>{FIRST}</p><table>{rows}</table><p>{THIRD}</p></div>").lines == expected


def test_a_final_quotation_is_text() -> None:
    """It may be short, and no label."""
    assert page(f"<article>{STORY}<blockquote>We will be back</blockquote></article>").lines == (*LINES, "We will be back")


COOKIES = f'<div class="cmp"><p>{TEASER} We keep small files for this.</p></div>'


@pytest.mark.parametrize(
    ("before", "box"),
    [
        ("<h1>Smelter stops</h1>", '<div class="builder-widget builder-widget-text">{}</div>'),
        ("<h1>Smelter stops</h1>", '<div class="layout--with-right-rail"><div class="col-8">{}</div></div>'),
        ("<h1>Smelter stops</h1>", '<article class="post tag-social-affairs category-sponsored">{}</article>'),
        ("<h2>Smelter stops</h2>", '<form id="page-form"><div>{}</div></form>'),
        ("", '<div class="transcript">{}</div>'),
    ],
)
def test_a_page_built_of_boxes_with_a_misleading_name_is_read(before: str, box: str) -> None:
    """Where most text is in boxes named after a layout, or the word belongs to a tag or a layout, it says nothing."""
    boxes = "".join(box.format(f"<p>{line}</p>") for line in LINES)
    assert set(LINES) <= set(page(f"<body>{before}{boxes}{COOKIES}</body>").lines)


def test_a_widget_on_a_page_of_another_kind_is_no_text() -> None:
    """One box with such a name, beside an article that has none."""
    assert page(f'<body><div class="text">{STORY}</div><div class="widget"><p>{TEASER}</p></div></body>').lines == LINES


def test_short_paragraphs_in_a_row_outweigh_one_long_notice() -> None:
    """Sentences that stand as paragraphs of their own are one text."""
    sentences = ["The smelter at Port Alder stands still.", "Its owner cut power on Monday.", "Traders have three weeks of stocks."]
    story = "".join(f"<p>{sentence}</p>" for sentence in sentences * 3)
    assert page(f'<body><div class="x">{story}</div>{COOKIES}</body>').lines[:9] == (*sentences * 3,)


def test_one_long_paragraph_is_not_the_whole_article() -> None:
    """Short ones beside it are read with it, even if its name says that it is the body."""
    short = "<p>Stocks are low.</p><p>Talks go on.</p>"
    body = f'<body><div class="c"><p class="post-body-text">{FIRST} {SECOND}</p>{short}</div></body>'
    assert page(body).lines == (f"{FIRST} {SECOND}", "Stocks are low.", "Talks go on.")


def test_a_standfirst_between_headline_and_body_is_read() -> None:
    """It belongs to the article, though it is outside of the body's box; dates and teasers there do not."""
    body = f"""<div class="head"><h1>Smelter stops</h1><p>Customers were told to look elsewhere for the next eight weeks.</p>
    <p>24 July 2024</p></div><div class="article-body">{STORY * 3}</div>"""
    assert page(body) == Page("Smelter stops", ("Customers were told to look elsewhere for the next eight weeks.", *LINES * 3))


def test_columns_of_an_old_page_are_no_row() -> None:
    """A table that lays a page out: paragraphs in one cell stay paragraphs, and a column beside them shares no line with them."""
    columns = f"<td>{FIRST}<br><br>{SECOND}</td><td>{THIRD}</td>"
    assert page(f"<table><tr>{columns}</tr></table>").lines == LINES


def test_a_few_bars_in_a_long_text_make_no_menu() -> None:
    """A cell that holds the whole article may hold a line of links with bars."""
    assert page(f"<table><tr><td>{'<br>'.join(LINES)}<br>Home | Mines | Masisi.</td></tr></table>").lines[:3] == LINES


def test_line_breaks_separate_lines_and_inline_elements_do_not() -> None:
    """White space is collapsed, entities are decoded, custom elements are blocks."""
    body = f"<div>{FIRST}<br>Caf&eacute; &amp;\n  <b>t</b>in,\xa0 &#8364;5.<br><my-box>{THIRD}</my-box></div>"
    assert page(body).lines == (FIRST, "Café & tin, €5.", THIRD)


def test_a_release_in_pre_has_the_paragraphs_that_its_blank_lines_show() -> None:
    """Exchanges and old wires break the lines themselves."""
    broken = (
        "The board announces that its plant has resumed operations after\nthe flooding of 2 March, and that first shipments leave\n"
        "within two weeks. Of the ore on its stockpile a third can be\nshipped as it is, the rest must be washed first."
    )
    table = "Production     2022    2023\nOre, t          120     131"
    lines = page(f"<h1>Trading halt lifted</h1><pre>\n{broken}\n\n{table}\n</pre>").lines
    assert lines == (broken.replace("\n", " "), "Production 2022 2023", "Ore, t 120 131")


def test_a_program_in_pre_is_one_line() -> None:
    """Its lines are no paragraphs."""
    assert page(f"{STORY}<pre>x = 1\n\nprint(x)\n</pre>{STORY}").lines == (*LINES, "x = 1 print(x)", *LINES)


def test_hidden_words_within_a_sentence_are_left_out() -> None:
    """A hidden inline element takes all it holds with it and does not break the line."""
    body = f'<p>{FIRST} It was<span style="display:none"> never<i> ever</i></span> closed before.</p>'
    assert page(body).lines == (f"{FIRST} It was closed before.",)


def test_a_menu_of_bars_is_no_prose() -> None:
    """A long line of words between bars does not begin the text."""
    menu = "<p>Home news and views | Politics and people | Rugby and other sports | The weather on the coast | Letters to us</p>"
    assert page(f"<body>{menu}<h2>Smelter stops</h2>{STORY}</body>") == Page("Smelter stops", LINES)


def test_a_short_note_is_text_where_there_is_no_prose() -> None:
    """Without prose, what is neither heading nor link is the text."""
    assert page('<h1>Tin up</h1><div>Tin is up</div><a href="/">Home page</a>').lines == ("Tin is up",)


@pytest.mark.parametrize(
    "body", ["", " ", "<html><body></body></html>", "<h1>Gone</h1>", '<a href="/">Home</a>', "<script>let a</script>", "<p> "]
)
def test_a_page_without_text_is_refused(body: str) -> None:
    """Navigation, links and headings alone are no text."""
    assert reason(body) == "no_text"


@pytest.mark.parametrize(
    ("head", "headline", "title"),
    [
        ('<meta property="og:title" content="Smelter stops - Alder Post">', "<h1>Smelter  stops</h1>", "Smelter stops"),
        ('<meta property="og:title" content="Smelter stops for eight weeks">', "<h1>News</h1>", "Smelter stops for eight weeks"),
        ('<meta property="og:title" content="Smelter &amp; mine">', "", "Smelter & mine"),
        ('<meta property="og:title">', "<h1>Smelter stops</h1>", "Smelter stops"),
        (ld(headline="Smelter \u201cstops\u201d &amp; waits"), "", "Smelter \u201cstops\u201d & waits"),
        ("<title>Smelter stops for eight weeks | The Alder Post</title>", "", "Smelter stops for eight weeks"),
        ("<title>Smelter stops - for eight long weeks now</title>", "", "Smelter stops - for eight long weeks now"),
        ("<title>Tin - tin</title>", "", "Tin - tin"),
        ('<title>Tin | Alder</title><meta property="og:site_name" content="alder">', "", "Tin"),
        ("<title>Alder Post</title>", "<h2>Smelter stops for eight weeks</h2>", "Smelter stops for eight weeks"),
        ("<title> </title>", "", None),
    ],
)
def test_the_title_is_the_headline_without_the_name_of_the_site(head: str, headline: str, title: str | None) -> None:
    """Open Graph, JSON-LD, headings and the `title` element are weighed against each other."""
    assert page(f"<html><head>{head}</head><body>{headline}{STORY}</body></html>") == Page(title, LINES)


def test_the_last_headline_before_most_of_the_text_begins_it() -> None:
    """Text above the headline is not the article's, and an `h1` after it is not the headline."""
    body = f"<body><p>{TEASER}</p><h1>Smelter stops</h1>{STORY}<h1>Weather</h1><p>{TEASER}</p></body>"
    assert page(body) == Page("Smelter stops", (*LINES, "Weather", TEASER))


def test_a_sub_heading_of_the_first_rank_begins_no_article() -> None:
    """What stands before it is more than a standfirst, so it is read."""
    assert page(f"<p>{FIRST}</p><h1>What comes next</h1><p>{SECOND}</p><p>{THIRD}</p>").lines == (
        FIRST,
        "What comes next",
        SECOND,
        THIRD,
    )


def test_of_headlines_with_text_between_them_the_first_begins_the_article() -> None:
    """Where all sub-headings are of the first rank, the lead is read too; the name of the site above is no headline."""
    body = f"<h1>Alder Post</h1><h1>Smelter stops</h1><p>{FIRST}</p><h1>What happened</h1>{STORY * 2}"
    assert page(body) == Page("Smelter stops", (FIRST, "What happened", *LINES * 2))


def test_json_ld_stands_in_for_a_text_that_a_script_would_build() -> None:
    """Its entities and markup are decoded; paragraphs and line breaks part lines."""
    article = f"<p>{FIRST}</p>&lt;p&gt;Caf\u00e9 &amp; co.<br/>{SECOND}\n\n {THIRD}"
    body = f"<head>{ld(articleBody=article)}</head><div id=app><p>Loading the page, please wait.</p></div>"
    assert page(body).lines == (FIRST, "Café & co.", SECOND, THIRD)


def test_json_ld_gives_way_to_the_text_of_the_page() -> None:
    """A cut or equal article text changes nothing."""
    assert page(f"<head>{ld(articleBody=FIRST)}</head>{STORY}").lines == LINES


OTHER_TIME = {"datePublished": "2019-01-01"}


@pytest.mark.parametrize(
    "script",
    [
        {
            "@type": "NewsArticle",
            "headline": "Mine",
            "comment": {"@type": "Comment", "datePublished": "2019-01-01", "articleBody": "x" * 999},
        },
        [{"@type": "VideoObject", "headline": "Film", **OTHER_TIME}, {"@type": ["Report"], "headline": "Mine"}],
        {"@graph": [{"@type": "WebPage", "headline": "Page"}, {"@type": "BlogPosting", "headline": "Mine"}, "text"]},
        {"headline": "Mine", "related": [{"@type": "NewsArticle", "headline": "Cup final", "articleBody": "y" * 999}]},
    ],
)
def test_json_ld_of_other_things_is_passed_over(script: object) -> None:
    """Comments, videos and related articles have texts and times of their own."""
    described = f'<script type="application/ld+json">{json.dumps(script)}</script>'
    head = f'<meta property="article:published_time" content="2026-05-11">{described}'
    found = page(f"<html><head>{head}</head><body><article>{STORY}</article></body></html>")
    assert found == Page("Mine", LINES, datetime(2026, 5, 11, tzinfo=UTC))


def test_a_page_s_own_time_is_taken_where_no_article_is_described() -> None:
    """Some content management systems describe the page alone."""
    script = json.dumps({"@graph": [{"@type": "Organization"}, {"@type": "WebPage", "datePublished": "2026-05-11"}]})
    found = page(f'<html><head><script type="application/ld+json">{script}</script></head><body>{STORY}</body></html>')
    assert found.published_at == datetime(2026, 5, 11, tzinfo=UTC)


def test_what_was_deleted_is_not_the_article() -> None:
    """A corrected figure stands beside the wrong one."""
    body = f"<article><p>Output fell by <del>41</del><ins>14</ins> per cent in May.</p>{STORY}</article>"
    assert page(body).lines == ("Output fell by 14 per cent in May.", *LINES)


@pytest.mark.parametrize(
    ("head", "instant"),
    [
        (
            ld(datePublished="2026-03-18T09:12:00+01:00", dateModified="2026-03-19T07:00:00Z"),
            datetime(2026, 3, 18, 8, 12, tzinfo=UTC),
        ),
        (ld(datePublished="2026-03-18T09:12:00.250"), datetime(2026, 3, 18, 9, 12, 0, 250_000, tzinfo=UTC)),
        (
            ld(datePublished="18 March 2026") + '<meta itemprop="datePublished" content="2026-03-18">',
            datetime(2026, 3, 18, tzinfo=UTC),
        ),
        ('<meta property="article:published_time" content="2026-03-18 09:12:00-0500">', datetime(2026, 3, 18, 14, 12, tzinfo=UTC)),
        ('<time itemprop="datePublished" datetime="2026-03-18T09:12Z">Wednesday</time>', datetime(2026, 3, 18, 9, 12, tzinfo=UTC)),
        ('<time datetime="2026-03-18T09:12Z">a teaser\'s</time><time itemprop="datePublished">Wednesday</time>', None),
        (ld(datePublished="1970-01-01T00:00:00Z"), None),
        (ld(datePublished="0001-01-01T00:00:00+05:00"), None),
        (ld(datePublished=""), None),
    ],
)
def test_a_page_says_when_it_was_published(head: str, instant: datetime | None) -> None:
    """In JSON-LD, Open Graph or microdata, in UTC where it names no zone; what is no time, or of an unset clock, is nothing."""
    assert page(f"<html><head>{head}</head><body><article>{STORY}</article></body></html>").published_at == instant


@pytest.mark.parametrize("literal", [r"\x", r"\ud800", "a\\"])
def test_broken_json_ld_is_survived(literal: str) -> None:
    """Bad escapes are passed over, and lone surrogates do not reach the text."""
    body = f'<script type="application/ld+json">{{"articleBody": "{literal}", "headline": "{literal}"}}</script>{STORY}'
    result = page(body)
    assert result.lines == LINES
    assert result.title in {None, "?"}


@pytest.mark.parametrize("body", ["<div>" * DEEP, "<DIV>" * DEEP, "<div></b>" * DEEP, r"<b><\/i>" * DEEP, "<div>" * 200_000])
def test_deep_nesting_is_refused(body: str) -> None:
    """Before parsing; a closing tag of another kind does not hide it."""
    assert reason(body) == "too_deep"


@pytest.mark.parametrize(
    "body",
    [
        "<p>" * 100_000,
        "<rp>" * DEEP,
        "<optgroup>" * DEEP,
        "<div " + "".join(f"a{n} " for n in range(20_000)) + ">",
        "<div " + "/".join(f"a{n}" for n in range(20_000)) + ">",
        "<div " + "".join(f"a{n}='>'" for n in range(20_000)) + ">",
        "<div " + "".join(f'a{n} =\n\n">"' for n in range(20_000)) + ">",
        "<div " + "".join(f"a{n}=   '>'" for n in range(20_000)) + ">",
        "<div " + "".join(f"""a{n}='="x>' b{n}=">" """ for n in range(10_000)) + ">",
        "<div " + "".join(f"<{n} " for n in range(20_000)) + ">",
        "".join(f"<body a{n} b{n} c{n}></body>" for n in range(10_000)),
        "".join(f"<HTML a{n} b{n} c{n}></HTML>" for n in range(10_000)),
    ],
)
def test_what_would_take_the_parser_long_is_refused(body: str) -> None:
    """Floods of tags, elements that nest unlike others of their kind, floods of attributes however they are written."""
    assert reason(body) == "too_deep"


@pytest.mark.parametrize(
    "body",
    [
        "".join(f"<p><b {n}><!--</b>-->{FIRST}" for n in range(1_000)),
        "".join(f"<p><STRONG\n{n}><!--</strong>-->{FIRST}" for n in range(1_000)),
        "".join(f"<p><font/{n} x='</font>'>{FIRST}" for n in range(1_000)),
        "<p>" + "".join(f"<b id={n}>" for n in range(400)) + f"</p>{f'<p>{FIRST}' * 1_000}",
    ],
)
def test_formatting_that_is_never_closed_does_not_grow(body: str) -> None:
    """Closed in a comment or a value, or not at all: opened anew in each later paragraph, it would be half a million elements."""
    tree = flatten(parsed(body))
    assert len(tree.blocks) == 1_000
    assert len(parsed(body).css("*")) < 5_000
    assert page(body).lines == (FIRST,) * 1_000


@pytest.mark.parametrize(
    "body",
    [
        f"<article><p>{FIRST}</p>{'<p>a b</p>' * 12_000}</article>",
        f"<script>{'if (a<b) ' * 300}{'c = d; ' * 4_000}</script><p>{FIRST}</p>",
        f'<div data-more="{"&lt;p>" * 9_000}"><p>{FIRST}</p></div>',
    ],
)
def test_long_pages_with_few_attributes_are_read(body: str) -> None:
    """Words, scripts and long values are not attributes."""
    assert FIRST in page(body).lines


def test_a_page_of_many_boxes_side_by_side_is_read() -> None:
    """It is the nesting that is bounded, not the number of elements."""
    assert page("<div>The mine has closed for good, the owner said.</div>" * (MAX_DEPTH + 1)).lines


def test_elements_that_close_each_other_do_not_count_as_nested() -> None:
    """A thousand unclosed paragraphs, items and breaks are flat."""
    assert len(page(f"<p>{FIRST}<br>" * 1_000 + f"<ul>{'<li>Ship' * 1_000}").lines) == 2_000


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a ",
        "<!--",
        "</p>",
        "<p>",
        "<div>",
        "<b>",
        "<td>",
        "<script>",
        "&",
        " ",
        "a",
        "|",
        "\x00",
        '<p class="',
        "<p>a b.",
        "\ud800",
    ],
)
def test_a_body_of_one_repeated_unit_is_handled_in_linear_time(unit: str) -> None:
    """One MiB of anything gives a page or a refusal."""
    assert isinstance(extract(unit * (MAX_BODY_BYTES // len(unit))), Page | Rejected)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ['"articleBody":"', '"articleBody": "a\\', "\\u003c", "&lt;", "&lt;br", " - "])
def test_json_ld_and_titles_are_read_in_linear_time(unit: str) -> None:
    """So is what a page says of itself."""
    flood = unit * (500_000 // len(unit))
    body = f'<title>{flood}</title><script type="application/ld+json">{{"articleBody": "{flood}"}}</script>{STORY}'
    assert isinstance(extract(body), Page)


TAGS = """
    <p> </p> <div> </div> <article> <h1> </h1> <a> </a> <b> <i> </b> </i> <table> <tr> <td> <br> <x-y> <ul> <li>
    <noscript> <aside> </aside> <span/hidden> </span> <title> <template> <svg> <select> <!-- --> <?x <![CDATA[ &lt;
    &#0; &#xD800; <div/class=share> <script> </script> <form> <frameset> <body> </html> <math> <nav> </nav>
"""
SOUP = st.lists(
    st.one_of(
        st.sampled_from(TAGS.split()),
        st.text(max_size=12),
        st.just(FIRST),
    ),
    max_size=40,
).map("".join)


@given(st.one_of(st.text(), SOUP))
@example("\ud800")
@example("<p>\udfff</p>")
def test_every_body_gives_lines_or_a_refusal(body: str) -> None:
    """No input raises; lines are never blank, have no line feed, and can be encoded; the same body gives the same page."""
    result = extract(body)
    assert result == extract(body)
    if isinstance(result, Page):
        assert result.lines
        for line in (*result.lines, result.title or "-"):
            assert line
            assert line == " ".join(line.split())
            assert line.encode()
    else:
        assert result.reason in {"no_text", "too_deep"}


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><title>a</title>",
        "\ufeff \n<html lang=en>",
        STORY,
        f"<div>{FIRST}</div>",
        f"<!-- feed -->\n<p>{FIRST}</p>",
        f"{FIRST}<br>{SECOND}<br/>{THIRD}<BR />",
    ],
)
def test_pages_and_fragments_look_like_html(body: str) -> None:
    """By their beginning or by their block tags."""
    assert looks_like_html(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        FIRST,
        f"{FIRST} Output was <b>lower</b> than in May, and x < y > z.",
        "<b>Tin</b> is up.",
        "The <p> element, unlike <div>, may not hold blocks.",
        "<price on request> is what the seller wrote.",
        "<path> is where <list> is kept, and <printer> is <bread>.",
        "<p> is a tag that has no end here.",
    ],
)
def test_plain_text_with_a_stray_tag_does_not_look_like_html(body: str) -> None:
    """One or two tags are quoted, and inline elements are no page."""
    assert not looks_like_html(body)
