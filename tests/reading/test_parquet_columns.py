"""The path by columns against the path by rows, which says what is right."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from brickyard.reading.batches import rows_batch
from brickyard.reading.fields import Fields
from brickyard.reading.parquet_columns import take_columns
from brickyard.reading.parquet_rows import parse_parquet
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.test_parquet_rows import raw_strings

LIMIT = 12


def by_rows(path: Path, fields: Fields) -> list[dict]:
    return rows_batch(list(parse_parquet(str(path), fields, LIMIT))).to_pylist()


def by_columns(path: Path, fields: Fields) -> tuple[list[dict], int]:
    """The same rows with columns taken where they can be, and how many were."""
    parts = list(parse_parquet(str(path), fields, LIMIT, take_columns))
    batches = [part if isinstance(part, pa.RecordBatch) else rows_batch([part]) for part in parts]
    taken = sum(len(part) for part in parts if isinstance(part, pa.RecordBatch))
    return [row for batch in batches for row in batch.to_pylist()], taken


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("columns") / "a.parquet"


PIECES = [b"a", b"B ", b"\n", b"\r\n", b" \t", b"\xc3\xa9", b"e\xcc\x81", b"\xe4\xb8\xad", b'"\\', b"\x01"]
SOUND = st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join)
ANY = st.one_of(
    SOUND,
    SOUND,
    SOUND,
    st.sampled_from([b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe4\xb8", b"x" * 13]),
)


def strings(values: list[bytes | None]) -> pa.Array:
    column = raw_strings(*[value or b"" for value in values])
    if None not in values:
        return column
    valid = pa.array([value is not None for value in values])
    return pa.StringArray.from_buffers(len(values), *column.buffers()[1:], valid.buffers()[1])


COLUMNS = {
    "strings": (st.one_of(SOUND, SOUND, st.none()), strings),
    "any": (st.one_of(ANY, SOUND, SOUND), strings),
    "words": (st.sampled_from([b"en", b"de"]), lambda values: strings(values).dictionary_encode()),
    "numbers": (st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), lambda values: pa.array(values, pa.int64())),
    "large": (st.integers(0, 2**64 - 1), lambda values: pa.array(values, pa.uint64())),
    "floats": (st.one_of(st.none(), st.floats()), lambda values: pa.array(values, pa.float64())),
    "small": (st.floats(width=32), lambda values: pa.array(values, pa.float32())),
    "flags": (st.one_of(st.none(), st.booleans()), lambda values: pa.array(values, pa.bool_())),
    "days": (st.dates(), lambda values: pa.array(values, pa.date32())),
    "lists": (st.lists(st.integers(0, 9), max_size=2), lambda values: pa.array(values, pa.list_(pa.int64()))),
    "objects": (SOUND, lambda values: pa.StructArray.from_arrays([strings(values)], ["body"])),
    "bytes": (st.binary(max_size=3), lambda values: pa.array(values, pa.binary())),
    "nothing": (st.none(), lambda values: pa.nulls(len(values))),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(0, 7))
    kinds = draw(st.lists(st.sampled_from([*COLUMNS, *["strings", "numbers", "floats", "flags"] * 2]), max_size=4))
    names = draw(st.permutations(["id", "label", 'o"dd\xe9', "a.b", "objects"]))
    text = draw(st.sampled_from(["any", "strings", "strings", "words", "objects"]))
    chosen = [("text", text), *zip(names, kinds, strict=False)]
    order = draw(st.permutations(chosen))
    columns = [COLUMNS[kind][1](draw(st.lists(COLUMNS[kind][0], min_size=rows, max_size=rows))) for _, kind in order]
    return pa.Table.from_arrays(columns, names=[name for name, _ in order])


NAMES = st.sampled_from([None, None, "id", "label", "a.b", "objects.body", "text", "absent"])


@given(tables(), st.sampled_from(["text", "text", "text", "text.body", "label", "absent"]), NAMES, NAMES)
@settings(deadline=None, max_examples=500)
def test_columns_give_what_rows_give(path: Path, table: pa.Table, text: str, label: str | None, identity: str | None) -> None:
    pq.write_table(table, path)
    fields = Fields(text, label, identity)
    assert by_columns(path, fields)[0] == by_rows(path, fields)


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=5))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_told_to_be_text_or_not_as_python_does(path: Path, values: list[bytes]) -> None:
    pq.write_table(pa.table({"text": raw_strings(*values)}), path)
    assert by_columns(path, Fields("text"))[0] == by_rows(path, Fields("text"))


PLAIN = {
    "text": ["One\r\n", "", "e\u0301 \u4e2d"],
    "id": [3, 1, 2],
    "lang": ["en", None, "de"],
    "score": [0.5, float("nan"), None],
}


@pytest.mark.parametrize(
    "fields", [Fields("text"), Fields("text", "lang", "id"), Fields("lang", "text"), Fields("text", "score", "id")]
)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_plain_batches_are_taken_by_columns(path: Path, fields: Fields, kind: pa.DataType) -> None:
    table = pa.table(PLAIN | {"text": pa.array(PLAIN["text"]).cast(kind)})
    pq.write_table(table, path)
    rows, taken = by_columns(path, fields)
    assert rows == by_rows(path, fields)
    assert taken == (0 if fields.text == "lang" else 3)  # a null text is for the rows to refuse


def test_positions_go_on_over_batches_of_either_path(path: Path) -> None:
    texts = ["t"] * 600 + [None] + ["u"] * 1000
    pq.write_table(pa.table({"text": texts}), path)
    rows, taken = by_columns(path, Fields("text"))
    assert rows == by_rows(path, Fields("text"))
    assert [row["position"] for row in rows] == list(range(1601))
    assert taken == 1601 - 512


def test_columns_of_one_name_are_left_to_the_rows(path: Path) -> None:
    columns = [pa.array(["a"]), pa.array(["b"]), pa.array([1])]
    for names in (["text", "x", "x"], ["text", "text", "x"]):
        pq.write_table(pa.Table.from_arrays(columns, names=names), path)
        assert by_columns(path, Fields("text")) == (by_rows(path, Fields("text")), 0)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("text", "x" * LIMIT, None),
        ("text", "x" * (LIMIT + 1), "too_long"),
        ("text", None, "text_missing"),
        ("text", "\0", "nul_byte"),
        ("id", "i", None),
        ("id", "", "id_missing"),
        ("id", None, "id_missing"),
        ("other", "\0", "nul_byte"),
    ],
)
def test_one_row_out_of_the_ordinary_leaves_its_batch_to_the_rows(path: Path, column: str, value: str | None, reason) -> None:
    table = {name: ["a", "b", "c"] for name in ("text", "id", "other")}
    table[column][1] = value
    pq.write_table(pa.table(table), path)
    rows, taken = by_columns(path, Fields("text", id="id"))
    assert rows == by_rows(path, Fields("text", id="id"))
    assert [row["reason"] for row in rows] == [None, reason, None]
    assert taken == (0 if reason else 3)
