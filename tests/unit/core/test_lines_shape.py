"""What a line looks like decides with what stands around it."""

from streams.assets import Assets
from streams.core.clean import clean
from streams.core.lines_shape import read, row_form
from streams.core.records import CleanArticle, RawArticle

BODY = (
    "The harbour at Nordvik will stay closed until Thursday, its master said, after a crane fell across the only deep berth.\n"
    "Two ore carriers wait outside. Their owners have been told to expect a week, and the smelter has stock for ten days."
)


def test_an_address_under_the_body_is_no_part_of_it(loaded: Assets) -> None:
    """Outlets ask for tips there."""
    article = clean(RawArticle(body=f"{BODY}\nEmail tips@nordvikpost.example | www.nordvikpost.example"), loaded.cleaner)
    assert isinstance(article, CleanArticle)
    assert article.text == BODY


def test_rows_of_one_list_have_one_form(loaded: Assets) -> None:
    """The same sign after their numbers; sentences and lines without numbers are no rows."""
    phrases = loaded.cleaner.lines.phrases
    dates, weights, amounts, sentence, name = (
        [row_form(read(text, phrases)) for text in texts]
        for texts in (
            ("June 9: Nordvik", "July 2: Solberg"),
            ("820 - Nordvik", "12,000 - Solberg"),
            ("Nordvik 820", "Solberg 1200"),
            ("Nordvik shipped 820 tonnes of ore in June, Solberg 1,200, and both will ship more in July, their owners said.",),
            ("Nordvik", "Solberg harbour"),
        )
    )
    assert [len(set(forms)) for forms in (dates, amounts)] == [1, 1]
    assert len({dates[0], weights[0], amounts[0]}) == 3
    assert "" not in {*dates, *weights, *amounts}
    assert {*sentence, *name} == {""}
