import json

import pytest
from brickyard.reading.fields import Fields
from brickyard.reading.json_lines import parse_json_lines
from brickyard.reading.lines import split_lines
from brickyard.reading.rows import Blank, Record, refuse
from hypothesis import given, settings
from hypothesis import strategies as st


def parse(data: bytes, fields: Fields = Fields("text"), limit: int = 1 << 20) -> list:
    return list(parse_json_lines(split_lines(iter([data]), limit), fields))


def nested(depth: int) -> bytes:
    """An object with lists in it, `depth` brackets deep."""
    return b'{"text":"t","x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text":"\xff"}', "bad_utf8"),
        (b'{"text":"ok","x":"\xe9"}', "bad_utf8"),
        (b'{"text":"a\0b"}', "nul_byte"),
        (b'{"text":"a\\u0000b"}', "nul_byte"),
        (b'{"text":"\\ud800"}', "lone_surrogate"),
        (b'{"text":"\\ude00\\ud83d"}', "lone_surrogate"),
        (b'{"text":"a"', "json_malformed"),
        (b'{"text":"a"} {}', "json_malformed"),
        (b'"text"', "json_malformed"),
        (b'["text"]', "json_malformed"),
        (b'{"text":NaN}', "json_malformed"),
        (b'{"text":"a","x":-Infinity}', "json_malformed"),
        (b'{"text":"a","x":' + b"1" * 5000 + b"}", "json_malformed"),
        (b'{"text":"tab\tin it"}', "json_malformed"),
        (nested(513), "json_too_deep"),
        (b"[" * 100_000, "json_too_deep"),
        (b"{}", "text_missing"),
        (b'{"text":null}', "text_missing"),
        (b'{"Text":"a"}', "text_missing"),
        (b'{"text":1}', "text_not_string"),
        (b'{"text":["a"]}', "text_not_string"),
    ],
)
def test_a_bad_line_is_noted_with_its_place_and_bytes_and_its_neighbours_are_read(line: bytes, reason: str) -> None:
    good = b'{"text":"good"}'
    assert parse(good + b"\n" + line + b"\n" + good) == [
        Record(0, 15, "good"),
        refuse(16, line, reason),
        Record(17 + len(line), 15, "good"),
    ]


def test_a_line_above_the_limit_is_noted() -> None:
    line = b'{"text":"123456789"}'
    assert parse(line + b'\n{"text":"a"}', limit=19) == [refuse(0, line, "too_long"), Record(21, 12, "a")]


@pytest.mark.parametrize("line", [nested(512), b'{"text":"t","x":"' + b"[{" * 600 + b'\\"[["}'])
def test_up_to_512_levels_are_read_and_brackets_in_strings_are_none(line: bytes) -> None:
    (record,) = parse(line)
    assert (record.text, json.loads(record.metadata)["x"]) == ("t", json.loads(line)["x"])


@pytest.mark.parametrize("end", [b"", b"\\", b'"'])
def test_depth_of_a_line_full_of_escaped_quotes_is_measured_in_one_pass(end: bytes) -> None:
    line = b'{"text":"' + b'[\\"' * 200_000 + end  # quadratic work would never end
    assert parse(line) == [refuse(0, line, "json_malformed")]


def test_blank_lines_are_counted_where_they_stand() -> None:
    data = b'\n{"text":"a"}\r\n \t\r\n\n{"text":"b"}\n\n'
    assert parse(data) == [Blank(0), Record(1, 13, "a"), Blank(15), Blank(19), Record(20, 12, "b"), Blank(33)]


def test_a_mark_belongs_to_the_first_line_and_not_to_its_json() -> None:
    lines = split_lines(iter([b'\xef\xbb\xbf{"text":"a"}\n{"text":"b"}']), 99)
    assert list(parse_json_lines(lines, Fields("text"), "utf-8", 3)) == [Record(0, 15, "a"), Record(16, 12, "b")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=3), TEXT, st.booleans())
@settings(deadline=None, max_examples=150)
def test_any_object_with_a_text_becomes_a_record_that_loses_nothing(rest: dict, text: str, ascii_only: bool) -> None:
    rest.pop("text", None)
    line = json.dumps({**rest, "text": text}, ensure_ascii=ascii_only).encode()
    (record,) = parse(line)
    assert (record.position, record.byte_length, record.text) == (0, len(line), text)
    assert json.loads(record.metadata or "{}") == rest


def test_id_and_label_are_taken_out_of_the_metadata() -> None:
    line = b'{"id":7,"label":{"a":[1]},"text":"t","lang":"en"}'
    assert parse(line, Fields("text", "label", "id")) == [Record(0, len(line), "t", "7", '{"a":[1]}', '{"lang":"en"}')]


@pytest.mark.parametrize(
    "line", [b'{"text":"t"}', b'{"text":"t","id":null}', b'{"text":"t","id":true}', b'{"text":"t","id":1.5}']
)
def test_a_record_without_its_id_is_noted(line: bytes) -> None:
    assert parse(line, Fields("text", id="id")) == [refuse(0, line, "id_missing")]


def test_an_id_without_utf8_form_is_noted() -> None:
    line = b'{"text":"t","id":"\\ud800"}'
    assert parse(line, Fields("text", id="id")) == [refuse(0, line, "lone_surrogate")]
