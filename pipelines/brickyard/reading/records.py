"""One piece of work of the reading stage: a file, or a byte range of one, to Arrow batches."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from brickyard.reading.batches import SCHEMA, blanks_batch, complete, rows_batch
from brickyard.reading.csv_rows import parse_csv
from brickyard.reading.decoding import LONGEST_MARK, sniff
from brickyard.reading.fields import Fields
from brickyard.reading.json_lines import parse_json_lines
from brickyard.reading.lines import LineShape, split_lines
from brickyard.reading.parquet_columns import take_columns
from brickyard.reading.parquet_rows import parse_parquet
from brickyard.reading.rows import Blank, Record, Refused, refuse
from brickyard.reading.streams import Damage, compression_of, pieces
from brickyard.reading.text_files import parse_text_file
from brickyard.text.minhash import Signing

__all__ = ["SCHEMA", "Piece", "Reading", "format_of", "read_piece"]

FORMATS = {"jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl", "parquet": "parquet", "csv": "csv", "tsv": "csv"}
"""File name ending -> format; every other ending is text."""

Part: TypeAlias = Record | Refused | Blank | pa.RecordBatch
"""What a format gives: a row, a blank line, or many records at once as columns (AS_READ)."""

_ROWS_AT_ONCE, _SIZE_AT_ONCE = 1000, 1 << 24


@dataclass(frozen=True)
class Reading:
    """How files are to be read; `format` may be `auto`."""

    source: str
    fields: Fields
    format: str
    max_record_bytes: int
    csv_delimiter: str | None
    csv_columns: tuple[str, ...] | None
    signing: Signing | None = None  # None leaves shingle_count, sketch and bands null


@dataclass(frozen=True)
class Piece:
    """The lines of a file that begin in bytes [start, end); the whole file if end is None."""

    uri: str
    path: str
    start: int = 0
    end: int | None = None
    refused: str | None = None


def format_of(path: str, configured: str) -> str:
    """The format of a file: as configured, or by the ending of its name below `.gz` and `.zst`."""
    if configured != "auto":
        return configured
    name = os.path.basename(path).lower()
    if compression_of(name):
        name = name.rsplit(".", 1)[0]
    return FORMATS.get(name.rsplit(".", 1)[-1], "text") if "." in name else "text"


def read_piece(piece: Piece, reading: Reading) -> Iterator[pa.RecordBatch]:
    """The batches (SCHEMA) of one piece; what cannot be read becomes a note, never an exception."""
    blanks = 0
    for read in _gather(_parts(piece, reading)):
        if isinstance(read, int):
            blanks += read
        else:
            yield complete(read, piece.uri, reading.source, reading.signing)
    if blanks:
        yield blanks_batch(piece.uri, blanks)


def _gather(parts: Iterator[Part]) -> Iterator[pa.RecordBatch | int]:
    """Rows gathered to batches, batches as they are, both in order; how many lines were blank comes last."""
    rows: list[Record | Refused] = []
    size = blanks = 0
    for part in parts:
        whole = isinstance(part, pa.RecordBatch)
        if isinstance(part, Blank):
            blanks += 1
        elif not isinstance(part, pa.RecordBatch):
            rows.append(part)
            size += len(part.text) + len(part.metadata or "") if isinstance(part, Record) else 0
        if rows and (whole or len(rows) >= _ROWS_AT_ONCE or size >= _SIZE_AT_ONCE):
            yield rows_batch(rows)
            rows, size = [], 0
        if isinstance(part, pa.RecordBatch):
            yield from _cut(part)
    if rows:
        yield rows_batch(rows)
    yield blanks


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch, in halves of halves where it is large."""
    if batch.nbytes <= _SIZE_AT_ONCE or len(batch) == 1:
        yield batch
        return
    yield from _cut(batch.slice(0, len(batch) // 2))
    yield from _cut(batch.slice(len(batch) // 2))


def _parts(piece: Piece, reading: Reading) -> Iterator[Part]:
    if piece.refused:
        yield refuse(0, b"", piece.refused)
        return
    for part in _parse(piece, reading):
        if isinstance(part, Refused) and part.reason == "unreadable_file":
            raise OSError(f"{piece.path} was read a moment ago, and now cannot be; run the job again")
        yield part


def _parse(piece: Piece, reading: Reading) -> Iterator[Part]:
    kind, limit = format_of(piece.path, reading.format), reading.max_record_bytes
    if kind == "parquet":
        return parse_parquet(piece.path, reading.fields, limit, take_columns)
    if kind == "text":
        return parse_text_file(pieces(piece.path, 0, compression_of(piece.path)), limit)
    mark, encoding, width = _sniff(piece)
    lines = _lines(piece, limit, LineShape("\n".encode(encoding), width))
    if kind == "csv":
        delimiter = reading.csv_delimiter or ("\t" if ".tsv" in os.path.basename(piece.path).lower() else ",")
        return parse_csv(lines, reading.fields, delimiter, reading.csv_columns, limit, encoding, mark)
    return parse_json_lines(lines, reading.fields, encoding, mark)


def _sniff(piece: Piece) -> tuple[int, str, int]:
    head = b""
    try:
        for part in pieces(piece.path, 0, compression_of(piece.path)):
            head += part  # a compressed stream may yield nothing, or a single byte, at first
            if len(head) >= LONGEST_MARK:
                break
    except Damage:
        pass  # whoever reads the stream meets it again
    return sniff(head)


def _lines(piece: Piece, limit: int, shape: LineShape) -> Iterator[tuple[int, bytes | Refused]]:
    whole = piece.start == 0 or shape.width > 1
    if whole and piece.start:
        return  # wide code units cannot be found from the middle: the first piece reads the whole file
    if whole:
        lines = split_lines(pieces(piece.path, 0, compression_of(piece.path)), limit, 0, shape)
    else:  # the line under way at byte start - 1 belongs to the piece before
        lines = split_lines(pieces(piece.path, piece.start - 1), limit, piece.start - 1, shape)
        _, first = next(lines, (0, None))
        if isinstance(first, Refused) and first.reason != "too_long":
            yield first.position, first  # not a line but damage, which the piece before need not have met
    for position, line in lines:
        if piece.end is not None and position >= piece.end and shape.width == 1:
            return
        yield position, line
