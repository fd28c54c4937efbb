"""The records that travel on the topics, and `Rejected`, the value of a refusal.

Every field carries its documentation as the second argument of `Annotated`: the JSON Schemas in `schemas/` are generated
from it. Times are UTC. `streams.codec` turns records into bytes and back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import asdict

T = TypeVar("T")

MAX_BODY_BYTES = 1_048_576
"""Largest body, in bytes of UTF-8, that is accepted (1 MiB)."""

Topic = Literal["mining", "politics", "sport"]
Severity = Literal["low", "medium", "high", "critical"]
Kind = Literal["new", "update"]
EventType = Literal[
    "discovery_resource",
    "esg_conflict",
    "export_control",
    "merger_investment",
    "partnership",
    "policy_regulation",
    "price_move",
    "production_guidance",
    "project_milestone",
    "recycling_technology",
    "stockpile",
    "supply_disruption",
    "trade_tariff",
]
Reason = Literal[
    "invalid_utf8",
    "invalid_json",
    "lone_surrogate",
    "missing_field",
    "invalid_type",
    "field_too_large",
    "invalid_timestamp",
    "too_deep",
    "no_text",
    "no_article",
    "stage_error",
    "stage_timeout",
]
"""Why an input is refused: the closed list behind the `dl_reason` header."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal: expected bad data is this value, never an exception."""

    reason: Reason
    error: str
    """One line for a person: which field, what is wrong with it."""


class RawArticle(Struct, frozen=True, kw_only=True):
    """A news article as a scraper publishes it; unknown fields are ignored."""

    body: Annotated[str, "Text or HTML of the article, at most 1 MiB of UTF-8."]
    id: Annotated[str | None, "The producer's own identifier of the article."] = None
    url: Annotated[str | None, "Where the article was found."] = None
    source: Annotated[str | None, "The outlet, by name or host."] = None
    title: Annotated[str | None, "The headline, where the scraper knows it."] = None
    content_type: Annotated[str | None, "`text/plain` or `text/html`; sniffed from the body when absent or something else."] = None
    published_at: Annotated[
        str | None, "When the outlet published it: RFC 3339 date-time with a zone, or a date (midnight UTC)."
    ] = None
    fetched_at: Annotated[str | None, "When the scraper fetched it: RFC 3339 date-time with a zone, or a date (midnight UTC)."] = (
        None
    )
    language: Annotated[str | None, "Language the scraper claims, ISO 639-1; detection decides."] = None


class CleanArticle(Struct, frozen=True, kw_only=True):
    """An article with its title and its body text alone."""

    article_id: Annotated[
        str, "The given `id`, else derived from `url`, else from the body: the same article always gets the same."
    ]
    content_hash: Annotated[str, "Hash of the clean title and text, hexadecimal: equal for equal content under any id."]
    url: Annotated[str | None, "Where the article was found."] = None
    source: Annotated[str | None, "The outlet, by name or host; taken from the url when the scraper gave none."] = None
    title: Annotated[str | None, "The headline."] = None
    text: Annotated[str, "The body: plain text, one paragraph a line, Unicode NFC."]
    language: Annotated[str, "Detected language, ISO 639-1, or `und` when the text is too short to tell."]
    published_at: Annotated[
        datetime | None, "When the outlet published it: as the raw article says, else as its HTML page does."
    ] = None
    fetched_at: Annotated[datetime | None, "When the scraper fetched it."] = None
    removed: Annotated[dict[str, int], "Lines that cleaning removed, counted by reason."]


class ClassifiedArticle(CleanArticle, frozen=True, kw_only=True):
    """A clean article with its topics."""

    topics: Annotated[tuple[Topic, ...], "The topics that apply, sorted; several or none."]
    topic_scores: Annotated[dict[Topic, float], "Calibrated probability of each topic, 0 to 1."]
    model: Annotated[str, "Version of the data files in force when it was classified."]


class MineralMention(Struct, frozen=True, kw_only=True):
    """A critical mineral that an article names, through its ores, products or symbol too."""

    id: Annotated[str, "Identifier of the mineral, as in `streams/data/minerals.json`."]
    name: Annotated[str, "Name for people."]
    mentions: Annotated[int, "How often title and text name it as a raw material."]
    in_title: Annotated[bool, "Whether the title names it."]
    salience: Annotated[float, "How much of the article is about it, 0 to 1."]


class Quantity(Struct, frozen=True, kw_only=True):
    """An amount that an article states."""

    text: Annotated[str, "As written in the article."]
    value: Annotated[float, "The number, scale words multiplied out."]
    unit: Annotated[str, "Normalised unit, such as `t`, `t/y`, `USD`, `USD/t`, `%`."]


class MineralArticle(ClassifiedArticle, frozen=True, kw_only=True):
    """A classified article that names a critical mineral, with what else was found in it."""

    minerals: Annotated[tuple[MineralMention, ...], "The critical minerals, most salient first."]
    primary_mineral: Annotated[str, "The mineral that the article is about first; the record's key is this or its family."]
    countries: Annotated[tuple[str, ...], "ISO 3166-1 alpha-3 codes, where it happens first."] = ()
    organisations: Annotated[tuple[str, ...], "Partnerships, ministries, agencies and companies, in order of appearance."] = ()
    quantities: Annotated[tuple[Quantity, ...], "Amounts, in order of appearance."] = ()
    event_types: Annotated[tuple[EventType, ...], "What happened, strongest first."] = ()


class AlertMineral(MineralMention, frozen=True, kw_only=True):
    """A mineral of an alert, with the official lists that call it critical."""

    lists: Annotated[tuple[str, ...], "Identifiers of the official lists it is on, as in `streams/data/minerals.json`."]


class Evidence(Struct, frozen=True, kw_only=True):
    """A passage of the article's text that supports the alert."""

    text: Annotated[str, "The passage."]
    start: Annotated[int, "Offset of its first character in the article's `text`, in code points."]
    end: Annotated[int, "Offset after its last character."]
    why: Annotated[str, "What it shows."]


class Source(Struct, frozen=True, kw_only=True):
    """One article of a story."""

    id: Annotated[str, "Its `article_id`."]
    content_hash: Annotated[str, "Its `content_hash`: the same content under another id is told once."]
    url: Annotated[str | None, "Where it was found."] = None
    source: Annotated[str | None, "The outlet."] = None
    published_at: Annotated[datetime | None, "When the outlet published it."] = None


class Alert(Struct, frozen=True, kw_only=True):
    """A story that matters for the supply of critical minerals: new, or confirmed by one more article."""

    alert_id: Annotated[str, "Derived from the story and the article: the same alert always gets the same."]
    story_id: Annotated[str, "Derived from the story's first article: shared by all alerts of the story."]
    revision: Annotated[int, "1 for the first alert of a story, then one more for each update."]
    kind: Annotated[Kind, "`new` for the first alert of a story, then `update`."]
    article_id: Annotated[str, "The article that caused this alert."]
    title: Annotated[str | None, "Its title."] = None
    url: Annotated[str | None, "Where it was found."] = None
    source: Annotated[str | None, "Its outlet."] = None
    published_at: Annotated[datetime | None, "When the outlet published it."] = None
    minerals: Annotated[tuple[AlertMineral, ...], "The critical minerals, most salient first."]
    primary_mineral: Annotated[str, "The mineral that it is about first."]
    countries: Annotated[tuple[str, ...], "ISO 3166-1 alpha-3 codes, where it happens first."] = ()
    organisations: Annotated[tuple[str, ...], "Partnerships, ministries, agencies and companies."] = ()
    event_types: Annotated[tuple[EventType, ...], "What happened, strongest first."] = ()
    quantities: Annotated[tuple[Quantity, ...], "Amounts, in order of appearance."] = ()
    topics: Annotated[tuple[Topic, ...], "The topics of the article, sorted."] = ()
    severity: Annotated[
        Severity,
        "low: small or early; medium: matters to those who follow the mineral; "
        "high: moves a national or global supply, price or policy; critical: sudden and large.",
    ]
    score: Annotated[float, "Probability that an editor of a critical-minerals desk would send it, 0 to 1."]
    evidence: Annotated[tuple[Evidence, ...], "Why: the passages that support the alert, in order of appearance."]
    sources: Annotated[tuple[Source, ...], "Every article of the story so far, in order of arrival."]
    first_seen_at: Annotated[datetime | None, "Event time of the story's first article: `published_at`, else `fetched_at`."] = None
    signature: Annotated[tuple[str, ...], "The terms by which other tellings of the story are recognised."] = ()
    model: Annotated[str, "Version of the data files in force when it was decided; empty in alerts older than the field."] = ""


def extend(record: Struct, cls: type[T], **added: Any) -> T:  # noqa: ANN401 - any fields
    """A record of `cls` with all fields of `record`, of which `cls` is an extension, and the `added` ones."""
    return cls(**asdict(record), **added)
