import gzip
import hashlib
import json
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from brickyard.reading import records, streams
from brickyard.reading.fields import Fields
from brickyard.reading.records import SCHEMA, Piece, Reading, format_of, read_piece
from brickyard.reasons import QUARANTINE_REASONS
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles

LINES = b"\n".join(
    [
        b'{"text":"one"}\r',
        b"",
        b'{"text":"caf\xc3\xa9","n":1}',
        b" \t",
        b"\xff",
        b'{"text":"a line that is too long for the limit"}',
        b"no json",
        b"",
        b'{"text":"end"}',
    ]
)
SPAN = ("position", "byte_length", "sha256", "reason", "head", "text")


def read(path: Path, limit: int = 40, start: int = 0, end: int | None = None, refused: str | None = None, **how) -> list[dict]:
    reading = Reading(**{"source": "s", "fields": Fields("text"), "format": "auto", "csv_delimiter": None, "csv_columns": None,
                         "max_record_bytes": limit} | how)  # fmt: skip
    return pa.Table.from_batches(read_piece(Piece("u", str(path), start, end, refused), reading), SCHEMA).to_pylist()


def spans(rows: list[dict]) -> list[tuple]:
    """What was found where, without counts of blank lines."""
    return [tuple(row[name] for name in SPAN) for row in rows if row["blank_lines"] is None]


def blanks(rows: list[dict]) -> int:
    return sum(row["blank_lines"] or 0 for row in rows)


def lines_of(data: bytes) -> tuple[int, int]:
    """How many lines with content and how many blank ones, counted byte by byte."""
    lines = data.split(b"\n")
    lines = lines if lines[-1] else lines[:-1]
    blank = sum(not line.strip(b" \t\r\v\f") for line in lines)
    return len(lines) - blank, blank


def test_rows_and_notes_of_a_small_file_stand_where_its_lines_do(write_file) -> None:
    rows = read(write_file("a.jsonl", LINES))
    found = [(LINES[at : at + length], reason, text) for at, length, _, reason, _, text in spans(rows)]
    lines = [line for line in LINES.split(b"\n") if line.strip()]
    reasons = [None, None, "bad_utf8", "too_long", "json_malformed", None]
    assert found == list(zip(lines, reasons, ["one", "caf\xe9", None, None, None, "end"], strict=True))
    assert (len(found), blanks(rows)) == lines_of(LINES)


def test_jsonl_cut_in_two_at_every_byte_reads_as_the_whole(write_file) -> None:
    path = write_file("a.jsonl", LINES)
    whole = read(path)
    for cut in range(1, len(LINES) + 3):
        rows = read(path, end=cut) + read(path, start=cut, end=len(LINES) + 3)
        assert spans(rows) == spans(whole)
        assert blanks(rows) == blanks(whole)


@pytest.mark.parametrize("size", range(1, 12))
def test_jsonl_cut_into_many_ranges_reads_as_the_whole(write_file, size: int) -> None:
    path = write_file("a.jsonl", LINES)
    rows = [row for start in range(0, len(LINES), size) for row in read(path, start=start, end=start + size)]
    assert spans(rows) == spans(read(path))
    assert blanks(rows) == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_file_cut_into_ranges_is_read_once(write_file, encoding: str) -> None:
    path = write_file("a.jsonl", '{"text":"one"}\n{"text":"\u0a0a"}\n'.encode(encoding))
    rows = [row for start in range(0, 120, 7) for row in read(path, 200, start, start + 7)]
    assert [row["text"] for row in rows] == ["one", "\u0a0a"]


def test_a_file_that_vanished_after_it_was_listed_ends_the_task(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none\.jsonl was read a moment ago"):
        read(tmp_path / "none.jsonl", start=10, end=20)


def test_gzip_truncated_at_every_byte_keeps_the_whole_lines_and_notes_the_tail(write_file) -> None:
    packed = gzip.compress(LINES)
    whole = spans(read(write_file("a.jsonl", LINES)))
    for end in range(1, len(packed)):
        *rows, tail = spans(read(write_file("a.jsonl.gz", packed[:end])))
        held = zlib.decompressobj(wbits=31).decompress(packed[:end])
        start = held.rfind(b"\n") + 1
        assert rows == [row for row in whole if row[0] < start]
        assert tail[:4] == (start, len(held) - start, hashlib.sha256(held[start:]).hexdigest(), "truncated_stream")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_compressed_file_of_many_members_reads_as_the_plain_one(write_file, pack) -> None:
    name = "a.jsonl.gz" if pack is gzip.compress else "a.jsonl.zst"
    members = [pack(LINES[start : start + 9]) for start in range(0, len(LINES), 9)]
    assert read(write_file(name, b"".join(members))) == read(write_file("a.jsonl", LINES))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
@pytest.mark.parametrize("size", [1, 3, 64])
def test_encodings_are_known_by_their_marks_in_any_stream(write_file, monkeypatch, encoding, ending, size) -> None:
    monkeypatch.setattr(streams, "_COMPRESSED_PIECE", size)
    monkeypatch.setattr(streams, "PIECE", size)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    texts = ["\xe9\u0a0a", "b" * 20, "\U0001f600"]
    data = (mark + "".join(json.dumps({"text": text}, ensure_ascii=False) + "\r\n" for text in texts)).encode(encoding)
    pack = {".gz": gzip.compress, ".zst": zstandard.compress}.get(ending[6:], bytes)
    assert [row["text"] for row in read(write_file("a" + ending, pack(data)), 300)] == texts


SOUP = st.lists(st.sampled_from([b"\n", b"\r\n", b" ", b"\t", b'{"text":"a"}', b"{}", b"\xff", b"\0", b"x" * 41]), max_size=25)


@given(SOUP.map(b"".join), st.integers(1, 60), st.sampled_from([".jsonl", ".jsonl.gz", ".jsonl.zst"]))
@settings(deadline=None, max_examples=150)
def test_every_line_is_a_record_a_note_or_a_counted_blank(tmp_path_factory, soup: bytes, size: int, ending: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"soup{ending}"
    path.write_bytes({"l": bytes, "z": gzip.compress, "t": zstandard.compress}[ending[-1]](soup))
    ranges = range(0, max(len(soup), 1), size) if ending == ".jsonl" else [0]
    rows = [row for at in ranges for row in read(path, start=at, end=at + size if ending == ".jsonl" else None)]
    assert (len(spans(rows)), blanks(rows)) == lines_of(soup)
    assert sum(row["byte_length"] for row in rows if row["blank_lines"] is None) <= len(soup)


def parquet_of(column: list) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": column}), sink)
    return sink.getvalue().to_pybytes()


REFUSALS = {
    "bad_utf8": ("a.txt", b"caf\xe9", b"caf\xe9"),
    "nul_byte": ("a.jsonl", b'{"text":"\\u0000"}\n', b'{"text":"\\u0000"}'),
    "lone_surrogate": ("a.ndjson", b'{"text":"\\udc00"}', b'{"text":"\\udc00"}'),
    "json_malformed": ("a.json", b"{", b"{"),
    "json_too_deep": ("a.jsonl", b"[" * 600, b"[" * 600),
    "text_missing": ("a.csv", b"body\nx\n", b"x"),
    "text_not_string": ("a.parquet", parquet_of([1]), b""),
    "id_missing": ("a.jsonl", b'{"text":"t"}', b'{"text":"t"}'),
    "too_long": ("a.md", b"y" * 601, b"y" * 601),
    "csv_malformed": ("a.tsv", b"text\tn\nx\n", b"x"),
    "truncated_stream": ("a.txt.gz", gzip.compress(b"whole")[:-8], b"whole"),
    "corrupt_stream": ("a.jsonl.zst", b"rubbish", b""),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_every_reason_comes_with_place_length_digest_and_head(write_file, reason: str) -> None:
    name, content, refused = REFUSALS[reason]
    (row,) = read(write_file(name, content), 600, fields=Fields("text", id="id" if reason == "id_missing" else None))
    assert spans([row]) == [(0, len(refused), hashlib.sha256(refused).hexdigest(), reason, refused[:200].hex(), None)]
    assert row["record_id"] is None
    assert row["word_count"] is None


def test_reasons_that_reading_gives_are_in_the_closed_list() -> None:
    others = {
        "duplicate_id",
        "repeated_id",
        "taken_down",
        "unreadable_file",
        "outside_root",
    }  # given by the stage and by listing
    assert REFUSALS.keys() == QUARANTINE_REASONS.keys() - others


@pytest.mark.parametrize("reason", ["outside_root", "unreadable_file"])
def test_a_file_refused_by_the_listing_is_a_note_and_never_opened(write_file, reason: str) -> None:
    rows = read(write_file("a.jsonl", LINES), refused=reason)
    assert spans(rows) == [(0, 0, hashlib.sha256(b"").hexdigest(), reason, "", None)]


def test_a_record_knows_its_identity_and_its_size(write_file) -> None:
    text = "  Caf\u0065\u0301 \u4e2d\u6587 \r\n\r\n"
    (row,) = read(write_file("a.txt", text))
    normal = "  Caf\xe9 \u4e2d\u6587"
    assert row["text"] == text
    assert row["doc_id"] == hashlib.sha256(normal.encode()).hexdigest()[:32]
    assert row["record_id"] == hashlib.sha256(b"s\0u\x000").hexdigest()[:32]
    assert (row["char_count"], row["word_count"]) == (len(normal), len(oracles.words(text)))


def test_rows_do_not_depend_on_how_many_make_a_batch(write_file, monkeypatch) -> None:
    path = write_file("a.jsonl", LINES)
    whole = read(path)
    for count in (1, 2, 3):
        monkeypatch.setattr(records, "_ROWS_AT_ONCE", count)
        assert spans(read(path)) == spans(whole)
        assert blanks(read(path)) == blanks(whole)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n", b"\r\n \n"])
def test_a_file_of_nothing_has_no_row_but_blanks(write_file, content: bytes) -> None:
    rows = read(write_file("a.jsonl", content))
    assert spans(rows) == []
    assert blanks(rows) == content.count(b"\n") + content.startswith(b"\xef")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.jsonl", "jsonl"),
        ("a.NDJSON.GZ", "jsonl"),
        ("a.json.zst", "jsonl"),
        ("a.parquet", "parquet"),
        ("a.csv.gz", "csv"),
        ("a.tsv", "csv"),
        ("a.md", "text"),
        ("README", "text"),
        ("README.gz", "text"),
        ("jsonl", "text"),
        ("a.jsonl/README", "text"),
    ],
)
def test_format_is_known_by_the_end_of_the_name(path: str, expected: str) -> None:
    assert format_of(path, "auto") == expected
    assert format_of(path, "csv") == "csv"


def test_a_folder_called_tsv_does_not_change_the_delimiter(write_file) -> None:
    assert [row["text"] for row in read(write_file("x.tsv/a.csv", b"n,text\n1,a\n"))] == ["a"]
