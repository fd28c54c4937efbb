"""CPU time that the costly stages take: for a page of HTML, and for the topics of an article."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from streams.assets import Assets
from streams.core.classify import classify
from streams.core.clean import clean
from streams.core.records import CleanArticle, RawArticle
from streams.evaluation.sets import LabelledSet
from streams.evaluation.targets import PAGE_TIME, TOPICS_TIME

T = TypeVar("T")

PAGES = 100
ARTICLES = 400
"""Whose time is taken, at most."""
LEAST_SECONDS = 0.3
"""That are measured: the clock of CPU time may tick in hundredths."""


def measured(sets: Sequence[LabelledSet], loaded: Assets) -> dict[str, float]:
    """Mean times by the names of their figures; one without articles to measure is left out."""
    pages = list(islice(_articles(sets, html=True), PAGES))
    cleaned = [clean(article, loaded.cleaner) for article in islice(_articles(sets, html=False), ARTICLES)]
    articles = [article for article in cleaned if isinstance(article, CleanArticle)]
    found = {}
    if pages:
        found[PAGE_TIME] = 1e3 * _mean(lambda page: clean(page, loaded.cleaner), pages)
    if articles:
        found[TOPICS_TIME] = 1e6 * _mean(lambda article: classify(article, loaded.topics), articles)
    return found


def _articles(sets: Sequence[LabelledSet], *, html: bool) -> Iterator[RawArticle]:
    for each in sets:
        left_out = each.too_large
        for event in each.events:
            if (
                (event.get("content_type") == "text/html") is html
                and isinstance(event.get("body"), str)
                and event["id"] not in left_out
            ):
                yield RawArticle(
                    body=event["body"], url=event.get("url"), title=event.get("title"), content_type=event.get("content_type")
                )


def _mean(work: Callable[[T], object], items: Sequence[T]) -> float:
    """Seconds of CPU for one item, over as many rounds as the clock needs."""
    started, spent, rounds = time.process_time(), 0.0, 0
    while spent < LEAST_SECONDS:
        for item in items:
            work(item)
        spent, rounds = time.process_time() - started, rounds + 1
    return spent / rounds / len(items)
