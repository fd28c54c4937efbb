"""Where it happens, and which countries act or are acted on."""

import re
from collections import Counter
from collections.abc import Sequence

from streams.core.document import Document
from streams.core.lexicon import Hit
from streams.core.lexicon_files import COMPANY, MARKET, PEOPLE, PLACE

MOST = 5
"""Most countries an article is said to be about."""
LEAD = 320
"""Characters of text in which a country counts as one of the lead, about two sentences."""
LEAST = 1.1
"""A country with fewer points is background; the first one is always kept."""
CROWD_REACH = 70
CROWD = 4
"""So many names within reach are a list in passing, as of all who produce something."""
COUNTS = {MARKET: 0.3, COMPANY: 0.5}
"""What mentions count that say little of where it happens: London and Shanghai are named for prices, companies act abroad."""
ACTOR = re.compile(
    r"-(?:based|owned|listed|backed|led|controlled)\b|(?:['\u2019]s)?\s(?:[\w-]+\s){0,2}(?:compan(?:y|ies)|group|conglomerate|giant|"
    r"firms?|owners?|ownership|parent|partner|investors?|buyers?|importers?|customers?|consumers?|traders?|bank|fund|utility|"
    r"(?:auto|car|battery |steel)?makers?|manufacturers?|refiners?|processors?|users?|mills?|market|demand|duties|tariffs?|"
    r"dollars?)\b"
)
"""After a country's name: somebody from there acts, most often elsewhere."""
TOWARDS = re.compile(r"\b(?:to|for|into|against|with)\s(?:the\s)?$")
"""Before it: that is where something goes."""
REACH = 48
"""Characters before and after a name that are looked at for these."""
ACTS, RECEIVES, MOST_ELSEWHERE = 1.0, 0.7, 2
"""Points that such a mention takes from a country as the place where it happens, and how many of them count: a conditional
logistic regression over the countries of articles with a labelled main one, rounded."""
SHARED_NAME = frozenset({"congo", "congolese"})


def located(document: Document, named: Sequence[Hit]) -> tuple[str, ...]:
    """ISO alpha-3 codes of the countries named, where it happens first."""
    points = weighed(document, named)
    away = elsewhere(document, named)
    where = max(points, key=lambda country: points[country] - away[country], default=None)
    ranked = sorted(points, key=lambda country: (country != where, -points[country]))[:MOST]
    return tuple(country for place, country in enumerate(ranked) if place == 0 or points[country] >= LEAST)


def elsewhere(document: Document, named: Sequence[Hit]) -> dict[str, float]:
    """Points that speak against each country as the place: it is named as where somebody comes from or something goes."""
    acts = Counter(hit.id for hit in named if ACTOR.match(document.lower, hit.end, hit.end + REACH))
    receives = Counter(hit.id for hit in named if TOWARDS.search(document.lower, max(hit.start - REACH, 0), hit.start))
    return {hit.id: ACTS * min(acts[hit.id], MOST_ELSEWHERE) + RECEIVES * min(receives[hit.id], MOST_ELSEWHERE) for hit in named}


def weighed(document: Document, named: Sequence[Hit]) -> dict[str, float]:
    """How much the article is about each country that it names, in points.

    The weights of `_points` are a logistic regression over invented articles with labelled countries, rounded.
    """
    by_country: dict[str, list[Hit]] = {}
    for hit in named:
        by_country.setdefault(hit.id, []).append(hit)
    _settle_shared_names(document, by_country)
    crowded = _crowded(named)
    return {
        country: _points(document, mentions, len(named), len(by_country), crowded) + (0.0 if place else 0.6)
        for place, (country, mentions) in enumerate(by_country.items())
    }


def _points(document: Document, mentions: Sequence[Hit], total: int, countries: int, crowded: frozenset[int]) -> float:
    """How much an article is about one country, from the mentions of it, their total number and that of countries."""
    first = mentions[0]
    in_title = first.start < document.offset
    in_lead = any(0 <= hit.start - document.offset < LEAD for hit in mentions)
    late = 0.0 if in_title else (first.start - document.offset) / (len(document.full) - document.offset)
    return (
        min(sum(COUNTS.get(hit.weight, 1.0) for hit in mentions), 5.0)
        + 0.6 * len(mentions) / total
        + 0.6 * in_title
        + 0.7 * in_lead
        + 0.5 * any(hit.weight == PLACE for hit in mentions)
        + 0.3 * any(hit.weight == PEOPLE for hit in mentions)
        + 0.5 / countries
        - 0.7 * late
        - 0.8 * all(hit.start in crowded for hit in mentions)
    )


def _crowded(named: Sequence[Hit]) -> frozenset[int]:
    """Where the mentions start that stand in a list of countries."""
    crowded: set[int] = set()
    for place in range(len(named) - CROWD + 1):
        run = named[place : place + CROWD]
        if run[-1].start - run[0].start < 2 * CROWD_REACH:
            crowded.update(hit.start for hit in run)
    return frozenset(crowded)


def _settle_shared_names(document: Document, by_country: dict[str, list[Hit]]) -> None:
    """Give "Congo" to the Republic of the Congo where only that one is named in full."""
    both = by_country.get("COD", []), by_country.get("COG", [])
    if both[1] and all(document.lower[hit.start : hit.end] in SHARED_NAME for hit in both[0]):
        by_country["COG"] = sorted(both[0] + both[1])
        by_country.pop("COD", None)
