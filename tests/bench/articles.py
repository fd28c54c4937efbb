"""Articles for benchmarks: 2 KB of text each; one in twenty, of the samples, about a critical mineral, the rest ordinary news.

Every other one is dirty.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples"
TEXT_CHARACTERS = 2_048
MINERAL_EVERY = 20
APART = timedelta(days=6)
"""Longer than a story's window, so that each alert is of a new story."""
BEFORE = "Home | Business | World\nShare on Facebook\n"
AFTER = """
[ad_2]
Source link
Residents welcome the plan for a second library, though its…
The striker missed training for a third day and…
Read more"""
PROSE_CHARACTERS = 80
"""Shorter lines of the samples are no paragraphs."""


def articles(count: int) -> list[bytes]:
    """Raw events, no two alike; the same for the same count."""
    events = [json.loads(line) for line in (SAMPLES / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    critical = [
        event
        for event in events
        if event.get("content_type") == "text/plain"
        and expected[event["id"]]["alert"]
        and expected[event["id"]]["language"] == "en"
    ]
    others = [
        {"title": title, "body": body}
        for title, body in (text.split("\n", 1) for text in (HERE / "ordinary.txt").read_text(encoding="utf-8").split("\n\n"))
    ]
    start = datetime(2016, 1, 1, tzinfo=UTC)
    return [article(number, critical if number % MINERAL_EVERY == 0 else others, start) for number in range(count)]


def article(number: int, group: list[dict[str, str]], start: datetime) -> bytes:
    """One raw event: paragraphs of three samples of its group, up to the size."""
    turn = number // MINERAL_EVERY
    bodies = [group[(turn + step) % len(group)]["body"] for step in range(3)]
    paragraphs = [line for body in bodies for line in body.split("\n") if len(line) > PROSE_CHARACTERS]
    paragraphs[0] += f" It was number {number} on the list."
    dirty = number % 2 == 0
    room = TEXT_CHARACTERS - (len(BEFORE) + len(AFTER) if dirty else 0)
    text = "\n".join(paragraphs)[:room].rpartition(".")[0] + "."
    event = {
        "id": f"bench-{number}",
        "source": f"outlet-{number % 50}.example",
        "title": group[turn % len(group)].get("title"),
        "published_at": (start + APART * turn).isoformat(),
        "content_type": "text/plain",
        "body": BEFORE + text + AFTER if dirty else text,
    }
    return json.dumps(event).encode()
