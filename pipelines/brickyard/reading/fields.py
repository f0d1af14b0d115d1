"""Which field of a structured record is its text, its label, its id; the rest is metadata."""

import json
from typing import Any, NamedTuple

from brickyard.reading.decoding import checked
from brickyard.reading.rows import BadText


class Fields(NamedTuple):
    """Field names; a dot steps into an object (`document.body`)."""

    text: str
    label: str | None = None
    id: str | None = None


def take_fields(value: dict[str, Any], fields: Fields) -> tuple[str, str | None, str | None, dict[str, Any]]:
    """Text, external id, label and the remaining fields; raises BadText."""
    rest = dict(value)
    text = _take(rest, fields.text)
    if text is None:
        raise BadText("text_missing")
    if not isinstance(text, str):
        raise BadText("text_not_string")
    label = _take(rest, fields.label) if fields.label else None
    return text, _external_id(rest, fields.id), None if label is None else checked(as_text(label)), rest


def _external_id(rest: dict[str, Any], name: str | None) -> str | None:
    if name is None:
        return None
    value = _take(rest, name)
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        raise BadText("id_missing")
    return checked(str(value))


def _take(rest: dict[str, Any], name: str) -> Any:
    """Remove and return a field, copying the objects on the way to it; None if it is absent."""
    if name in rest or "." not in name:
        return rest.pop(name, None)
    first, remaining = name.split(".", 1)
    if not isinstance(rest.get(first), dict):
        return None
    rest[first] = dict(rest[first])
    return _take(rest[first], remaining)


def as_text(value: Any) -> str:
    """A string as it is, anything else as JSON; lone surrogates stay escaped, everything else is readable."""
    if isinstance(value, str):
        return value
    try:
        readable = _dump(value, ensure_ascii=False)
    except ValueError:  # JSON has no NaN and no infinity: their names stand in
        value = json.loads(json.dumps(value, default=str), parse_constant=str)
        readable = _dump(value, ensure_ascii=False)
    try:
        readable.encode()
    except UnicodeEncodeError:
        return _dump(value, ensure_ascii=True)
    return readable


def _dump(value: Any, ensure_ascii: bool) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, separators=(",", ":"), default=str, allow_nan=False)
