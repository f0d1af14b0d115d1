"""Shards are written by tasks: each gets its pieces in order, chunk by chunk."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from brickyard.export.formats import unfinished, write_json_lines, write_parquet, write_stream
from brickyard.export.memmap import write_parts
from brickyard.export.pieces import PLACE
from brickyard.export.rows import Layout, document_rows, packed_rows

_MOST_TASKS = 1000


@dataclass(frozen=True)
class Writing:
    """Where and how shards are written: `dtype` is that of tokens in memory maps."""

    folder: str
    format: str
    layout: Layout
    shards: int
    dtype: str


def shard_name(writing: Writing, shard: int) -> str:
    """The path of a shard below the export's folder; of a memory map, the beginning of the names of its parts."""
    ending = {"datasets": "arrow", "memmap": "part"}.get(writing.format, writing.format)
    return f"data/{shard:05d}-of-{writing.shards:05d}.{ending}"


def write_shards(pieces: DataFrame, writing: Writing) -> list[int]:
    """Write all shards; the rows of each. A task that is run twice replaces what it wrote."""
    ordered = pieces.repartition(min(writing.shards, _MOST_TASKS), "shard").sortWithinPartitions(*PLACE[:4])
    written = ordered.mapInArrow(partial(_write_batches, writing=writing), "shard bigint, rows bigint").collect()
    return [row.rows for row in sorted(written)]


def _write_batches(batches: Iterable[pa.RecordBatch], writing: Writing) -> Iterator[pa.RecordBatch]:
    for shard, slices in groupby(_slices(batches), lambda found: found[0]):
        chunks = groupby(slices, lambda found: found[1])
        tables = (pa.Table.from_batches([piece for _, _, piece in some]).combine_chunks() for _, some in chunks)
        rows = _write_shard(tables, writing, os.path.join(writing.folder, shard_name(writing, shard)))
        yield pa.RecordBatch.from_pydict({"shard": [shard], "rows": [rows]})


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, int, pa.RecordBatch]]:
    """The batches cut where another shard or chunk begins."""
    for batch in batches:
        shard, chunk = batch.column("shard").to_numpy(), batch.column("chunk").to_numpy()
        changes = np.flatnonzero((np.diff(shard) != 0) | (np.diff(chunk) != 0)) + 1
        bounds = [0, *changes.tolist(), len(batch)]
        for start, end in pairwise(bounds):
            if start < end:
                yield int(shard[start]), int(chunk[start]), batch.slice(start, end - start)


def _write_shard(tables: Iterator[pa.Table], writing: Writing, path: str) -> int:
    if writing.format == "memmap":
        return write_parts(tables, writing.layout, writing.dtype, path)
    as_rows = packed_rows if writing.layout.size else document_rows
    rows = _WRITERS[writing.format]((as_rows(table, writing.layout) for table in tables), unfinished(path))
    os.replace(unfinished(path), path)
    return rows


_WRITERS = {"parquet": write_parquet, "jsonl.zst": write_json_lines, "datasets": write_stream}
