"""Parquet, the plain case: flat columns of sound text become columns of records, without a Python object for each row.

Whatever is out of the ordinary (a null text, a NUL, bytes that are no UTF-8, nested values) leaves the batch to
`parquet_rows`, which alone knows what is refused and why.
"""

import math
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from brickyard.reading.batches import AS_READ
from brickyard.reading.fields import Fields, as_text
from brickyard.text.scanning import HAS_NUL, scan
from brickyard.text.words import utf8_of

_MOST_BYTES = 1 << 30
"""A column of more text does not fit the offsets of a string column."""


def take_columns(batch: pa.RecordBatch, position: int, fields: Fields, limit: int) -> pa.RecordBatch | None:
    """The records (AS_READ) of a batch whose first row is number `position`; None if the batch is not plain."""
    columns = _plain_columns(batch)
    if columns is None or not _are_plain_fields(columns, fields):
        return None
    text = columns.pop(fields.text)
    if text.null_count or pc.max(pc.binary_length(text)).as_py() > limit:
        return None
    label, external_id = (_as_texts(columns.pop(name or "", None), len(batch)) for name in (fields.label, fields.id))
    found = dict.fromkeys(AS_READ.names, pa.nulls(len(batch), pa.string())) | {
        "position": pa.array(np.arange(position, position + len(batch))),
        "byte_length": pc.binary_length(text).cast(pa.int64()),
        "text": text.cast(pa.string()),
        "external_id": external_id,
        "label": label,
        "metadata": _metadata(columns, len(batch)),
    }
    return pa.RecordBatch.from_arrays(list(found.values()), schema=AS_READ)


def _plain_columns(batch: pa.RecordBatch) -> dict[str, pa.Array] | None:
    """Columns by their names; None if two share one, or if a column is nested, or not sound text."""
    columns = {name: _decoded(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    kinds_known = all(_is_text(column) or _write_plain(column.type) for column in columns.values())
    sound = kinds_known and all(_is_sound(column) for column in columns.values() if _is_text(column))
    return columns if sound and len(batch) and len(columns) == batch.num_columns else None


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _is_text(column: pa.Array) -> bool:
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)


def _is_sound(column: pa.Array) -> bool:
    """UTF-8 without NUL: Parquet promises neither."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    data, offsets = utf8_of(column)
    return offsets[-1] - offsets[0] <= _MOST_BYTES and not (scan(data, offsets) & HAS_NUL).any()


def _are_plain_fields(columns: dict[str, pa.Array], fields: Fields) -> bool:
    """Whether the fields are columns, each its own; an id that a row lacks is a reason to refuse that row."""
    names = [name for name in fields if name is not None]
    text, identity = columns.get(fields.text), columns.get(fields.id or "")
    if text is None or not _is_text(text) or len(set(names)) < len(names):
        return False
    return fields.id is None or (identity is not None and _is_identity(identity))


def _is_identity(column: pa.Array) -> bool:
    if column.null_count:
        return False
    if _is_text(column):
        return pc.min(pc.binary_length(column)).as_py() > 0
    return pa.types.is_integer(column.type)


def _as_texts(column: pa.Array | None, length: int) -> pa.Array:
    """Labels and ids as the row path gives them: strings as they are, other values as JSON."""
    if column is None:
        return pa.nulls(length, pa.string())
    return column.cast(pa.string()) if _is_text(column) else pa.array(_as_json(column, ""), pa.string())


def _metadata(columns: dict[str, pa.Array], length: int) -> pa.Array:
    """For each row a JSON object of what is not null; null if nothing is left."""
    members = [_as_json(column, encode_basestring(name) + ":") for name, column in columns.items()]
    rows = zip(*members, strict=True) if members else [()] * length
    kept = (",".join([member for member in row if member is not None]) for row in rows)
    return pa.array([f"{{{row}}}" if row else None for row in kept], pa.string())


def _as_json(column: pa.Array, before: str) -> list[str | None]:
    write = encode_basestring if _is_text(column) else _write_plain(column.type) or as_text
    return [None if value is None else before + write(value) for value in column.to_pylist()]


def _write_plain(kind: pa.DataType) -> Callable[[Any], str] | None:
    """What writes one value of a flat column as JSON; None for the kinds that the row path alone writes."""
    if pa.types.is_integer(kind):
        return str
    if pa.types.is_float32(kind) or pa.types.is_float64(kind):
        return _write_float
    return as_text if pa.types.is_boolean(kind) else None


def _write_float(value: float) -> str:
    return repr(value) if math.isfinite(value) else as_text(value)
