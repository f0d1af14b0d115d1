"""One piece of work of the reading stage: a file, or a byte range of one, to Arrow batches."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from brickyard.reading.csv_rows import parse_csv
from brickyard.reading.decoding import LONGEST_MARK, sniff
from brickyard.reading.fields import Fields
from brickyard.reading.json_lines import parse_json_lines
from brickyard.reading.lines import LineShape, split_lines
from brickyard.reading.parquet_rows import parse_parquet
from brickyard.reading.rows import Blank, Record, Refused, refuse
from brickyard.reading.streams import Damage, compression_of, pieces
from brickyard.reading.text_files import parse_text_file
from brickyard.text.minhash import Signing, band_keys, count_and_sign, sketches
from brickyard.text.normalise import document_id, normalise, record_id
from brickyard.text.words import character_classes, count_words, folded_bytes

FORMATS = {"jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl", "parquet": "parquet", "csv": "csv", "tsv": "csv"}
"""File name ending -> format; every other ending is text."""

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

_ROWS_AT_ONCE, _CHARACTERS_AT_ONCE = 1000, 1 << 24


@dataclass(frozen=True)
class Reading:
    """How files are to be read; `format` may be `auto`."""

    source: str
    fields: Fields
    format: str
    max_record_bytes: int
    csv_delimiter: str | None
    csv_columns: tuple[str, ...] | None
    signing: Signing | None = None  # null leaves shingle_count, sketch and bands empty


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
    rows: list[Record | Refused] = []
    blanks = characters = 0
    for row in _rows(piece, reading):
        if isinstance(row, Blank):
            blanks += 1
            continue
        if isinstance(row, Refused) and row.reason == "unreadable_file" and not piece.refused:
            raise OSError(f"{piece.path} was read a moment ago, and now cannot be; run the job again")
        rows.append(row)
        characters += len(row.text) + len(row.metadata or "") if isinstance(row, Record) else 0
        if len(rows) >= _ROWS_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            yield _batch(piece.uri, reading, rows, 0)
            rows, characters = [], 0
    if rows or blanks:
        yield _batch(piece.uri, reading, rows, blanks)


def _rows(piece: Piece, reading: Reading) -> Iterator[Record | Refused | Blank]:
    if piece.refused:
        yield refuse(0, b"", piece.refused)
        return
    yield from _parse(piece, reading)


def _parse(piece: Piece, reading: Reading) -> Iterator[Record | Refused | Blank]:
    kind, limit = format_of(piece.path, reading.format), reading.max_record_bytes
    if kind == "parquet":
        return parse_parquet(piece.path, reading.fields, limit)
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


def _batch(uri: str, reading: Reading, rows: list[Record | Refused], blanks: int) -> pa.RecordBatch:
    columns: dict[str, list] = {name: [None] * len(rows) for name in SCHEMA.names}
    columns["uri"] = [uri] * len(rows)
    for i, row in enumerate(rows):
        for name, value in zip(row._fields, row, strict=True):
            columns[name][i] = value
        if isinstance(row, Record):
            normalised = normalise(row.text)
            columns["record_id"][i] = record_id(reading.source, uri, row.position, row.external_id)
            columns["doc_id"][i] = document_id(normalised)
            columns["char_count"][i] = len(normalised)
    columns |= _counts(columns["text"], reading.signing)
    if blanks:
        for name, column in columns.items():
            column.append({"uri": uri, "blank_lines": blanks}.get(name))
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def _counts(texts: list[str | None], signing: Signing | None) -> dict[str, list]:
    """word_count of each text and, if they are wanted, the columns of its signature; null for null."""
    data, offsets = folded_bytes(texts)
    if signing is None:
        counts = count_words(data, offsets, character_classes())
        return {"word_count": _unless_null(texts, counts.tolist())}
    counts, sizes, signed = count_and_sign(data, offsets, signing.ngram, signing.permutations)
    keys = band_keys(signed, signing.bands).astype("<i8", copy=False)
    return {
        "word_count": _unless_null(texts, counts.tolist()),
        "shingle_count": _unless_null(texts, sizes.tolist()),
        "sketch": [row.tobytes() if size else None for row, size in zip(sketches(signed), sizes, strict=True)],
        "bands": [row.tobytes() if size else None for row, size in zip(keys, sizes, strict=True)],
    }


def _unless_null(texts: list[str | None], values: list) -> list:
    return [None if text is None else value for text, value in zip(texts, values, strict=True)]
