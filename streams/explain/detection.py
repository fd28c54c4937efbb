"""Explains the detection: every mention of a mineral and why it counts or not; countries, organisations, amounts, events."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.text import Text

from streams.assets import Assets
from streams.core import events, minerals, places
from streams.core.document import Document, read
from streams.core.events import EventModel
from streams.core.lexicon import Hit, Hits, Lexicon, hidden, look
from streams.core.lexicon_files import SURE, USUAL, WEAK
from streams.core.minerals import Mention
from streams.core.records import ClassifiedArticle, MineralArticle
from streams.explain.section import NO, QUIET, YES, Row, Section, names, plain, snippet

ALIKE = 3
"""Mentions of one mineral, judged alike, that are shown."""
CUES = 5
"""Cues of one event type that are shown, at most."""
REASONS, OTHERS = 5, 3
"""Reasons of one event type, and types that are not reported, that are shown."""
LONG = 5
"""Words from which on a cue is shortened."""
WEIGHTS = {SURE: "says it alone", USUAL: "usually means it", WEAK: "means it only in context"}


def detection(classified: ClassifiedArticle, found: MineralArticle | None, loaded: Assets) -> Section:
    """What the detection made of an article."""
    lexicon = loaded.lexicon
    document = read(classified.title, classified.text)
    hits = look(lexicon, document)
    mining = classified.topic_scores.get("mining", 0.0)
    judged = minerals.judged(lexicon, document, hits, mining)
    others = hidden(lexicon, document)
    rows = [
        *mentions(document, hits, judged, mining),
        *senses(document, others, lexicon),
        *materials(document, hits, judged, lexicon),
    ]
    if not judged and not others:
        rows.append(Row("mentions", Text("no critical mineral's name, ore, product or site occurs", QUIET)))
    if found is None:
        return Section("MINERALS", Text("no critical mineral as a raw material: the article ends here", NO), rows)
    rows += [*countries(document, hits), *happenings(document, hits, loaded.events)]
    rows.append(Row("organisations", names(found.organisations) if found.organisations else Text("none", QUIET)))
    rows.append(Row("amounts", names(amount.text for amount in found.quantities) if found.quantities else Text("none", QUIET)))
    return Section("MINERALS", Text(", ".join(mineral.name for mineral in found.minerals), YES), rows)


def mentions(document: Document, hits: Hits, judged: Sequence[Mention], mining: float) -> Iterator[Row]:
    """The mentions of each mineral that were judged alike, in context, and what decided."""
    groups: defaultdict[tuple[str, str], list[Mention]] = defaultdict(list)
    for mention in judged:
        groups[mention.hit.id, reason(document, hits, mention, mining)].append(mention)
    for (ident, why), alike in groups.items():
        accepted = alike[0].accepted
        for place, mention in enumerate(alike[:ALIKE]):
            yield Row(
                f"{'+' if accepted else '-'} {ident}" if not place else "", passage(document, mention.hit), YES if accepted else NO
            )
        more = f"{len(alike) - ALIKE} more like these; " if len(alike) > ALIKE else ""
        yield Row("", plain(more + why, QUIET))


def reason(document: Document, hits: Hits, mention: Mention, mining: float) -> str:
    """What decided about a mention."""
    weight, sure = WEIGHTS[mention.hit.weight], mention.hit.weight == SURE
    total = sum(hit.weight for hit in hits.context)
    near = listed(document, [hit for hit in mention.near if not mention.hit.start <= hit.start < mention.hit.end])
    beside = f"; near it: {near}" if near else ""
    match mention.ground:
        case "context":
            return weight if sure else f"{weight}{article(mining)}{beside}"
        case "another mention":
            return f"{weight}; another mention of the same mineral has the context"
        case "other sense":
            outweighed = f"2 x {len(hits.against)} to {total}"
            return f"{weight}; words for another sense outweigh mining and trade ({outweighed}): {listed(document, hits.against)}"
        case "site":
            return "a site or company: it counts only where no mineral is named"
        case _:
            has = f"words of mining and trade: {mention.support} near it, {total} in all"
            return f"{weight}{article(mining)}; {has}; needs {needed(mention.hit.weight, mining)}{beside}"


def needed(weight: int, mining: float) -> str:
    """The least context for a term of this weight."""
    ways = minerals.least_context(weight, mining)
    parts = (((near, "near it"), (whole, "in all")) for near, whole in ways)
    return ", or ".join(" and ".join(f"{least} {where}" for least, where in way if least) for way in parts)


def listed(document: Document, hits: Sequence[Hit]) -> str:
    """Terms as the article has them, each once."""
    return ", ".join(dict.fromkeys(spelled(document, hit) for hit in hits))


def article(mining: float) -> str:
    """Says when an article counts as one about mining."""
    return " (in an article about mining)" if mining >= minerals.ABOUT_MINING else ""


def senses(document: Document, others: Sequence[tuple[Hit, Hit]], lexicon: Lexicon) -> Iterator[Row]:
    """The names that are part of a term for something else."""
    for name, over in others:
        what = f"part of “{spelled(document, over)}”, which means something else ({over.id.replace('_', ' ')})"
        yield Row(f"- {lexicon.minerals[name.id].id}", passage(document, over), NO)
        yield Row("", plain(what, QUIET))


def materials(document: Document, hits: Hits, judged: Sequence[Mention], lexicon: Lexicon) -> Iterator[Row]:
    """Each mineral with its salience, and why some are only named in passing."""
    found = minerals.weighed(lexicon, document, judged)
    whole = minerals.in_passing(found, hits)
    for place, mineral in enumerate(found):
        title = ", in the title" if mineral.in_title else ""
        why = f"on {len(lexicon.minerals[mineral.id].lists)} official lists"
        if whole:
            least = f"up to {minerals.PASSING} it needs {minerals.TRADE} strong words of mining and trade"
            why = f"named in passing: {least}, has {minerals.strong_context(hits)}"
        elif mineral.salience < minerals.LEAST:
            why = f"named in passing: below {minerals.LEAST}"
        told = f"{mineral.name}: salience {mineral.salience:.2f}, {times(mineral.mentions)}{title}"
        yield Row("" if place else "minerals", Text.assemble(plain(told), (f"  {why}", QUIET)))


def times(number: int) -> str:
    """How often."""
    return "once" if number == 1 else f"{number} times"


def countries(document: Document, hits: Hits) -> Iterator[Row]:
    """The countries with their points; those in passing too."""
    points, away = places.weighed(document, hits.countries), places.elsewhere(document, hits.countries)
    chosen = places.located(document, hits.countries)
    text = ", ".join(
        f"{country} {points[country]:.1f}" + (f" (as the place {points[country] - away[country]:.1f})" if away[country] else "")
        for country in chosen
    )
    others = sorted((country for country in points if country not in chosen), key=lambda country: -points[country])
    rest = ", ".join(f"{country} {points[country]:.1f}" for country in others)
    passing = f"  in passing, below {places.LEAST} points or not of the first {places.MOST}: {rest}" if rest else ""
    yield Row("countries", Text.assemble(text or "none", (passing, QUIET)))


def happenings(document: Document, hits: Hits, model: EventModel) -> Iterator[Row]:
    """The event types with what speaks for them, and the likeliest of the others."""
    found = events.probabilities(document, hits, model)
    reasons, said = events.contributions(document, hits, model), events.cues(document, hits)
    reported = events.reported(document, hits, model)
    for place, event in enumerate(reported):
        told = sorted(said.get(event, {}).items(), key=lambda cue: -cue[1])[:CUES]
        cues = ", ".join(f'"{shortened(cue)}"' for cue, _ in told)
        parts = ", ".join(f"{name} {weight:+.1f}" for name, weight in reasons[event][:REASONS])
        why = f"{parts}; the cues: {cues}" if cues else parts
        yield Row("" if place else "events", Text.assemble(f"{event} {found[event]:.2f}  ", plain(why, QUIET)))
    others = sorted((event for event in found if event not in reported), key=lambda event: -found[event])[:OTHERS]
    bar = f"below {model.threshold}, or not of the first {events.MOST}: "
    rest = ", ".join(f"{event} {found[event]:.2f}" for event in others)
    yield Row("" if reported else "events", plain(f"{bar}{rest}", QUIET))


def shortened(cue: str) -> str:
    """A cue, of two words far apart only these with what is next to them."""
    words = cue.split()
    return cue if len(words) <= LONG else " ".join((*words[:2], "…", *words[-2:]))


def passage(document: Document, hit: Hit) -> Text:
    """A name in its context."""
    return snippet(document.full, hit.start, hit.end)


def spelled(document: Document, hit: Hit) -> str:
    """A term as the article has it."""
    return document.full[hit.start : hit.end]
