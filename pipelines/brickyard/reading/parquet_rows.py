"""Parquet: a row is a record, its position the number of the row in the file, from 0."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from brickyard.reading.decoding import checked, decode
from brickyard.reading.fields import Fields, as_text, take_fields
from brickyard.reading.listing import open_filesystem
from brickyard.reading.rows import BadText, Record, Refused, refuse

_ROWS_AT_ONCE = 512


TakeColumns = Callable[[pa.RecordBatch, int, Fields, int], pa.RecordBatch | None]


def parse_parquet(
    path: str, fields: Fields, limit: int, take_columns: TakeColumns | None = None
) -> Iterator[pa.RecordBatch | Record | Refused]:
    """A record or a note for each row; after damage, one note for the rest of the file.

    What `take_columns` makes of a batch at `position` comes in place of the batch's rows, unless it is None.
    """
    position = 0
    try:
        filesystem, inner = open_filesystem(path)
        with filesystem.open_input_file(inner) as file:
            for batch in pq.ParquetFile(file).iter_batches(_ROWS_AT_ONCE, use_threads=False):
                taken = take_columns(batch, position, fields, limit) if take_columns else None
                yield from _parse_rows(batch, position, fields, limit) if taken is None else [taken]
                position += len(batch)
    except (pa.ArrowException, OSError) as error:
        # only the operating system gives an errno; Parquet reports damage as a bare OSError too
        yield refuse(position, b"", "unreadable_file" if getattr(error, "errno", None) else "corrupt_stream")


def _parse_rows(batch: pa.RecordBatch, position: int, fields: Fields, limit: int) -> Iterator[Record | Refused]:
    for place, row in enumerate(_rows(_as_bytes(batch)), position):
        yield refuse(place, b"", row) if isinstance(row, str) else _record(place, row, fields, limit)


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any] | str]:
    """Each row, or the reason why it has no Python form: nested text that is not UTF-8, a date beyond the year 9999."""
    try:
        return batch.to_pylist()
    except UnicodeDecodeError:
        reason = "bad_utf8"
    except (ValueError, ArithmeticError, LookupError):
        reason = "corrupt_stream"
    return [reason] if len(batch) == 1 else [row for i in range(len(batch)) for row in _rows(batch.slice(i, 1))]


def _as_bytes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Strings as binary: Parquet does not promise that they are UTF-8, and our own decoder is to say so."""
    columns = []
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        columns.append(column.cast(pa.large_binary()) if _is_text(column.type) else column)
    texts = [_is_text(_value_type(field.type)) for field in batch.schema]
    names = [("s:" if text else "v:") + name for name, text in zip(batch.schema.names, texts, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _record(position: int, row: dict[str, Any], fields: Fields, limit: int) -> Record | Refused:
    data = row.get("s:" + fields.text) or b""
    try:
        _check_size(data, limit)
        value = {name[2:]: _text(name, content) for name, content in row.items()}
        text, external_id, label, rest = take_fields(value, fields)
        data = data or text.encode()  # a nested field comes decoded
        _check_size(data, limit)
        kept = {name: content for name, content in rest.items() if content is not None}
        return Record(position, len(data), checked(text), external_id, label, as_text(kept) if kept else None)
    except BadText as bad:
        return refuse(position, data, bad.reason)


def _check_size(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise BadText("too_long")


def _text(name: str, content: Any) -> Any:
    return decode(content) if name.startswith("s:") and content is not None else content
