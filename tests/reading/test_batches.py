"""What follows from rows, against the definitions applied to one row at a time."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from brickyard.reading import records
from brickyard.reading.batches import AS_READ, complete, rows_batch
from brickyard.reading.fields import Fields
from brickyard.reading.records import SCHEMA, Piece, Reading, read_piece
from brickyard.reading.rows import Record, Refused, refuse
from brickyard.text.minhash import Signing, band_keys
from brickyard.text.normalise import document_id, normalise, record_id
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles

SIGNING = Signing(2, 8, 4)
TEXTS = st.text(st.sampled_from("abC. \t\n\r\x0b\x1c\x85\xa0\u2028e\u0301\u212b\xe9\u4e2d\u0130"), max_size=30)
NOTES = st.binary(max_size=3).map(lambda data: refuse(0, data, "bad_utf8"))
ROWS = st.lists(
    st.one_of(TEXTS.map(lambda text: Record(0, 3, text)), TEXTS.map(lambda t: Record(1, 1, t, "x", "l", "{}")), NOTES)
)


def expected(row: Record | Refused, signing: Signing | None) -> dict:
    """One row by the definitions, slowly."""
    blank = dict.fromkeys(SCHEMA.names) | {"uri": "u"} | row._asdict()
    if isinstance(row, Refused):
        return blank
    normal, size = normalise(row.text), len(oracles.shingles(row.text, SIGNING.ngram))
    signed = np.array([oracles.signature(row.text, SIGNING.ngram, SIGNING.permutations)], np.uint32)
    signature = {
        "shingle_count": size,
        "sketch": bytes(entry % 256 for entry in signed[0].tolist()) if size else None,
        "bands": b"".join(int(key).to_bytes(8, "little", signed=True) for key in band_keys(signed, 4)[0]) if size else None,
    }
    return blank | (signature if signing else {}) | {
        "record_id": record_id("s", "u", row.position, row.external_id),
        "doc_id": document_id(normal),
        "char_count": len(normal),
        "word_count": len(oracles.words(row.text)),
    }  # fmt: skip


@given(ROWS, st.sampled_from([None, SIGNING]))
@settings(deadline=None, max_examples=300)
def test_a_batch_says_of_each_row_what_the_definitions_say(rows: list, signing: Signing | None) -> None:
    batch = complete(rows_batch(rows), "u", "s", signing)
    assert batch.schema == SCHEMA
    assert batch.to_pylist() == [expected(row, signing) for row in rows]


@given(ROWS, st.integers(0, 8), st.integers(0, 8))
@settings(deadline=None, max_examples=100)
def test_rows_do_not_depend_on_their_batch(rows: list, start: int, length: int) -> None:
    whole = complete(rows_batch(rows), "u", "s", SIGNING).slice(start, length)
    assert complete(rows_batch(rows).slice(start, length), "u", "s", SIGNING).to_pylist() == whole.to_pylist()


def test_a_row_without_words_has_no_signature() -> None:
    rows = complete(rows_batch([Record(0, 3, "..."), refuse(1, b"\xff", "bad_utf8"), Record(2, 1, "a")]), "u", "s", SIGNING)
    assert rows.select(["word_count", "shingle_count"]).to_pylist() == [
        {"word_count": 0, "shingle_count": 0},
        {"word_count": None, "shingle_count": None},
        {"word_count": 1, "shingle_count": 1},
    ]
    assert [value and len(value) for value in rows.column("sketch").to_pylist()] == [None, None, 8]
    assert [value and len(value) for value in rows.column("bands").to_pylist()] == [None, None, 32]


@pytest.mark.parametrize("size", [1, 100, 3000])
def test_large_batches_are_cut_and_stay_in_order(write_file, monkeypatch, size: int) -> None:
    texts = [f"text {number} " + "x" * (number * 7 % 50) for number in range(300)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": texts, "n": range(300)}), sink)
    path = write_file("a.parquet", sink.getvalue().to_pybytes())
    reading = Reading("s", Fields("text"), "auto", 1000, None, None, SIGNING)
    whole = list(read_piece(Piece("u", str(path)), reading))
    monkeypatch.setattr(records, "_SIZE_AT_ONCE", size)
    cut = list(read_piece(Piece("u", str(path)), reading))
    assert len(cut) > len(whole) == 1
    assert pa.Table.from_batches(cut).to_pylist() == whole[0].to_pylist()


def test_columns_as_read_are_those_of_records_and_notes() -> None:
    assert set(AS_READ.names) == {*Record._fields, *Refused._fields}
    assert AS_READ.names == [*Record._fields, "sha256", "reason", "head"]


def test_rows_and_columns_of_one_file_come_in_its_order(write_file) -> None:
    texts = ["t"] * 100 + [None] + ["u"] * 1500
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": texts}), sink)
    path = write_file("a.parquet", sink.getvalue().to_pybytes())
    batches = list(read_piece(Piece("u", str(path)), Reading("s", Fields("text"), "auto", 1000, None, None)))
    assert [n for batch in batches for n in batch.column("position").to_pylist()] == list(range(len(texts)))
