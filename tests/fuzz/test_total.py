"""Nothing raises out of a stage: whatever bytes arrive, each record ends in exactly one place."""

import json
import os
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import topics
from streams.assets import Assets
from streams.codec import Record, decode, encode
from streams.core.html import Page, extract
from streams.core.records import Alert, ClassifiedArticle, CleanArticle, MineralArticle, RawArticle, Reason, Rejected
from streams.core.repair import repair
from streams.topology import STAGES, Stage
from tests.fuzz.inputs import FIELDS, JSON, NEWS, TEXTS, event, faults, run
from tests.unit.fakes import example

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
"""Examples of each test; `make fuzz` asks for more, and for others each time."""

fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@fuzzed
@given(value=st.none() | st.binary(max_size=300) | JSON.map(lambda content: json.dumps(content).encode()))
@pytest.mark.parametrize("record", [RawArticle, CleanArticle, ClassifiedArticle, MineralArticle, Alert])
def test_bytes_are_a_record_or_a_refusal(record: type, value: bytes | None) -> None:
    """No bytes make the decoder raise; a refusal has a reason of the list and one line for a person."""
    decoded = decode(value, record)
    assert isinstance(decoded, record | Rejected)
    if isinstance(decoded, Rejected):
        assert decoded.reason in get_args(Reason)
        assert "\n" not in decoded.error


@fuzzed
@given(body=TEXTS, more=st.dictionaries(st.sampled_from(RawArticle.__struct_fields__[1:]), FIELDS))
def test_no_article_makes_a_stage_raise(loaded: Assets, body: str, more: dict[str, Any]) -> None:
    """Text or HTML, with any fields beside it: it is classified or refused, and no stage is at fault."""
    for start in ("", NEWS, f"<article><h1>{NEWS}</h1><p>{NEWS}</p>"):
        messages = run(event(start + body, **({"content_type": None} | more)), loaded)
        assert not faults(messages)
        assert len([message for message in messages if message.topic in (topics.CLASSIFIED, topics.DEAD_LETTER)]) == 1


@fuzzed
@given(body=TEXTS)
def test_repair_ends_and_pages_are_read(body: str) -> None:
    """Repairing twice is repairing once; a page has lines or is refused."""
    repaired = repair(body)
    assert repair(repaired) == repaired
    assert isinstance(extract(body), Page | Rejected)


@fuzzed
@given(data=st.data())
@pytest.mark.parametrize(
    ("chain", "record"), [(STAGES[1:], CleanArticle), (STAGES[2:], MineralArticle)], ids=["from clean", "from minerals"]
)
def test_records_of_other_makers_stop_nobody(
    loaded: Assets, chain: Sequence[Stage], record: type[Record], data: st.DataObject
) -> None:
    """Whoever may write to a topic between the stages may write anything: it ends in one place, with a reason of the list."""
    content = json.loads(encode(example(record)))
    for name in data.draw(st.lists(st.sampled_from(record.__struct_fields__), max_size=3)):
        content[name] = data.draw(JSON | TEXTS | st.sampled_from([[], {}, 0, -1, 1e308, "", None, "ree", ["XXX"] * 50]))
    messages = run(json.dumps(content).encode(), loaded, chain)
    letters = [dict(message.headers) for message in messages if message.topic == topics.DEAD_LETTER]
    assert len(letters) <= 1
    assert all(letter["dl_reason"].decode() in get_args(Reason) for letter in letters)
