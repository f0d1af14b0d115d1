"""JSON lines: one object a line."""

import json
import re
from collections.abc import Iterator
from typing import Any

from brickyard.reading.decoding import checked, decode
from brickyard.reading.fields import Fields, as_text, take_fields
from brickyard.reading.rows import BadText, Blank, Record, Refused, refuse

MAX_DEPTH = 512
_BLANKS = " \t\r\n\v\f"
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Strings, the last one perhaps unterminated; possessive, since hostile lines made the plain form slow and large."""


def parse_json_lines(
    lines: Iterator[tuple[int, bytes | Refused]], fields: Fields, encoding: str = "utf-8", mark: int = 0
) -> Iterator[Record | Refused | Blank]:
    """A record, a note or a blank for each line; `mark` bytes of byte-order mark stand before the one at offset 0."""
    for position, line in lines:
        if isinstance(line, Refused):
            yield line
            continue
        try:
            body = decode(line if position else line[mark:], encoding)
            yield _record(position, len(line), body, fields) if body.strip(_BLANKS) else Blank(position)
        except BadText as bad:
            yield refuse(position, line, bad.reason)


def _record(position: int, byte_length: int, body: str, fields: Fields) -> Record:
    value = _parse(body)
    if not isinstance(value, dict):
        raise BadText("json_malformed")
    text, external_id, label, rest = take_fields(value, fields)
    return Record(position, byte_length, checked(text), external_id, label, as_text(rest) if rest else None)


def _parse(body: str) -> Any:
    if body.count("[") + body.count("{") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise BadText("json_too_deep")
    try:
        return _DECODER.decode(body)
    except ValueError as error:
        raise BadText("json_malformed") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
"""Made once: `json.loads` with an option makes one for each line."""


def _depth(body: str) -> int:
    """Deepest nesting of brackets outside strings; counted, since a parser's own limit depends on its caller's stack."""
    depth = deepest = 0
    for character in _STRINGS.sub("", body):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
