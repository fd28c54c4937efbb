"""Bytes to records and back: nothing is lost, nothing raises, and every refusal says which field."""

import json
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from streams.codec import DECODERS, MAX_FIELD_BYTES, decode, encode
from streams.core.records import (
    MAX_BODY_BYTES,
    Alert,
    ClassifiedArticle,
    CleanArticle,
    MineralArticle,
    RawArticle,
    Reason,
    Rejected,
)
from tests.unit.fakes import example

RECORDS = (RawArticle, CleanArticle, ClassifiedArticle, MineralArticle, Alert)
SIMPLE: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def values(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - any type that a record's field may have
    """Values of a field's type."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return records(hint)
    parts = get_args(hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return st.one_of(*map(values, parts))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return st.lists(values(parts[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(values(parts[0]), values(parts[1]), max_size=3)
    return SIMPLE[hint]


def records(cls: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - any record
    """Records with every field filled."""
    return st.deferred(lambda: st.builds(cls, **{name: values(hint) for name, hint in get_type_hints(cls).items()}))


@given(st.one_of(*map(records, RECORDS)))
def test_every_record_survives_the_way_to_bytes_and_back(record: Any) -> None:  # noqa: ANN401 - any record
    """What one stage publishes is what the next one reads."""
    assert decode(encode(record), type(record)) == record


def test_every_record_of_the_topics_has_a_decoder() -> None:
    """The property above leaves none out."""
    assert set(DECODERS) == set(RECORDS)


def test_times_are_utc_and_end_in_z() -> None:
    """Readers in any language take `Z`."""
    fields = json.loads(encode(example(Alert)))
    assert fields["published_at"].endswith("Z")
    assert fields["first_seen_at"].endswith("Z")


def refusal(value: bytes | None) -> Rejected:
    """The refusal of bytes that are no raw article."""
    result = decode(value, RawArticle)
    assert isinstance(result, Rejected)
    assert result.reason in get_args(Reason)
    return result


def is_answered(value: bytes) -> None:
    """Whatever the bytes, there is a record or a refusal that can be published."""
    for cls in RECORDS:
        result: Any = decode(value, cls)
        if isinstance(result, Rejected):
            assert result.reason in get_args(Reason)
            assert result.error
        else:
            assert decode(encode(result), cls) == result


@given(st.binary())
def test_any_bytes_are_answered(value: bytes) -> None:
    """Nothing that somebody publishes stops the service."""
    is_answered(value)


@given(
    st.sampled_from(RECORDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4), st.binary(max_size=4)), min_size=1, max_size=4),
)
def test_any_damage_to_a_record_is_answered(cls: type, damage: list[tuple[float, int, bytes]]) -> None:
    """Nor does a record that was cut, torn or overwritten anywhere."""
    value = encode(example(cls))
    for place, length, instead in damage:
        start = int(place * len(value))
        value = value[:start] + instead + value[start + length :]
    is_answered(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*RawArticle.__struct_fields__, "extra", "record"]), JSON), st.booleans())
def test_any_json_is_answered(fields: dict[str, Any], escape: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """NaN, half surrogates and wrong types, anywhere in it, escaped or as they are."""
    is_answered(json.dumps(fields, ensure_ascii=escape).encode(errors="surrogatepass"))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"body":', b'{"body":"x","a":[', b'{"body":"\\ud800","a":'])
def test_deep_nesting_is_answered(opening: bytes) -> None:
    """Nesting that no parser of ours can follow is a refusal, not a crash."""
    assert refusal(opening * (MAX_BODY_BYTES // len(opening))).reason in ("invalid_json", "invalid_type")


@pytest.mark.parametrize("content", [b'"\\ud800"', b"NaN", b'"\xe9"', b"7"])
def test_nesting_at_the_limit_of_the_stack_is_answered(content: bytes) -> None:
    """Looking for the cause has a stack of its own to mind."""
    for depth in range(900, 1010):
        is_answered(b'{"body":' + content + b',"deep":' + b"[" * depth + content + b"]" * depth + b"}")


@pytest.mark.parametrize(
    ("value", "reason", "field"),
    [
        (b'{"body": 7}', "invalid_type", "$.body"),
        (b'{"body": null}', "invalid_type", "$.body"),
        (b'{"body": "x", "url": ["no"]}', "invalid_type", "$.url"),
        (b'{"body": "x", "published_at": 1700000000}', "invalid_type", "$.published_at"),
        (b"[1]", "invalid_type", "object"),
        (b"{}", "missing_field", "`body`"),
        (b'{"body": "caf\xe9"}', "invalid_utf8", "body: byte 0xe9 at offset 13"),
        (b'{"body": "x", "title": "caf\xe9"}', "invalid_utf8", "title: byte 0xe9"),
        (b'{"body": "x", "a": NaN, "b\xe9": 1}', "invalid_utf8", "b\\udce9: byte 0xe9"),
        (b'{"body": "x"} \xff', "invalid_utf8", "record: byte 0xff at offset 14"),
        (b'{"body": "\xed\xa0\x80"}', "invalid_utf8", "body: byte 0xed"),
        (b'{"body": "\\ud83d"}', "lone_surrogate", "body: "),
        (b'{"body": "\\ude00\\ud83d"}', "lone_surrogate", "body: "),
        (b'{"body": "x", "extra": {"list": ["\\ud83d"]}}', "lone_surrogate", "extra: "),
        (b'{"body": "x", "extra": {"\\ud83d": 1}}', "lone_surrogate", "extra: "),
        (b'{"body": "x", "n\\ud83d": 1}', "lone_surrogate", "n\\ud83d: "),
        (b'{"record": "\\ud83d", "body": "x"}', "lone_surrogate", "record: "),
        (b'{"body": "x", "score": NaN}', "invalid_json", "score: NaN"),
        (b'{"body": "x", "scores": [{"a": 1}, {"a": [-Infinity]}]}', "invalid_json", "scores: NaN and Infinity"),
        (b"NaN", "invalid_json", "record: NaN"),
        (b"[0, Infinity", "invalid_type", "array"),
        (b'{"body": "NaN" ', "invalid_json", "record: "),
        (b'{"body": NaN, "x": }', "invalid_json", "record: "),
        (b'\xef\xbb\xbf{"body": "x"}', "invalid_json", "record: "),
        (b'{"body": "a\x00b"}', "invalid_json", "record: "),
        (b"\x00", "invalid_json", "record: "),
        (b'{"body": "x"} {}', "invalid_json", "record: "),
        (b"", "invalid_json", "record: "),
        (None, "invalid_json", "record: "),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(value: bytes | None, reason: str, field: str) -> None:
    """The person who repairs the producer must find the field."""
    result = refusal(value)
    assert result.reason == reason
    assert field in result.error


@pytest.mark.parametrize("character", ["a", "é", "鉱", "🜚", "\x01", '"'])
def test_the_body_may_have_a_mebibyte_of_utf8_and_no_more(character: str) -> None:
    """The limit counts the bytes of the text, not of its JSON."""
    size = len(character.encode())
    most = character * (MAX_BODY_BYTES // size) + "a" * (MAX_BODY_BYTES % size)
    assert decode(json.dumps({"body": most}).encode(), RawArticle) == RawArticle(body=most)
    result = refusal(json.dumps({"body": most + "a"}, ensure_ascii=False).encode())
    assert result == Rejected(
        "field_too_large", f"body: {MAX_BODY_BYTES + 1} bytes of UTF-8, at most {MAX_BODY_BYTES} are accepted"
    )


@pytest.mark.parametrize("name", [name for name in RawArticle.__struct_fields__ if name != "body"])
def test_no_other_field_may_be_long(name: str) -> None:
    """A title of a mebibyte is no title."""
    fields = {"body": "x", name: "é" * (MAX_FIELD_BYTES // 2)}
    assert isinstance(decode(json.dumps(fields).encode(), RawArticle), RawArticle)
    fields[name] += "a"
    result = refusal(json.dumps(fields).encode())
    assert (result.reason, result.error.partition(":")[0]) == ("field_too_large", name)


def test_unknown_fields_are_ignored() -> None:
    """Producers may send more than we read, null for what they don't have, and any order."""
    value = b'{"crawler": {"depth": 3, "n": 1e999}, "url": null, "body": "x\\u0000"}'
    assert decode(value, RawArticle) == RawArticle(body="x\0")
