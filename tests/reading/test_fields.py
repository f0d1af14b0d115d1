import copy
import datetime
import json
import math

import pytest
from brickyard.reading.fields import Fields, as_text, take_fields
from brickyard.reading.rows import BadText


def test_a_dot_steps_into_an_object() -> None:
    value = {"document": {"body": "t", "lang": "en"}, "n": 1}
    assert take_fields(value, Fields("document.body")) == ("t", None, None, {"document": {"lang": "en"}, "n": 1})


def test_a_field_whose_own_name_has_a_dot_comes_first() -> None:
    value = {"a.b": "flat", "a": {"b": "deep"}}
    assert take_fields(value, Fields("a.b")) == ("flat", None, None, {"a": {"b": "deep"}})


def test_the_record_itself_is_left_as_it_was() -> None:
    value = {"a": {"b": {"text": "t", "id": 1, "label": "x"}}}
    before = copy.deepcopy(value)
    take_fields(value, Fields("a.b.text", "a.b.label", "a.b.id"))
    assert value == before


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "text_missing"),
        ({"a": None}, "text_missing"),
        ({"a": "b"}, "text_missing"),
        ({"a": {"text": None}}, "text_missing"),
        ({"a": {"text": b"t"}}, "text_not_string"),
        ({"a": {"text": 0}}, "text_not_string"),
        ({"a": {"text": "t"}}, "id_missing"),
        ({"a": {"text": "t"}, "id": 2.0}, "id_missing"),
        ({"a": {"text": "t"}, "id": "a\0"}, "nul_byte"),
        ({"a": {"text": "t"}, "id": 1, "label": "\udc00"}, "lone_surrogate"),
    ],
)
def test_what_is_missing_or_no_text_is_refused_with_its_reason(value: dict, reason: str) -> None:
    with pytest.raises(BadText) as caught:
        take_fields(value, Fields("a.text", "label", "id"))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("as it is \ud800", "as it is \ud800"),
        ({"k": "\xe9"}, '{"k":"\xe9"}'),
        ({"k": "\ud800\xe9"}, '{"k":"\\ud800\\u00e9"}'),
        (True, "true"),
        ([1, 2.5, None], "[1,2.5,null]"),
        (datetime.date(2026, 11, 23), '"2026-11-23"'),
        ({"nan": math.nan, "deep": [math.inf, -math.inf, 1.0]}, '{"nan":"NaN","deep":["Infinity","-Infinity",1.0]}'),
    ],
)
def test_other_values_become_json_that_can_be_read_back(value: object, expected: str) -> None:
    assert as_text(value) == expected
    if not isinstance(value, str):
        json.loads(expected, parse_constant=pytest.fail)
