"""Files that are bad, each in one way, with what must come of them: the definitions of reasons.py, by hand."""

import gzip
import io
import json
import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tests.tiny import random_text


class BadFile(NamedTuple):
    """`content`, or how to make the file; the records it gives, and how often it is refused for which reason.

    Of `lines` every byte is in a record, in quarantine, blank, or a newline of so many bytes; 0 if the file is not plain lines.
    """

    name: str
    content: bytes | Callable[[Path], None]
    records: int = 0
    reasons: dict[str, int] = {}  # noqa: RUF012 - never changed
    lines: int = 0


def texts(source: random.Random) -> list[str]:
    """Some texts, not all ASCII."""
    return [" ".join(random_text(source, source.randrange(5, 40))) for _ in range(source.randrange(3, 30))]


def json_lines(values: list, encoding: str = "utf-8") -> bytes:
    """One JSON value a line; a value that is bytes is a line as it is."""
    lines = [v if isinstance(v, bytes) else json.dumps(v, ensure_ascii=False).encode(encoding) for v in values]
    return b"".join(line + "\n".encode(encoding) for line in lines)


def good(source: random.Random) -> list:
    """Records that nothing is wrong with."""
    return [{"text": text} for text in texts(source)]


def amid(source: random.Random, *bad: object) -> tuple[list, int]:
    """Good records with bad ones among them, and how many are good."""
    records = good(source)
    count = len(records)
    for value in bad:
        records.insert(source.randrange(len(records) + 1), value)
    return records, count


def one_bad_line(reason: str, make: Callable[[random.Random], object]) -> Callable[[random.Random], BadFile]:
    """A kind: JSON lines of which one is bad."""

    def kind(source: random.Random) -> BadFile:
        records, count = amid(source, make(source))
        return BadFile("a.jsonl", json_lines(records), count, {reason: 1}, 1)

    return kind


def legal(make: Callable[[random.Random], object]) -> Callable[[random.Random], BadFile]:
    """A kind: JSON lines of which one is odd, and a record all the same."""

    def kind(source: random.Random) -> BadFile:
        records, count = amid(source, make(source))
        return BadFile("a.jsonl", json_lines(records), count + 1, {}, 1)

    return kind


def truncated_gzip(cut: Callable[[bytes, random.Random], int]) -> Callable[[random.Random], BadFile]:
    """A kind: whole lines before the cut are records, what follows is one refusal."""

    def kind(source: random.Random) -> BadFile:
        whole = gzip.compress(json_lines(good(source)))
        part = whole[: cut(whole, source)]
        held = zlib.decompressobj(31).decompress(part)
        return BadFile("a.jsonl.gz", part, held.count(b"\n"), {"truncated_stream": 1})

    return kind


def wrong_checksum(source: random.Random) -> BadFile:
    whole = bytearray(gzip.compress(json_lines(good(source))))
    whole[-6] ^= 1 << source.randrange(8)
    return BadFile("a.jsonl.gz", bytes(whole), 0, {"corrupt_stream": 1})


def trailing_junk(source: random.Random) -> BadFile:
    records = good(source)
    return BadFile("a.jsonl.gz", gzip.compress(json_lines(records)) + b"junk", len(records), {"corrupt_stream": 1})


def members(source: random.Random) -> BadFile:
    parts = [good(source) for _ in range(3)]
    return BadFile("a.jsonl.gz", b"".join(gzip.compress(json_lines(part)) for part in parts), sum(map(len, parts)))


def truncated_second_member(source: random.Random) -> BadFile:
    first = good(source)
    second = gzip.compress(json_lines(good(source)))
    return BadFile("a.jsonl.gz", gzip.compress(json_lines(first)) + second[:9], len(first), {"truncated_stream": 1})


def truncated_zstd(source: random.Random) -> BadFile:
    whole = zstandard.compress(json_lines([{"text": text} for text in texts(source)]))
    return BadFile("a.jsonl.zst", whole[: source.randrange(1, len(whole) - 8)], 0, {"truncated_stream": 1})


def junk_zstd(source: random.Random) -> BadFile:
    return BadFile("a.jsonl.zst", b"no zstd " + source.randbytes(40), 0, {"corrupt_stream": 1})


def utf16(source: random.Random) -> BadFile:
    records = good(source)
    order = source.choice(("utf-16-le", "utf-16-be"))
    return BadFile("a.jsonl", "\ufeff".encode(order) + json_lines(records, order), len(records), {}, 2)


def utf16_without_mark(source: random.Random) -> BadFile:
    records = [{"text": f"number {i}"} for i in range(source.randrange(1, 9))]
    # cut at the byte of the newline: the second half of the last one is a line by itself
    return BadFile("a.jsonl", json_lines(records, "utf-16-le"), 0, {"nul_byte": len(records) + 1}, 1)


def latin1(source: random.Random) -> BadFile:
    records = [{"text": f"größe {i}"} for i in range(source.randrange(1, 9))]
    return BadFile("a.jsonl", json_lines(records, "latin-1"), 0, {"bad_utf8": len(records)}, 1)


def line_ends(source: random.Random) -> BadFile:
    records = good(source)
    return BadFile("a.jsonl", json_lines(records).replace(b"\n", b"\r\n"), len(records), {}, 1)


def lone_returns(source: random.Random) -> BadFile:
    content = json_lines(good(source)).replace(b"\n", b"\r")
    return BadFile("a.jsonl", content, 0, {"json_malformed": 1}, 1)


def long_string(source: random.Random) -> BadFile:
    count = source.randrange(1, 5)
    content = json_lines([{"text": "x" * 20_000_000}, *({"text": f"short {i}"} for i in range(count))])
    return BadFile("a.jsonl.gz", gzip.compress(content, 1), count, {"too_long": 1})


def empty(name: str) -> Callable[[random.Random], BadFile]:
    return lambda _: BadFile(name, b"")


def blank_lines(source: random.Random) -> BadFile:
    return BadFile("a.jsonl", b"".join(source.choice((b"\n", b" \n", b"\t\r\n")) for _ in range(9)), lines=1)


def parquet(table: pa.Table) -> bytearray:
    """A table as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return bytearray(buffer.getvalue())


def truncated_parquet(source: random.Random) -> BadFile:
    whole = parquet(pa.table({"text": texts(source)}))
    return BadFile("a.parquet", bytes(whole[: source.randrange(1, len(whole) - 8)]), 0, {"corrupt_stream": 1})


def parquet_without_column(source: random.Random) -> BadFile:
    rows = texts(source)
    return BadFile("a.parquet", bytes(parquet(pa.table({"body": rows}))), 0, {"text_missing": len(rows)})


def flipped_footer(source: random.Random) -> BadFile:
    whole = parquet(pa.table({"text": texts(source)}))
    whole[-5] ^= 0x40  # the length of the footer
    return BadFile("a.parquet", bytes(whole), 0, {"corrupt_stream": 1})


def json_in_parquet(source: random.Random) -> BadFile:
    return BadFile("a.parquet", json_lines(good(source)), 0, {"corrupt_stream": 1})


def json_in_gzip(source: random.Random) -> BadFile:
    return BadFile("a.jsonl.gz", json_lines(good(source)), 0, {"corrupt_stream": 1})


def ragged_csv(source: random.Random) -> BadFile:
    rows = [f"{i},word{i}" for i in range(source.randrange(2, 9))]
    return BadFile("a.csv", "\n".join(["id,text", *rows, "7", "1,2,3", ""]).encode(), len(rows), {"csv_malformed": 2})


def unclosed_quote(source: random.Random) -> BadFile:
    rows = [f"{i},word{i}" for i in range(source.randrange(2, 9))]
    return BadFile("a.csv", "\n".join(["id,text", *rows, '7,"open', "more", ""]).encode(), len(rows), {"csv_malformed": 1})


def nul_in_csv(source: random.Random) -> BadFile:
    rows = [f"{i},word{i}" for i in range(source.randrange(2, 9))]
    return BadFile("a.csv", "\n".join(["id,text", *rows, "7,a\0b", ""]).encode(), len(rows), {"nul_byte": 1})


def one_byte(source: random.Random) -> BadFile:
    byte = source.choice(b'{}[]"x0')
    return BadFile("a.jsonl", bytes([byte]), 0, {"json_malformed": 1}, 1)


def bad_text_file(source: random.Random) -> BadFile:
    return BadFile("a.txt", " ".join(texts(source)).encode() + b"\xff", 0, {"bad_utf8": 1})


def not_a_file(name: str, make: Callable[[Path], None]) -> Callable[[random.Random], BadFile]:
    return lambda _: BadFile(name, make, 0, {"unreadable_file": 1})


def folder_with_a_files_name(source: random.Random) -> BadFile:
    return BadFile("x.jsonl/a.jsonl", json_lines(records := good(source)), len(records), {}, 1)


KINDS: dict[str, Callable[[random.Random], BadFile]] = {
    "gzip cut in its header": truncated_gzip(lambda _, source: source.randrange(1, 10)),
    "gzip cut in the middle": truncated_gzip(lambda whole, source: source.randrange(11, len(whole) - 9)),
    "gzip cut in its checksum": truncated_gzip(lambda whole, source: len(whole) - source.randrange(1, 8)),
    "gzip with a wrong checksum": wrong_checksum,
    "gzip followed by junk": trailing_junk,
    "gzip of three members": members,
    "gzip whose second member is cut": truncated_second_member,
    "gzip of no bytes": empty("a.jsonl.gz"),
    "zstd cut": truncated_zstd,
    "zstd that is none": junk_zstd,
    "bytes that are not UTF-8": one_bad_line("bad_utf8", lambda _: b'{"text": "\xfe"}'),
    "overlong UTF-8": one_bad_line("bad_utf8", lambda _: b'{"text": "\xc0\xaf"}'),
    "a surrogate in UTF-8": one_bad_line("bad_utf8", lambda _: b'{"text": "\xed\xa0\x80"}'),
    "half a surrogate pair, escaped": one_bad_line("lone_surrogate", lambda _: b'{"text": "a\\udc00b"}'),
    "UTF-16 with a mark": utf16,
    "UTF-16 without a mark": utf16_without_mark,
    "Latin-1": latin1,
    "NUL": one_bad_line("nul_byte", lambda _: b'{"text": "a\0b"}'),
    "NUL, escaped": one_bad_line("nul_byte", lambda _: b'{"text": "a\\u0000b"}'),
    "U+2028 and U+0085 in a line": legal(lambda _: {"text": "one\u2028two\u0085three\x0bfour"}),
    "CR LF": line_ends,
    "CR alone": lone_returns,
    "JSON of depth 1,000": one_bad_line("json_too_deep", lambda _: b'{"text": "a", "x": ' + b"[" * 1000 + b"]" * 1000 + b"}"),
    "JSON of depth 100,000": one_bad_line("json_too_deep", lambda _: b"[" * 100_000),
    "a string of 20 MB": long_string,
    "a number of 5,000 digits": one_bad_line("json_malformed", lambda _: b'{"text": "a", "n": ' + b"9" * 5000 + b"}"),
    "NaN": one_bad_line("json_malformed", lambda _: b'{"text": "a", "n": NaN}'),
    "a key twice": legal(lambda _: b'{"text": 7, "text": "the last counts"}'),
    "a number for the text": one_bad_line("text_not_string", lambda source: {"text": source.choice((7, True, [], {"a": "b"}))}),
    "no object": one_bad_line("json_malformed", lambda source: source.choice(([1], "text", 7, None))),
    "no text": one_bad_line("text_missing", lambda source: source.choice(({}, {"text": None}, {"Text": "x"}))),
    "an empty file": empty("a.jsonl"),
    "blank lines": blank_lines,
    "Parquet cut": truncated_parquet,
    "Parquet without the column": parquet_without_column,
    "Parquet with a flipped footer": flipped_footer,
    "JSON lines called .parquet": json_in_parquet,
    "JSON lines called .gz": json_in_gzip,
    "CSV with ragged rows": ragged_csv,
    "CSV with an open quote": unclosed_quote,
    "CSV with NUL": nul_in_csv,
    "one byte": one_byte,
    "a text file that is not UTF-8": bad_text_file,
    "a folder called .jsonl": folder_with_a_files_name,
    "a link to nothing": not_a_file("a.jsonl", lambda path: path.symlink_to("nowhere")),
    "a pipe": not_a_file("a.jsonl", os.mkfifo),
}
"""Kind -> a file of it, drawn at random."""


def write(folder: Path, kind: str, seed: int) -> tuple[str, BadFile]:
    """Write one file; (its path below `folder`, what must come of it)."""
    bad = KINDS[kind](random.Random(f"{kind} {seed}"))
    path = folder / f"{list(KINDS).index(kind):02d}-{seed}" / bad.name
    path.parent.mkdir(parents=True)
    if isinstance(bad.content, bytes):
        path.write_bytes(bad.content)
    else:
        bad.content(path)
    return str(path.relative_to(folder)), bad
