"""What a dead letter says of itself, whatever its producer had written into its headers."""

from collections.abc import Sequence

import pytest
from aiokafka import ConsumerRecord

from streams.dead_letters import DeadLetter, marked

OURS = (("dl_attempts", b"2"), ("dl_stage", b"clean"), ("dl_reason", b"no_text"))


def record(headers: Sequence[tuple[str, bytes | None]], value: bytes = b"article") -> ConsumerRecord:
    """A record of the dead-letter topic."""
    return ConsumerRecord("dead", 0, 7, 0, 0, b"key", value, None, 3, len(value), list(headers))


@pytest.mark.parametrize("theirs", [None, b"0:0", b"9" * 5_000, b"\xff"])
@pytest.mark.parametrize("name", ["dl_attempts", "dl_redriven", "dl_reason", "dl_stage"])
def test_a_producer_s_headers_of_our_names_say_nothing(name: str, theirs: bytes | None) -> None:
    """They come with what was copied from a dead-letter topic by hand."""
    letter = DeadLetter(record([(name, theirs), *OURS]), redriven=False)
    assert (letter.attempts, letter.header("dl_reason"), letter.header("dl_stage")) == (2, "no_text", "clean")
    assert marked(letter.record) is None


def test_a_marker_names_the_letter_that_was_sent_again() -> None:
    """It has neither value nor stage."""
    assert marked(record([("dl_redriven", b"0:3")], b"")) == b"0:3"
