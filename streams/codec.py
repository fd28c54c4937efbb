"""Bytes to records and back; bytes that are no record become `Rejected`."""

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from streams.core.records import MAX_BODY_BYTES, Alert, ClassifiedArticle, CleanArticle, MineralArticle, RawArticle, Rejected

MAX_FIELD_BYTES = 8192
"""Largest field beside the body, in bytes of UTF-8: urls longer than this are no urls."""

Record = RawArticle | CleanArticle | ClassifiedArticle | MineralArticle | Alert
R = TypeVar("R")

DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    cls: msgspec.json.Decoder(cls) for cls in (RawArticle, CleanArticle, ClassifiedArticle, MineralArticle, Alert)
}


ENCODER = msgspec.json.Encoder()


def encode(record: Record) -> bytes:
    """JSON, UTF-8; times end in `Z`. The same record always gives the same bytes."""
    return ENCODER.encode(record)


def rfc3339(at: datetime) -> bytes:
    """A time as in records, for a header."""
    return ENCODER.encode(at.astimezone(UTC))[1:-1]


def decode(value: bytes | None, cls: type[R]) -> R | Rejected:
    """Decode and validate one record; never raises."""
    try:
        record: R = DECODERS[cls].decode(value or b"")
    except msgspec.ValidationError as error:
        missing = str(error).startswith("Object missing required field")
        return Rejected("missing_field" if missing else "invalid_type", str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return diagnose(value or b"", error)
    if isinstance(record, RawArticle) and len(value or b"") > MAX_FIELD_BYTES:
        return oversized(record) or record
    return record


def oversized(article: RawArticle) -> Rejected | None:
    """The refusal of a field that is too large."""
    for name in RawArticle.__struct_fields__:
        text = getattr(article, name)
        limit = MAX_BODY_BYTES if name == "body" else MAX_FIELD_BYTES
        if text is not None and len(text) * 4 > limit and (size := len(text.encode())) > limit:
            return Rejected("field_too_large", f"{name}: {size} bytes of UTF-8, at most {limit} are accepted")
    return None


def diagnose(value: bytes, error: Exception) -> Rejected:
    """Find the reason, and the field where there is one, why the fast decoder refused `value`."""
    try:
        value.decode()
    except UnicodeDecodeError as wrong:
        field = field_with(value, "\udc80", "\udcff")
        return Rejected("invalid_utf8", f"{field or 'record'}: byte {value[wrong.start]:#04x} at offset {wrong.start} is no UTF-8")
    field = field_with(value, "\ud800", "\udfff")
    if field is not None:
        return Rejected("lone_surrogate", f"{field}: half of a surrogate pair is no character")
    for name in (b"NaN", b"Infinity"):
        if name in value and (constant := constant_field(value)):
            return Rejected("invalid_json", f"{constant}: NaN and Infinity are no JSON")
    return Rejected("invalid_json", f"record: {error}")


def field_with(value: bytes, low: str, high: str) -> str | None:
    """The first top-level field that has a character from `low` to `high` in its name or content; None when none can be told."""
    try:
        fields = json.loads(value.decode(errors="surrogateescape"))
    except (ValueError, RecursionError):
        return None
    if isinstance(fields, dict):
        for name, content in fields.items():
            if any(low <= character <= high for character in name + json.dumps(content, ensure_ascii=False)):
                return str(name.encode(errors="backslashreplace").decode())
    return None


def constant_field(value: bytes) -> str | None:
    """The first top-level field that holds NaN or an infinity; None when JSON fails for another reason."""
    marker = object()
    try:
        fields = json.loads(value, parse_constant=lambda _: marker)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return "record"
    return next((str(name) for name, content in fields.items() if holds(content, marker)), "record")


def holds(content: object, marker: object) -> bool:
    """Whether `marker` is somewhere in decoded JSON."""
    pending = [content]
    while pending:
        item = pending.pop()
        if item is marker:
            return True
        if isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return False
