"""Rows to Arrow batches: what was read, and what follows from it: identity, size, words, signature."""

import numpy as np
import pyarrow as pa

from brickyard.reading.rows import Record, Refused
from brickyard.text.minhash import Signing, band_keys, count_and_sign, sketches
from brickyard.text.normalise import bytes_id, document_id, normalise, record_id
from brickyard.text.scanning import NOT_ASCII, NOT_NORMAL, scan
from brickyard.text.words import character_classes, count_words, folded_bytes, utf8_of

SCHEMA = pa.schema(
    [
        ("uri", pa.string()),
        ("position", pa.int64()),
        ("byte_length", pa.int64()),
        ("record_id", pa.string()),
        ("doc_id", pa.string()),
        ("external_id", pa.string()),
        ("text", pa.string()),
        ("label", pa.string()),
        ("metadata", pa.string()),
        ("char_count", pa.int64()),
        ("word_count", pa.int64()),
        ("shingle_count", pa.int32()),
        ("sketch", pa.binary()),
        ("bands", pa.binary()),
        ("sha256", pa.string()),
        ("reason", pa.string()),
        ("head", pa.string()),
        ("blank_lines", pa.int64()),
    ]
)
"""A row is a record (record_id), a note of refused bytes (reason), or a count of blank lines."""

AS_READ = pa.schema([SCHEMA.field(name) for name in dict.fromkeys((*Record._fields, *Refused._fields))])
"""The columns that the formats give: a record's, which are null in a note, and a note's, which are null in a record."""


def rows_batch(rows: list[Record | Refused]) -> pa.RecordBatch:
    """Rows as columns (AS_READ)."""
    whole = [
        (*row, None, None, None) if isinstance(row, Record) else (*row[:2], None, None, None, None, *row[2:]) for row in rows
    ]
    columns = zip(*whole, strict=True) if whole else [[]] * len(AS_READ)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, AS_READ, strict=True)], schema=AS_READ
    )


def blanks_batch(uri: str, blanks: int) -> pa.RecordBatch:
    """The row that counts a piece's blank lines."""
    return pa.RecordBatch.from_pylist([{"uri": uri, "blank_lines": blanks}], SCHEMA)


def complete(read: pa.RecordBatch, uri: str, source: str, signing: Signing | None) -> pa.RecordBatch:
    """The batch (SCHEMA) of rows as read (AS_READ)."""
    columns = dict(zip(read.schema.names, read.columns, strict=True))
    columns["uri"] = pa.repeat(pa.scalar(uri), len(read))
    columns |= _identity(read, uri, source) | _counts(read.column("text"), signing)
    missing = [name for name in SCHEMA.names if name not in columns]
    columns |= {name: pa.nulls(len(read), SCHEMA.field(name).type) for name in missing}
    return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _identity(read: pa.RecordBatch, uri: str, source: str) -> dict[str, pa.Array]:
    """record_id, doc_id and char_count; null where the row is no record."""
    columns = [read.column(name).to_pylist() for name in ("position", "external_id")]
    records = read.column("text").is_valid().to_pylist()
    names = [record_id(source, uri, *row) if good else None for good, *row in zip(records, *columns, strict=True)]
    documents = [found if good else (None, None) for good, found in zip(records, _documents(read.column("text")), strict=True)]
    ids, lengths = zip(*documents, strict=True) if documents else ((), ())
    return {"record_id": pa.array(names, pa.string()), "doc_id": pa.array(ids, pa.string()),
            "char_count": pa.array(lengths, pa.int64())}  # fmt: skip


def _documents(texts: pa.Array) -> list[tuple[str, int]]:
    """Id and code points of each text's normal form, straight from its bytes where they are that form."""
    data, offsets = utf8_of(texts)
    view, bounds = data.data, offsets.tolist()
    unsure = (scan(data, offsets) & (NOT_ASCII | NOT_NORMAL)).tolist()
    return [
        _document(view[start:end]) if look else (bytes_id(view[start:end]), end - start)
        for look, start, end in zip(unsure, bounds[:-1], bounds[1:], strict=True)
    ]


def _document(data: memoryview) -> tuple[str, int]:
    normalised = normalise(str(data, "utf-8"))
    return document_id(normalised), len(normalised)


def _counts(texts: pa.Array, signing: Signing | None) -> dict[str, pa.Array]:
    """word_count and, if wanted, the columns of the signature; null for null."""
    data, offsets = folded_bytes(texts)
    null = texts.is_null().to_numpy(zero_copy_only=False)
    if signing is None:
        return {"word_count": pa.array(count_words(data, offsets, character_classes()), mask=null)}
    counts, sizes, signed = count_and_sign(data, offsets, signing.ngram, signing.permutations)
    keys = band_keys(signed, signing.bands).astype("<i8", copy=False)
    return {
        "word_count": pa.array(counts, mask=null),
        "shingle_count": pa.array(sizes, mask=null),
        "sketch": _bytes_where(sizes > 0, sketches(signed)),
        "bands": _bytes_where(sizes > 0, keys),
    }


def _bytes_where(wanted: np.ndarray, matrix: np.ndarray) -> pa.Array:
    """Rows of a matrix as a binary column, null where they are not wanted."""
    rows = matrix.view(np.uint8)
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(rows.shape[1]), len(rows), [None, pa.py_buffer(rows)])
    return fixed.cast(pa.binary()).take(pa.array(np.arange(len(rows)), mask=~wanted))
