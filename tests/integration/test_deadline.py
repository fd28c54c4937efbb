"""What the worker does with an article that makes a stage run for ever."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streams import topics
from streams.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import Publish, StartWorker, WaitForRecords

pytestmark = pytest.mark.kafka

# Python runs a module of this name when it starts: real articles that take so long are not known, so the worker is given some.
SITECUSTOMIZE = """
from streams import topology

clean, alert = topology.clean, topology.alert


def slow_clean(raw, cleaner):
    while raw.title == "slow to clean":
        pass
    return clean(raw, cleaner)


def slow_alert(article, index, desk, received_at):
    while article.title == "Slow to judge":
        pass
    return alert(article, index, desk, received_at)


topology.clean, topology.alert = slow_clean, slow_alert
"""

BODY = (
    "China will issue no export licences for antimony metal or antimony ore until the end of the year, the commerce ministry said "
    "on Wednesday.\nThe country refines close to half of the world's antimony, and prices rose by a fifth on the day. Case {}."
)


async def test_an_article_that_takes_too_long_is_a_dead_letter_of_its_stage(
    settings: Settings, start_worker: "StartWorker", publish: "Publish", wait_for_records: "WaitForRecords", tmp_path: Path
) -> None:
    """In both lanes: kept with its reason, told to nobody, taken once; those behind it are told and the worker stays ready."""
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    worker = start_worker(settings, PYTHONPATH=str(tmp_path)).wait_ready()
    titles = ["slow to clean", "Slow to judge", "China halts antimony exports"]
    events = [
        json.dumps({"id": f"{number}", "title": title, "published_at": "2026-03-18", "body": BODY.format(number)}).encode()
        for number, title in enumerate(titles)
    ]
    await publish(events)
    letters = await wait_for_records(topics.DEAD_LETTER, 2)
    (told,) = await wait_for_records(topics.ALERTS, 1)
    assert json.loads(told.value)["article_id"] == "2"
    reasons = {(dict(letter.headers)["dl_stage"], dict(letter.headers)["dl_reason"]) for letter in letters}
    assert reasons == {(b"clean", b"stage_timeout"), (b"alert", b"stage_timeout")}
    assert events[0] in [letter.value for letter in letters]
    assert worker.get("/readyz")[0] == 200
    assert 'lodestream_dead_letters_total{reason="stage_timeout",stage="alert"} 1.0' in worker.get("/metrics")[1]
    assert worker.stop() == 0
    start_worker(settings, PYTHONPATH=str(tmp_path)).wait_ready()
    await publish([json.dumps({"id": "3", "title": "A bridge", "body": BODY.format(3)}).encode()])
    assert len(await wait_for_records(topics.CLASSIFIED, 3)) == 3
    assert len(await wait_for_records(topics.DEAD_LETTER, 2)) == 2, "taken again after a restart"
