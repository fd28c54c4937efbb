"""Articles for benchmarks: 2 KB of text each, made of the invented samples, one in ten about a critical mineral."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"
TEXT_CHARACTERS = 2_048
MINERAL_EVERY = 10
APART = timedelta(days=4)
"""Longer than a story's window, so that each alert is of a new story."""


def articles(count: int) -> list[bytes]:
    """Raw events, no two alike; the same for the same count."""
    events = [json.loads(line) for line in (SAMPLES / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    plain = [event for event in events if event.get("content_type") == "text/plain"]
    critical = [event for event in plain if expected[event["id"]]["alert"]]
    others = [event for event in plain if not expected[event["id"]]["minerals"]]
    others.sort(key=lambda event: expected[event["id"]]["topics"])  # what is joined below is of one kind
    start = datetime(2016, 1, 1, tzinfo=UTC)
    made = []
    for number in range(count):
        group = critical if number % MINERAL_EVERY == 0 else others
        first, second = (group[(number + step) % len(group)]["body"] for step in (0, 1))
        text = f"{first}\n{second}\n{first}"[: TEXT_CHARACTERS - 24] + f"\nEntry {number:08d} ends here."
        made.append(
            json.dumps(
                {
                    "id": f"bench-{number}",
                    "source": f"outlet-{number % 50}.example",
                    "title": group[number % len(group)].get("title"),
                    "published_at": (start + APART * (number % 900)).isoformat(),
                    "content_type": "text/plain",
                    "body": text,
                }
            ).encode()
        )
    return made
