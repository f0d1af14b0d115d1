from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from brickyard.reading.fields import Fields
from brickyard.reading.parquet_rows import parse_parquet
from brickyard.reading.rows import Record, refuse


@pytest.fixture
def parse(tmp_path: Path):
    def write_and_parse(table: pa.Table, fields: Fields = Fields("text"), limit: int = 1000, **options) -> list:
        path = tmp_path / "a.parquet"
        pq.write_table(table, path, **options)
        return list(parse_parquet(str(path), fields, limit))

    return write_and_parse


def raw_strings(*values: bytes) -> pa.StringArray:
    """A string column of any bytes: Parquet does not check them, so some files hold such."""
    offsets = np.cumsum([0, *map(len, values)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(b"".join(values)))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_rows_are_numbered_over_batches_and_row_groups(parse, kind: pa.DataType) -> None:
    texts = [f"caf\xe9 {number % 7}" for number in range(1100)]
    found = parse(pa.table({"text": pa.array(texts).cast(kind)}), row_group_size=300)
    assert found == [Record(number, 7, text) for number, text in enumerate(texts)]


def test_bad_rows_are_noted_and_their_neighbours_read(parse) -> None:
    texts = raw_strings(b"good", b"\xff", b"a\0b", b"x" * 11, b"", b"last")
    assert parse(pa.table({"text": texts}), limit=10) == [
        Record(0, 4, "good"),
        refuse(1, b"\xff", "bad_utf8"),
        refuse(2, b"a\0b", "nul_byte"),
        refuse(3, b"x" * 11, "too_long"),
        Record(4, 0, ""),
        Record(5, 4, "last"),
    ]


def test_null_text_is_missing(parse) -> None:
    assert parse(pa.table({"text": ["a", None]})) == [Record(0, 1, "a"), refuse(1, b"", "text_missing")]


@pytest.mark.parametrize("column", [[1], [b"a"], [["a"]]])
def test_text_of_another_type_is_refused(parse, column: list) -> None:
    assert [row.reason for row in parse(pa.table({"text": column}))] == ["text_not_string"]


def test_a_file_without_the_text_column_has_none(parse) -> None:
    assert parse(pa.table({"body": ["a", "b"]})) == [refuse(0, b"", "text_missing"), refuse(1, b"", "text_missing")]


def test_nested_text_is_checked_like_any_other(parse) -> None:
    bodies = raw_strings(b"\xff", b"a\0", b"x" * 11, "\xe9".encode())
    table = pa.table({"document": pa.StructArray.from_arrays([bodies], ["body"])})
    assert parse(table, Fields("document.body"), limit=10) == [
        refuse(0, b"", "bad_utf8"),
        refuse(1, b"a\0", "nul_byte"),
        refuse(2, b"x" * 11, "too_long"),
        Record(3, 2, "\xe9", None, None, '{"document":{}}'),
    ]


def test_other_columns_are_metadata_without_their_nulls(parse) -> None:
    table = pa.table({"text": ["a", "b"], "n": [1, None], "score": [float("nan"), 0.5], "id": [7, 8]})
    assert parse(table, Fields("text", id="id")) == [
        Record(0, 1, "a", "7", None, '{"n":1,"score":"NaN"}'),
        Record(1, 1, "b", "8", None, '{"score":0.5}'),
    ]


def test_bytes_of_another_column_that_do_not_decode_refuse_the_row(parse) -> None:
    table = pa.table({"text": ["a", "b"], "lang": raw_strings(b"en", b"\xff")})
    assert [row.reason for row in parse(table)[1:]] == ["bad_utf8"]


def test_a_value_without_python_form_refuses_its_row_only(parse) -> None:
    table = pa.table({"text": ["a", "b", "c"], "at": pa.array([0, 2**62, 0], pa.timestamp("us"))})
    assert [getattr(row, "reason", "read") for row in parse(table)] == ["read", "corrupt_stream", "read"]


def test_a_damaged_row_group_keeps_the_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [f"{n:09d}" for n in range(2000)]}), path, row_group_size=1000, use_dictionary=False)
    start = pq.read_metadata(path).row_group(1).column(0).data_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    *rows, note = parse_parquet(str(path), Fields("text"), 99)
    assert [row.text for row in rows] == [f"{n:09d}" for n in range(len(rows))]
    assert note == refuse(len(rows), b"", "corrupt_stream")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_what_is_no_parquet_is_one_note(write_file, content: bytes) -> None:
    assert list(parse_parquet(str(write_file("a.parquet", content)), Fields("text"), 99)) == [refuse(0, b"", "corrupt_stream")]


def test_a_file_that_cannot_be_opened_is_one_note(tmp_path: Path) -> None:
    (note,) = parse_parquet(str(tmp_path / "none.parquet"), Fields("text"), 99)
    assert note == refuse(0, b"", "unreadable_file")
