import csv
import io
import json

import pytest
from brickyard.reading.csv_rows import parse_csv
from brickyard.reading.decoding import sniff
from brickyard.reading.fields import Fields
from brickyard.reading.lines import LineShape, split_lines
from brickyard.reading.rows import Blank, Record, Refused, refuse
from hypothesis import given, settings
from hypothesis import strategies as st


def parse(data: bytes, fields: Fields = Fields("text"), limit: int = 1000, header=None, delimiter: str = ",") -> list:
    mark, encoding, width = sniff(data)
    lines = split_lines(iter([data]), limit, 0, LineShape("\n".encode(encoding), width))
    return list(parse_csv(lines, fields, delimiter, header, limit, encoding, mark))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_numbered_below_the_header_and_blank_lines_counted(encoding: str, end: str) -> None:
    rows = ["text,lang", "caf\xe9,fr", "", '"two', 'lines, ""quoted""",en', "last,"]
    found = parse(end.join(rows).encode(encoding))
    assert [(row.position, row.text) for row in found if isinstance(row, Record)] == [
        (0, "caf\xe9"),
        (1, f'two{end}lines, "quoted"'),
        (2, "last"),
    ]
    assert [row for row in found if not isinstance(row, Record)] == [Blank(1)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"only one", "csv_malformed"),
        (b"a,b,c", "csv_malformed"),
        (b'"a"b,c', "csv_malformed"),
        (b"a\rb,c", "csv_malformed"),
        (b"\xff,c", "bad_utf8"),
        (b"a,\xe9", "bad_utf8"),
        (b"a\0,c", "nul_byte"),
    ],
)
def test_a_bad_row_is_noted_with_its_number_and_bytes_and_its_neighbours_are_read(row: bytes, reason: str) -> None:
    found = parse(b"text,lang\ngood,en\n" + row + b"\ngood,en\n")
    good = Record(0, 7, "good", None, None, '{"lang":"en"}')
    assert found == [good, refuse(1, row, reason), good._replace(position=2)]


def test_an_open_quote_takes_the_rest_and_all_of_it_is_noted() -> None:
    assert parse(b'text\na\n"b\nc\nd') == [Record(0, 1, "a"), refuse(1, b'"b\nc\nd', "csv_malformed")]


def test_an_open_quote_takes_no_more_than_the_limit() -> None:
    found = parse(b'text\n"' + b"\n" * 30 + b"z\n", limit=10)
    assert found[0] == refuse(0, b'"' + b"\n" * 10, "too_long")
    assert found[1:] == [Blank(1)] * 19 + [Record(1, 1, "z")]


def test_a_row_of_exactly_the_limit_is_read() -> None:
    assert parse(b'text\n"2345\n789"\n', limit=10) == [Record(0, 10, "2345\n789")]


def test_a_line_above_the_limit_and_the_open_row_before_it_are_both_noted() -> None:
    found = parse(b'text\n"open\nmore\n' + b"y" * 60 + b"\nz\n", limit=50)
    assert found == [refuse(0, b'"open\nmore', "csv_malformed"), refuse(1, b"y" * 60, "too_long"), Record(2, 1, "z")]


def test_damage_is_noted_after_the_open_row_before_it() -> None:
    def lines():
        yield 0, b"text"
        yield 5, b'"open'
        yield 11, refuse(11, b"ta", "truncated_stream")

    found = list(parse_csv(lines(), Fields("text"), ",", None, 99))
    assert found == [refuse(0, b'"open', "csv_malformed"), refuse(1, b"ta", "truncated_stream")]


@pytest.mark.parametrize("tail", [b"A", b"\x00\xd8", b"\x00\xd8,\0b\0"])
def test_wide_bytes_that_do_not_decode_are_noted(tail: bytes) -> None:
    found = parse("text,lang\na,b\n".encode("utf-16") + tail)
    assert found == [
        Record(0, 6, "a", None, None, '{"lang":"b"}'),
        refuse(1, tail, "bad_utf8" if b"," in tail else "csv_malformed"),
    ]


def test_named_columns_make_the_first_row_a_record() -> None:
    assert parse(b"1;a\n2;b", Fields("body", id="n"), header=("n", "body"), delimiter=";") == [
        Record(0, 3, "a", "1"),
        Record(1, 3, "b", "2"),
    ]


def test_rows_of_a_file_without_the_text_column_are_noted() -> None:
    assert parse(b"body\na\n") == [refuse(0, b"a", "text_missing")]


def test_a_label_that_does_not_decode_is_bad_utf8() -> None:
    assert parse(b"text,label\na,\xff\n", Fields("text", "label")) == [refuse(0, b"a,\xff", "bad_utf8")]


CELL = st.text(st.sampled_from('ab ",\n\xe9'), max_size=6)


@given(st.lists(st.tuples(CELL, CELL), max_size=6))
@settings(deadline=None, max_examples=150)
def test_what_the_csv_module_writes_comes_back(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([("text", "other"), *rows])
    found = [(row.text, json.loads(row.metadata)["other"]) for row in parse(file.getvalue().encode())]
    assert found == rows


SOUP = st.lists(st.sampled_from([b"a", b",", b'"', b"\n", b"\r\n", b"\xff", b"\0", b"bcd", b"\n\n"]), max_size=25).map(b"".join)


@given(SOUP)
@settings(deadline=None, max_examples=300)
def test_every_byte_but_newlines_is_in_a_record_or_a_note(soup: bytes) -> None:
    rows = parse(soup, limit=12, header=("text", "other"))
    accounted = sum(row.byte_length for row in rows if isinstance(row, Record | Refused))
    blanks = sum(isinstance(row, Blank) for row in rows)
    kept = [row.position for row in rows if not isinstance(row, Blank)]
    assert kept == list(range(len(kept)))
    assert len(soup) - soup.count(b"\n") - 2 * blanks <= accounted <= len(soup)
