"""What a line looks like decides with what stands around it."""

from streams.assets import Assets
from streams.core.clean import clean
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
