"""Invented articles of every kind that the core can meet, always the same ones.

They are those written for this project, and what is composed of them with the junk, the damage, the pages and the figures that
real ones come with (`parts.json`).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from streams import assets
from streams.training.sets import read_records, table

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "streams" / "training"
SETS = ROOT / "tests" / "sets"
PARTS: dict[str, list[str]] = json.loads(Path(__file__).with_name("parts.json").read_text(encoding="utf-8"))
BAD = (
    *("", " \n ", "Share\nMenu", "<p> </p>", "<nav>Home</nav><p></p>", "404 Not Found", "12.5 % 2024", "\ud83d tin", "a" * 100),
    *(f"<p><{tag}>x" * 700 for tag in ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]),
    *("<div>" * 2_001 + "x", "<b></b>" * 30_001, "<body a b='>' c>" * 5_000),
    *(f"<p {' a' * 15_000}>x</p>", f"<p {' a' * 14_000}>x</p>", "<p" + " a='>'" * 15_000 + ">x</p>"),
)
"""Bodies that are refused, or nearly."""

DAMAGES: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.encode().decode("latin-1"),
    lambda text: text.replace(" ", "\N{NO-BREAK SPACE}"),
    lambda text: text.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&quot;"),
    lambda text: text.replace("\n", "\n\n\n"),
    lambda text: text.replace("e", "e\N{SOFT HYPHEN}").replace(" the ", " the\N{ZERO WIDTH SPACE} "),
    lambda text: text.replace("fi", "\N{LATIN SMALL LIGATURE FI}").replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"),
    lambda text: "\N{ZERO WIDTH NO-BREAK SPACE}" + text.replace(". ", ".\t"),
    lambda text: text.replace("\n", "<br>\n").replace(" is ", " <b>is</b> "),
    lambda text: "\n".join(_wrapped(line, 62) for line in text.split("\n")),
    lambda text: text.replace("o", "o\N{COMBINING DIAERESIS}", 3).replace("-", "\N{EN DASH}"),
    lambda text: text.upper(),
    lambda text: text.replace("\u2019", "\u00e2\u20ac\u2122").replace(" - ", "\u00a0\x07-\x0b "),
)


def articles() -> Iterator[tuple[str, bytes]]:
    """A name and the raw record of each."""
    chance, junk = Random(1), _junk()
    told = list(read_records(TRAINING / "told", "events"))
    kinds: dict[str, Iterable[dict[str, Any]]] = {
        "sample": read_records(SETS / "samples", "events"),
        "refused": read_records(SETS / "refused", "events"),
        "dirty": ({"id": event["id"], "body": event["raw"]} for event in read_records(SETS / "samples", "extra_dirty")),
        "told": told,
        "desk": _table("desk"),
        "news": _table("news"),
        "contrasts": _table("contrasts"),
        "composed": (_composed(told, junk, chance) for _ in range(800)),
        "page": (_page(told, junk, chance) for _ in range(400)),
    }
    bodies = {"bad": BAD, "series": _series(), "amounts": _amounts(), "names": _names(), "lines": _lines(told)}
    kinds |= {kind: ({"body": body} for body in own) for kind, own in bodies.items()}
    for kind, events in kinds.items():
        for number, event in enumerate(events):
            yield f"{kind}-{number}", json.dumps({"id": f"{kind}-{number}"} | event).encode()


def _table(name: str) -> Iterator[dict[str, Any]]:
    """The texts of a table of the training: label, title in some, text."""
    for _, *title, text in table(name):
        yield {"title": title[-1] if title else None, "body": text}


def _junk() -> list[str]:
    """Lines as pages have around articles: the known phrases as they stand, and with words before or behind."""
    residue = assets.read("residue.json", dict[str, Any])
    openings = [line for lines in residue["openings"].values() for line in lines]
    whole = [line for lines in residue["lines"].values() for line in lines]
    words = [
        " ".join(residue["words"][kind][start : start + 3]) for kind in ("chrome", "section", "role") for start in range(0, 90, 4)
    ]
    return [
        *whole,
        *residue["end"],
        *words,
        *(f"{line.capitalize()}: cobalt in brief" for line in openings),
        *(f"{line.title()} our daily letter" for line in openings),
        *(f"The price of tin {line}" for line in residue["closings"]),
        *(f"A longer remark of somebody, {line} Ledger, as it stands" for line in residue["inside"]),
        *(f"{line.capitalize()} to go on with this article." for line in residue["paywall"]),
        *(" ".join(word if len(word) < 4 else word.capitalize() for word in line.split(" ")) for line in residue["paywall"]),
        *(phrase.capitalize() for phrases in residue["notices"].values() for phrase in phrases),
        *PARTS["lines"],
    ]


def _composed(told: Sequence[dict[str, Any]], junk: Sequence[str], chance: Random) -> dict[str, Any]:
    event = chance.choice(told)
    lines = _paragraphs(event["body"], chance)
    for _ in range(chance.randrange(12)):
        place = chance.choice((0, len(lines), chance.randrange(len(lines) + 1)))
        lines[place:place] = chance.sample(junk, chance.choice((1, 1, 2, 5)))
    if chance.random() < 0.3:
        lines.insert(chance.randrange(2), event["title"])
    if chance.random() < 0.2:
        lines += ["Tags", *_paragraphs(chance.choice(told)["body"], chance)]
    day = event.get("published_at", "2024-02-30")  # which no calendar has
    return {
        **({"id": None} if chance.random() < 0.2 else {}),
        "title": chance.choice(
            (None, event["title"], f"{event['title']}{chance.choice(PARTS['separators'])}Metal Ledger", event["title"].upper())
        ),
        "source": chance.choice((None, "Metal Ledger", "Iron", " ")),
        "url": chance.choice(
            (
                None,
                f"https://www.metal-ledger.example/{chance.random()}?utm_source=x&b=2&a=1#top",
                "HTTP://Ledger.example:80/./x/../y//",
            )
        ),
        "published_at": chance.choice((None, day, f"{day}T10:00:00+02:00", "yesterday", "")),
        "body": chance.choice(DAMAGES)("\n".join(lines)),
    }


def _paragraphs(text: str, chance: Random) -> list[str]:
    sentences = text.split(". ")
    lines = [""]
    for place, sentence in enumerate(sentences):
        lines[-1] += sentence + (". " if place < len(sentences) - 1 else "")
        if chance.random() < 0.6:
            lines.append("")
    return [line.strip() for line in lines if line.strip()]


def _wrapped(line: str, width: int) -> str:
    lines = [""]
    for word in line.split(" "):
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "\n".join(line.strip() for line in lines)


def _page(told: Sequence[dict[str, Any]], junk: Sequence[str], chance: Random) -> dict[str, Any]:
    event = chance.choice(told)
    own = [f"<p>{line}</p>" for line in _paragraphs(event["body"], chance)]
    if chance.random() < 0.5:
        own.insert(0, f"<h1>{event['title']}</h1>")
    parts = [_box("\n".join(own), chance)]
    for _ in range(chance.randrange(1, 10)):
        other = chance.choice(told)
        inner = chance.choice(
            (
                f"<a href='/x'>{other['title']}</a>",
                f"<p>{other['body'][: chance.randrange(30, 400)]}</p>",
                "".join(f"<li><a href='/{place}'>{line}</a></li>" for place, line in enumerate(chance.sample(junk, 4))),
                f"<h2>{chance.choice(junk)}</h2><p>{other['title']}.</p>",
                "<tr><td>Tin</td><td>31,200</td></tr><tr><td>Zinc</td><td>2,410</td></tr>",
                f"{chance.choice(junk)}<br>{chance.choice(junk)} | {chance.choice(junk)}",
            )
        )
        parts.insert(chance.randrange(len(parts) + 1), _box(inner, chance))
    page = "\n".join(parts)
    for _ in range(chance.randrange(3)):
        page = _box(page, chance)
    title = chance.choice(
        ("", f"<title>{event['title']} | Metal Ledger</title>", f"<meta property='og:title' content=\"{event['title']}\">")
    )
    data = json.dumps({"@type": "NewsArticle", "headline": event["title"], "articleBody": event["body"]})
    script = chance.choice(("", "", f'<script type="application/ld+json">{data}</script>'))
    site = chance.choice(("", "<meta property='og:site_name' content='Metal Ledger'>"))
    body = f"<!DOCTYPE html><html><head>{title}{site}{script}</head><body>{page}</body></html>"
    return {"url": f"https://metal-ledger.example/{chance.random()}", "body": body if chance.random() < 0.8 else page}


def _box(inner: str, chance: Random) -> str:
    tag = chance.choice(PARTS["boxes"])
    names = " ".join(chance.sample(PARTS["classes"], chance.randrange(3)))
    return f'<{tag} class="{names}"{chance.choice(PARTS["attributes"])}>{inner}</{tag}>'


def _amounts() -> Iterator[str]:
    """Amounts with every sign, scale, unit and rate."""
    numbers = PARTS["numbers"]
    for unit in PARTS["units"]:
        yield _told([*(f"{number} {unit}" for number in numbers), f"7{unit}", f"7-{unit}"])
    for sign in PARTS["signs"]:
        yield _told([*(f"{sign}{number}" for number in numbers), f"x{sign}7", f"{sign}7m a tonne"])
    for scale in PARTS["scales"]:
        yield _told([*(f"${number}{scale}" for number in numbers[:4]), f"6{scale} tonnes", f"6{scale}"])
    for rate in PARTS["rates"]:
        yield _told(f"{amount}{rate}" for amount in ("6 tonnes", "$6", "6%", "6 g/t", "6 kroner", "6 kronor"))


def _told(amounts: Iterable[str]) -> str:
    return " ".join(f"The antimony plant in Chile stopped after {amount} of antimony was lost, it said." for amount in amounts)


def _names() -> Iterator[str]:
    """Abbreviations, dates, organisations and languages."""
    for word in PARTS["abbreviations"]:
        told = f"China's {word}. Board banned all exports of antimony with immediate effect, the commerce ministry said."
        yield f"{told} It makes 60% of the world's supply, north of {word}. The price of antimony soared by 40%."
    for month in PARTS["months"]:
        yield f"China will ban exports of gallium from 22 {month}, it said on {month} 3. The 1,234 tonnes of 2023 were 45.6%."
    for form in PARTS["forms"]:
        bought = [f"{name} {form} of Chile bought the antimony mine." for name in PARTS["before_forms"]]
        yield " ".join([f"Antimony: {form} says more.", *bought])
    for office in PARTS["offices"]:
        yield f"The {office} and Norra, Sweden, shut the cobalt mine. A Chamber of Mines for Berg and Tal, too. XMinistry of Mines."
    for word in PARTS["english"]:
        yield f"the {word} {word} {word} " + "tambang timah antimon besar ditutup kemarin pagi sekali lagi " * 3 + "kobalt."


def _lines(told: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Lines of every length, beginning and end, before, in and after an article."""
    for number, (start, ending) in enumerate(product(PARTS["starts"], PARTS["endings"])):
        paragraphs = _paragraphs(told[number % len(told)]["body"], Random(number))
        middle = len(paragraphs) // 2
        words = PARTS["short_words"] * 3
        lines = [start + " ".join(words[number % 7 :][:length]).capitalize() + ending for length in range(1, 16)]
        yield "\n".join([*lines[::3], *paragraphs[:middle], *lines[1::3], *paragraphs[middle:], *lines[2::3]])


def _series() -> Iterator[str]:
    """Damage of every kind, and texts whose lengths lie about a limit."""
    for debris in PARTS["debris"]:
        yield f"The mine{debris}of tin{debris} closed on Monday, the owner said{debris}.\nIt is the largest{debris}in Peru.{debris}"
    for length in (*range(20, 30), *range(76, 84), *range(98, 102), *range(126, 134), *range(248, 253)):
        line = ("Tin from the mine in Peru goes to the plant at the port by rail every day and " * 4)[: length - 1] + "."
        title = ("Tin From The Mine In Peru Goes To The Plant At The Port By Rail " * 5)[:length].strip()
        chinese = ("\u79d8\u9c81\u7684\u9521\u77ff\u5df2\u5173\u95ed" * 40)[: length - 1] + "\u3002"
        yield f"{title}\n{line}\nShare\n{line}\nTags: tin"
        yield "".join(f"<h{level}>{title} of {level}</h{level}><p>{line}</p>" for level in range(1, 7))
        yield f"{chinese}\n{chinese}\n\u5206\u4eab\n{chinese}"
        linked = f"<p><a href=x>{line[:-4]}</a> {title}</p>"
        yield f"<div><div>{line}</div><div>{title}</div>{linked}<h2>{title}</h2><p>{line}</p><div>{line} | a | b</div></div>"
