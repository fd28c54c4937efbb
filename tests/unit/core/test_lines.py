"""Selection of body lines, with the phrases and weights that ship; all texts are invented."""

# ruff: noqa: RUF001 - dashes and stops of many scripts are what is tested

import json
from importlib.resources import files

import pytest

from streams.core.lines import MAX_LINES, Body, LineModel, Removed, build, select
from streams.core.lines_wrap import paragraphs, unwrap

LEAD = (
    "Zambia has raised the royalty on copper, the finance minister told parliament in Lusaka on Friday, in a budget that "
    "surprised miners."
)
NEXT = (
    "The new rate of eight per cent will apply from January, and the money is to go to schools and to roads in the "
    "Copperbelt, he said."
)


DATA = files("streams").joinpath("data")


@pytest.fixture(scope="module")
def model() -> LineModel:
    """The line model of the service."""
    return build(*(json.loads(DATA.joinpath(name).read_text(encoding="utf-8")) for name in ("residue.json", "lines.json")))


def kept(model: LineModel, *texts: str, title: str | None = None, outlet: str = "") -> Body:
    """What is selected from lines that hold some text."""
    return select(texts, title, outlet, model)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ADVERTISEMENT", "advert"),
        ("Supported by", "advert"),
        ("Publicidad", "advert"),
        ("Webinar: Copper after the boom", "advert"),
        ("Sign up for our newsletter", "boilerplate"),
        ("© 2024 Lusaka Mail. All rights reserved.", "boilerplate"),
        ("Tags: Zambia, copper, royalty", "boilerplate"),
        ("Comments (133)", "boilerplate"),
        ("412 likes", "boilerplate"),
        ("Subscribe: only $5 a month (terms apply)", "boilerplate"),
        ("Webinar: tickets from $500", "advert"),
        ("The post Copper tax up appeared first on Lusaka Mail.", "boilerplate"),
        ("★ ★ ★", "boilerplate"),
        ("We moderate all comments. Please report any that break our rules.", "boilerplate"),
        ("This announcement has been authorised for release by the Board of the company.", "boilerplate"),
        ("(Reporting by Mwila Chanda in Lusaka and Paul Banda in Ndola; editing by Ruth Phiri)", "boilerplate"),
        ("— Mwila Chanda (@mwilachanda) 12 March 2024", "boilerplate"),
        ("To read this article to its end, subscribe now for €1 a month.", "paywall"),
        ("This story is for subscribers only.", "paywall"),
        ("You have 2 free articles left this month. Already a subscriber? Sign in.", "paywall"),
        ("By Mwila Chanda", "byline"),
        ("Staff Writer", "byline"),
        ("Photo: Mwila Chanda", "caption"),
        ("12 March 2024", "date"),
        ("2024-03-12 14:20", "date"),
        ("10.35", "date"),
        ("[16:41]", "date"),
        ("Home / News / World", "navigation"),
        ("Politics | Business | Sport | e-Paper", "navigation"),
        ("Zambia | Politics | Mwila | Business", "navigation"),
        ("Read more: Kwacha slides to record low", "related"),
        ("Lire aussi : Kinshasa sous la pluie", "related"),
        ("Related posts", "related"),
        ("A striker who was once a miner has signed…", "teaser"),
    ],
)
def test_furniture_goes_from_the_middle_of_a_body_and_is_counted_by_reason(model: LineModel, line: str, reason: str) -> None:
    """The paragraphs around it stay."""
    body = kept(model, LEAD, line, NEXT)
    assert body.lines == (LEAD, NEXT)
    assert [went.reason for went in body.removed] == [reason]


@pytest.mark.parametrize(
    "line",
    [
        "“We will talk.”",
        "Mopani and Konkola said that they were studying the measure.",
        "Why the rate went up",
        "• Royalty on copper: 8%",
        "Q: And the miners?",
        "More than half of the country's copper comes from two mines.",
        "This postponement is the third.",
        "Share prices fell in Lusaka and in London, and the kwacha lost a tenth of its value.",
    ],
)
def test_short_lines_of_a_body_stay(model: LineModel, line: str) -> None:
    """Quotations, sub-headings, lists, interviews, sentences that begin like a prompt."""
    assert kept(model, LEAD, line, NEXT).lines == (LEAD, line, NEXT)


def test_the_headline_above_the_prose_becomes_the_title(model: LineModel) -> None:
    """Not the section, not the date, not the byline."""
    body = kept(model, "12 March 2024", "Mining News", "Zambia raises copper royalty", "By Mwila Chanda", LEAD, NEXT)
    assert body.title == "Zambia raises copper royalty"
    assert body.lines == (LEAD, NEXT)
    assert [went.reason for went in body.removed].count("duplicate_title") == 1


@pytest.mark.parametrize(
    "trail", ["Home > Base metals > Copper royalty", "Home » Metals » Zambia copper", "Africa / Copper / Royalty news"]
)
def test_the_way_from_the_front_page_is_no_headline(model: LineModel, trail: str) -> None:
    """Though it shares more words with the text than the headline below it does."""
    body = kept(model, trail, "Lusaka asks more of its mines", LEAD, NEXT)
    assert body.title == "Lusaka asks more of its mines"
    assert body.lines == (LEAD, NEXT)


def test_a_headline_in_ideographs_becomes_the_title(model: LineModel) -> None:
    """There are no spaces to split words at."""
    body = kept(
        model,
        "赞比亚提高铜矿特许权使用费",
        "2024-03-12",
        "赞比亚财政部长周五在议会宣布，铜矿特许权使用费将提高到百分之八，明年一月起生效。",
    )
    assert body.title == "赞比亚提高铜矿特许权使用费"
    assert len(body.lines) == 1


def test_a_line_that_repeats_the_given_title_goes(model: LineModel) -> None:
    """Though an outlet's name stands behind it, and though it is but one word."""
    assert kept(model, "Royalties –", LEAD, NEXT, title="Royalties").lines == (LEAD, NEXT)
    body = kept(model, "Zambia raises copper royalty – Lusaka Mail", LEAD, title="Zambia raises copper royalty")
    assert body == Body(
        "Zambia raises copper royalty", (LEAD,), [Removed("Zambia raises copper royalty – Lusaka Mail", "duplicate_title")]
    )


def test_a_name_above_the_text_is_a_byline(model: LineModel) -> None:
    """Without a word such as `By`."""
    assert kept(model, "Mwila J. Chanda", LEAD, NEXT) == Body(None, (LEAD, NEXT), [Removed("Mwila J. Chanda", "byline")])


def test_the_outlets_name_goes(model: LineModel) -> None:
    """It is known from the host."""
    body = kept(model, "The Lusaka Mail, Ndola desk", LEAD, outlet="lusakamail")
    assert body == Body(None, (LEAD,), [Removed("The Lusaka Mail, Ndola desk", "navigation")])


def test_what_follows_the_end_of_the_article_goes(model: LineModel) -> None:
    """Whole sentences too, when they tell of something else."""
    other = "The striker, who scored twice on his debut, said after the match that he had never been happier in his life."
    body = kept(model, LEAD, "[ad_2]", "Source link", other, "A pilot who landed on a motorway said that she…")
    assert body.lines == (LEAD,)


@pytest.mark.parametrize("end", ["[ad_2]", "Source link"])
def test_a_sentence_on_the_subject_after_a_false_end_stays(model: LineModel, end: str) -> None:
    """Losing body is worse than keeping a teaser."""
    more = "Miners in Zambia, said the minister in Lusaka, had paid a lower royalty on copper than those of its neighbours."
    assert kept(model, LEAD, end, more).lines == (LEAD, more)


def test_titles_and_names_under_related_posts_go_until_the_text_goes_on(model: LineModel) -> None:
    """A sentence ends the block."""
    block = ("Related posts", "Kwacha slides to record low", "Mwila Chanda", "Chipolopolo name squad", "Mwila Chanda")
    body = kept(model, LEAD, *block, NEXT)
    assert body.lines == (LEAD, NEXT)
    assert [went.reason for went in body.removed] == ["related"] * 5


def test_a_cloud_of_tags_after_the_text_goes(model: LineModel) -> None:
    """Labels in a row are no text, though the article names them."""
    assert kept(model, LEAD, NEXT, "Zambia", "copper", "royalty", "Lusaka").lines == (LEAD, NEXT)


@pytest.mark.parametrize(
    "rows",
    [
        ("1 | Zambia | 820", "2 | Congo | 2500", "3 | Chile | 5300", "4 | Peru | 2600"),
        ("June 9: Lusaka", "June 11: Ndola", "June 14: Kitwe", "July 2: Solwezi"),
        ("Zambia 820", "Congo 2500", "Chile 5300", "Peru 2600"),
        ("820 - Zambia", "2500 - Congo", "5300 - Chile", "2600 - Peru"),
    ],
)
def test_rows_of_a_table_or_list_stay_together(model: LineModel, rows: tuple[str, ...]) -> None:
    """Lines with numbers and of one form are no menu, even at the end."""
    assert kept(model, LEAD, NEXT, *rows).lines == (LEAD, NEXT, *rows)


@pytest.mark.parametrize("line", ["Codelco halts mine after accident", "Copper rose 2% in London.", "Read our report on tin today"])
def test_text_of_one_line_is_kept(model: LineModel, line: str) -> None:
    """A headline alone, one sentence, a line that looks like a prompt."""
    assert kept(model, line) == Body(None, (line,), [])


def test_furniture_alone_is_no_text(model: LineModel) -> None:
    """Nothing is made up."""
    body = kept(model, "Share", "Tweet", "12 March 2024")
    assert body.lines == ()
    assert [went.text for went in body.removed] == ["Share", "Tweet", "12 March 2024"]
    assert select([], None, "", model) == Body(title=None, lines=(), removed=[])


@pytest.mark.parametrize(
    "line",
    [
        "The start of the mine was delayed at least two years by the strike.",
        "First Quantum accepts no responsibility for the spill that killed twelve people.",
        "Police raided the company's registered office in Lusaka on Friday.",
        "He rejected the views expressed by the minister of mines.",
        "The dam broke on Friday night, and forty people are dead, it is said. (Reporting by R. Phiri; editing by P. Banda)",
        "About 300 people work there.",
        "About Rio Tinto",
    ],
)
def test_what_may_be_news_stays(model: LineModel, line: str) -> None:
    """Phrases of pages in an innocent sense; what stands after it stays too."""
    later = (NEXT, f"{LEAD} Again.", f"{NEXT} Again.", f"{LEAD} And again.", f"{NEXT} And again.")
    text = kept(model, LEAD, line, *later).lines
    assert text[-len(later) :] == later
    assert line in text or line.startswith("About Rio")


@pytest.mark.parametrize("heading", ["About Lubambe Copper Ltd.", "Forward-looking statements", "Notes to editors", "- ENDS -"])
def test_what_a_company_puts_under_its_release_goes(model: LineModel, heading: str) -> None:
    """It is on the article's subject, and still no news."""
    about = "Lubambe Copper mines copper in Zambia and plans to mine more of it when the royalty on copper is lower than today."
    news = f"The owner of Lubambe, a copper mine in Zambia, will raise its output by a third. {LEAD} {NEXT} {LEAD} {NEXT}"
    body = kept(model, news, heading, about, "Press office: +260 5550 100")
    assert body.lines == (news,)


def test_a_heading_like_those_of_releases_may_stand_in_an_article(model: LineModel) -> None:
    """What it names was not named before, or most of the text stands under it."""
    for heading in ("About Copperbelt towns", "About Zambia", "Disclosures"):
        assert NEXT in kept(model, LEAD, heading, NEXT, LEAD + " Again.", NEXT + " Again.").lines
    both = kept(model, LEAD, "Disclosures", NEXT, LEAD + " Again.", "Contacts", "Press office: +260 5550 100")
    assert both.lines == (LEAD, NEXT, LEAD + " Again.")
    small = "A small mine near Mufulira closed last year, as water had come in."
    assert small in kept(model, LEAD, NEXT, LEAD + " Again.", NEXT + " Again.", "About Mufulira", small).lines


def test_the_title_goes_wherever_it_is_repeated(model: LineModel) -> None:
    """Also where it reads like a sentence, and with other quotation marks."""
    title = "Who will pay for Zambia's copper roads?"
    assert kept(model, LEAD, "‘Who will pay for Zambia’s copper roads?’", NEXT, title=title).lines == (LEAD, NEXT)
    assert kept(model, LEAD, title, NEXT, title=title).lines == (LEAD, NEXT)


def test_the_questions_of_an_interview_stay(model: LineModel) -> None:
    """However short."""
    assert kept(model, LEAD, "Q: And the people?", NEXT).lines == (LEAD, "Q: And the people?", NEXT)


def test_a_table_stays_with_its_heading_and_its_empty_cells(model: LineModel) -> None:
    """Bars make it one, as many in each row."""
    table = (
        "Mine | Owner | Output",
        "Lubambe | KCM | 1,391",
        "Konkola | Vedanta | -",
        "Nchanga | KCM | 377",
        "Kansanshi | FQM | -",
    )
    assert kept(model, LEAD, *table, NEXT).lines == (LEAD, *table, NEXT)


def test_a_long_paragraph_that_ends_in_dots_is_no_teaser(model: LineModel) -> None:
    """Columns end so; what a page cuts off is short."""
    paragraph = "The mine has been shut three times in ten years, and each time it was opened again by another owner. " * 5
    assert paragraph + "But who will open it now..." in kept(model, LEAD, paragraph + "But who will open it now...").lines


def test_when_all_is_doubtful_the_surest_furniture_goes(model: LineModel) -> None:
    """What could be text is kept rather than nothing."""
    body = kept(model, "Share", "Sign up for our big copper report now", "Zambia royalty tables")
    assert body.lines
    assert "Share" not in body.lines


def test_paragraphs_broken_at_a_width_are_joined() -> None:
    """Old agency copy."""
    wrapped = [
        "A strike at the Escondida copper mine in northern",
        "Chile entered its third day, and the company said",
        "that it had begun to run the plant with a crew of",
        "two hundred.",
        "Prices rose.",
    ]
    assert unwrap(wrapped) == [" ".join(wrapped[:4]), "Prices rose."]


def test_a_paragraph_may_begin_with_a_short_line_and_end_with_one() -> None:
    """Agencies put place and date before the first words; archives take them off. The last line is what is left over."""
    paragraph = [
        "The mining company Antofagasta",
        "said it will close two of the four lines of its copper plant in",
        "the north of Chile until workers come back, which it expects by",
        "May 1988.",
    ]
    assert unwrap([*paragraph, "It sells to Japan."]) == [" ".join(paragraph), "It sells to Japan."]


def test_blank_lines_and_indents_tell_paragraphs() -> None:
    """Then a sentence may end with its line, and what stands between two blank lines stays apart."""
    text = """LUSAKA MAIL, TEXT EDITION FOR OLD TELEPHONES AND SLOW LINES

The owner of the Lubambe mine, which is Zambia's fourth largest
and has been shut for a year, will open two of its shafts again.
Some 900 miners are to come back, the company said.

[ADVERTISEMENT] Roof leak? Call Banda & Sons, open all day

Copper has risen by a third since the mine was shut, and the
royalty was lowered in January to the level of
2018.
"""
    assert paragraphs(text) == [" ".join(block.split()) for block in text.split("\n\n")]
    indented = "\n".join(f"  {block.strip()}" for block in text.split("\n\n"))
    assert paragraphs(indented) == paragraphs(text)


def test_items_and_labels_are_not_joined_to_a_paragraph() -> None:
    """Nor are credits."""
    lines = [
        "The owner of the Lubambe mine, which is Zambia's fourth largest",
        "and has been shut for a year, will open two of its shafts again",
        "before the rains begin, and the others in the spring of the next",
        "ADVERTISEMENT",
        "- a pay rise of a tenth for all",
        "(Reporting by Mwila Chanda)",
    ]
    assert paragraphs("\n".join(lines)) == [" ".join(lines[:3]), *lines[3:]]


def test_a_rule_sets_apart_what_stands_between_two() -> None:
    """Newsletters put adverts there."""
    text = """The owner of the Lubambe mine, which is Zambia's fourth largest
and has been shut for a year, will open two of its shafts again
before the rains begin, and the others in the spring of the next
--------------------------------------------------------------
Give a friend three months of the Mail for the price of one week
--------------------------------------------------------------
Copper has risen by a third since the mine was shut."""
    first, advert, second = paragraphs(text)
    assert advert == "Give a friend three months of the Mail for the price of one week"
    assert first.endswith("of the next")
    assert second.startswith("Copper")


def test_blank_lines_between_all_lines_tell_no_paragraphs() -> None:
    """Some scrapers double every line break."""
    lines = [
        "A strike at the Escondida copper mine in northern",
        "the desert of Chile entered its third day, and then",
        "it ended.",
    ]
    assert paragraphs("\n\n".join(lines)) == [" ".join(lines)]


def test_two_lines_in_lower_case_among_long_ones_are_no_reason_to_join() -> None:
    """Where most paragraphs are longer than any width, none was broken."""
    lines = [LEAD, "The company that makes the phones of half the world", "iPhone sales fell", NEXT]
    lines += ["A shop that sells the cheapest of them in the country", "eBay is for sale", LEAD + " Again."]
    assert unwrap(lines) == lines


def test_a_label_between_two_lines_of_a_paragraph_is_not_joined_to_it() -> None:
    """The filter must see it as the line that it is."""
    lines = [
        "A strike at the Escondida copper mine in northern",
        "the desert of Chile entered its third day, and then",
        "Story continues below",
        "the company said that it had begun to run the plant",
    ]
    assert "Story continues below" in unwrap(lines)


def test_after_a_word_that_leads_on_a_name_may_follow() -> None:
    """Many lines of agency copy begin with a name or a number."""
    lines = [
        "The London broker expects a shortfall of zinc concentrates in",
        "Europe and Japan, as two of the older mines of Canada will by",
        "then have closed, and a rise of the price at the",
        "LME that other metals do not share, as they have more",
        "stock.",
    ]
    assert unwrap(lines) == [" ".join(lines)]


def test_one_line_that_goes_on_is_no_reason_to_join() -> None:
    """A list, a quotation or a name may begin in lower case."""
    lines = ["The company that makes the phones of half the world", "iPhone sales fell."]
    assert unwrap(lines) == lines


def test_a_paragraph_that_furniture_cut_in_pieces_is_healed(model: LineModel) -> None:
    """What the advert stood between goes together again."""
    pieces = (
        "The minister, who has been in office for a year and a half now and knows the mines",
        "Advertisement",
        "of the Copperbelt well, told parliament that the royalty on copper in Zambia would",
        "Advertisement",
        "rise to eight per cent.",
    )
    assert kept(model, LEAD, *pieces).lines == (LEAD, " ".join(pieces[::2]))


def test_more_lines_than_an_article_has_are_left_out(model: LineModel) -> None:
    """A table or an attack costs a bounded time."""
    assert len(kept(model, *[f"{LEAD} {number}." for number in range(MAX_LINES + 5)]).lines) == MAX_LINES
