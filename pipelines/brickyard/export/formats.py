"""Tables to files: Parquet, JSON lines with zstd, Arrow streams (what `datasets` maps into memory)."""

import glob
import json
import os
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from pyspark import TaskContext


def unfinished(path: str) -> str:
    """Where a task writes what is called `path` when it is whole: of two tries of the same task, one may still be busy."""
    context = TaskContext.get()
    return f"{path}.try-{context.taskAttemptId() if context else 0}"


def remove_unfinished(folder: str) -> None:
    """Delete what tries of tasks that failed, or came second, have left below a folder."""
    for path in glob.iglob(f"{glob.escape(folder)}/*/*.try-*"):
        os.remove(path)


def write_parquet(tables: Iterator[pa.Table], path: str) -> int:
    """A row group for each table; the rows written."""
    first = next(tables)
    rows = 0
    with pq.ParquetWriter(path, first.schema, compression="zstd", compression_level=3) as writer:
        for table in _all(first, tables):
            writer.write_table(table, row_group_size=len(table))
            rows += len(table)
    return rows


def write_json_lines(tables: Iterator[pa.Table], path: str) -> int:
    """An object for each row, UTF-8, in one zstd frame; null columns are left out."""
    rows = 0
    with open(path, "wb") as file, zstandard.ZstdCompressor(level=3).stream_writer(file) as stream:
        for table in tables:
            for row in table.to_pylist():
                kept = {name: value for name, value in row.items() if value is not None}
                stream.write(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            rows += len(table)
    return rows


def write_stream(tables: Iterator[pa.Table], path: str) -> int:
    """An Arrow IPC stream, a record batch for each table."""
    first = next(tables)
    rows = 0
    with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, first.schema) as writer:
        for table in _all(first, tables):
            writer.write_table(table.combine_chunks())
            rows += len(table)
    return rows


def _all(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def write_dataset_files(folder: str, streams: list[str], fingerprint: str) -> None:
    """What `datasets.load_from_disk` reads first: which Arrow streams there are; it takes the columns from them."""
    state: dict[str, Any] = {
        "_data_files": [{"filename": name} for name in streams],
        "_fingerprint": fingerprint,
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }
    for name, content in (("state.json", state), ("dataset_info.json", {})):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
