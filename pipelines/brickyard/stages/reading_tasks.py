"""The tasks of the reading stage: pieces of files in; records to files of their table, all else back as narrow rows.

Long texts never pass through Java on their way in.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import pyarrow as pa
import pyarrow.compute as pc

from brickyard.data_files import FileWriter
from brickyard.reading.batches import SCHEMA
from brickyard.reading.records import Piece, Reading, read_piece

WIDE = ("external_id", "text", "label", "metadata")
"""Columns that only records have."""

NARROW = pa.schema([*(field for field in SCHEMA if field.name not in WIDE), ("file", pa.string())])
"""A row is as in SCHEMA, without its texts, or tells of a file that was written (a DataFile as JSON)."""


@dataclass(frozen=True)
class Target:
    """Where records go, under which batch, and which of them were taken down: those are noted as refused."""

    folder: str
    schema: pa.Schema
    statistics: tuple[str, ...]
    batch_id: str
    taken_down: pa.Array


def read_and_write(batches: Iterable[pa.RecordBatch], reading: Reading, target: Target) -> Iterator[pa.RecordBatch]:
    """Rows that are pieces in; rows of NARROW out."""
    writer = FileWriter(target.folder, target.schema, target.statistics)
    try:
        for read in _read(batches, reading):
            marked = _mark_taken_down(read, target.taken_down)
            writer.write(_records(marked, reading.source, target))
            yield _narrow(marked)
        files = writer.close()
    except BaseException:
        writer.abort()
        raise
    rows = [{"file": json.dumps(asdict(file))} for file in files]
    yield pa.RecordBatch.from_pylist(rows, NARROW)


def _read(batches: Iterable[pa.RecordBatch], reading: Reading) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for row in batch.to_pylist():
            yield from read_piece(Piece(**row), reading)


def _mark_taken_down(read: pa.RecordBatch, taken_down: pa.Array) -> pa.RecordBatch:
    """Records that were taken down as refused, without a word of their text."""
    if not len(taken_down):
        return read
    gone = pc.is_in(read.column("record_id"), taken_down)
    columns = dict(zip(read.schema.names, read.columns, strict=True))
    for name, value in (("reason", "taken_down"), ("head", ""), ("sha256", None)):
        columns[name] = pc.if_else(gone, pa.scalar(value, pa.string()), columns[name])
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=SCHEMA)


def _records(read: pa.RecordBatch, source: str, target: Target) -> pa.RecordBatch:
    """The rows that are records, as the table has them."""
    sound = pc.and_(read.column("record_id").is_valid(), read.column("reason").is_null())
    constants = {"source": source, "batch_id": target.batch_id}
    columns = [
        pa.repeat(pa.scalar(constants[name]), len(read)) if name in constants else read.column(name)
        for name in target.schema.names
    ]
    return pa.RecordBatch.from_arrays(columns, schema=target.schema).filter(sound)


def _narrow(read: pa.RecordBatch) -> pa.RecordBatch:
    columns = [read.column(name) for name in NARROW.names[:-1]]
    return pa.RecordBatch.from_arrays([*columns, pa.nulls(len(read), pa.string())], schema=NARROW)
