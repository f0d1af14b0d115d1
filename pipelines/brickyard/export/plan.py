"""The plan of an export: where each piece of each copy of a document goes. One task makes it, from lengths and ids alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from brickyard.arrays import as_runs
from brickyard.export.options import Options
from brickyard.export.packing import Pieces, best_fit, concatenate

CHUNK = 1 << 22
"""Tokens, or bytes of text, that are laid out at once: what a writing task holds, but for one document."""

SCHEMA = """doc_id string, epoch int, copy int, weight bigint, shard array<int>, chunk array<int>, sequence array<bigint>,
    offset array<bigint>, start array<bigint>, length array<bigint>"""

_DOCUMENTS_AT_ONCE = 5000


@dataclass(frozen=True)
class Packing:
    """How pieces are made: `size` tokens in a sequence (0: documents stay whole), about `shard_bytes` in a shard."""

    size: int
    kind: str
    seed: int
    shard_bytes: int


def packing_of(options: Options) -> Packing:
    """The part of the options that the plan depends on."""
    return Packing(options.sequence_length or 0, options.packing, options.seed, options.shard_bytes)


def plan_pieces(copies: DataFrame, options: Options) -> DataFrame:
    """A row for each copy, with lists of its pieces (SCHEMA).

    `copies` has doc_id, epoch, copy, order_key, weight, length (tokens) and size (bytes, about). Spark sorts it, on disk if
    need be; the task holds some 100 bytes of it for each copy, and as many for each piece. Without a sequence length, a
    document is a sequence of its own, and its offset is counted from the beginning of the export.
    """
    columns = ("doc_id", "epoch", "copy", "weight", "length", "size")
    ordered = copies.repartition(1).sortWithinPartitions("epoch", "order_key", "doc_id", "copy").select(*columns)
    return ordered.mapInArrow(partial(_plan, packing=packing_of(options)), SCHEMA)


def _plan(batches: Iterable[pa.RecordBatch], packing: Packing) -> Iterator[pa.RecordBatch]:
    rows = list(batches)
    if not rows:
        return
    table = pa.Table.from_batches(rows)
    lengths = table["length"].to_numpy()
    if not packing.size:
        pieces, shard, chunk = _whole(lengths, table["size"].to_numpy(), packing.shard_bytes)
    else:
        pieces = _packed(lengths, table["epoch"].to_numpy(), packing)
        shard = pieces.sequence // max(1, packing.shard_bytes // (4 * packing.size))
        chunk = pieces.sequence // max(1, CHUNK // packing.size)
    yield from _batches(table.select(["doc_id", "epoch", "copy", "weight"]), pieces, shard, chunk)


def _whole(lengths: np.ndarray, sizes: np.ndarray, shard_bytes: int) -> tuple[Pieces, np.ndarray, np.ndarray]:
    """Each document in one piece; shards and chunks are numbered without gaps, whatever the size of a document."""
    number = np.arange(len(lengths))
    before = np.cumsum(sizes) - sizes
    _, shard = np.unique(before // shard_bytes, return_inverse=True)
    return Pieces(number, 0 * number, lengths, number, np.cumsum(lengths) - lengths), shard, before // CHUNK


def _packed(lengths: np.ndarray, epochs: np.ndarray, packing: Packing) -> Pieces:
    """The pieces of each epoch, packed by themselves, the sequences of one epoch after those of another."""
    parts, sequences = [], 0
    for epoch in np.unique(epochs):
        (documents,) = np.nonzero(epochs == epoch)
        mine = lengths[documents]
        pieces = best_fit(mine, packing.size, packing.seed) if packing.kind == "best-fit" else concatenate(mine, packing.size)
        parts.append(pieces._replace(document=documents[pieces.document], sequence=pieces.sequence + sequences))
        sequences += int(pieces.sequence.max(initial=-1)) + 1
    return Pieces(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _batches(documents: pa.Table, pieces: Pieces, shard: np.ndarray, chunk: np.ndarray) -> Iterator[pa.RecordBatch]:
    """The plan in batches of documents; a document's pieces follow one another in `pieces`."""
    bounds = np.searchsorted(pieces.document, np.arange(len(documents) + 1))
    columns = (shard.astype(np.int32), chunk.astype(np.int32), pieces.sequence, pieces.offset, pieces.start, pieces.length)
    for first in range(0, len(documents), _DOCUMENTS_AT_ONCE):
        some = documents.slice(first, _DOCUMENTS_AT_ONCE).combine_chunks().to_batches()[0]
        offsets = bounds[first : first + len(some) + 1]
        lists = [as_runs(column[offsets[0] : offsets[-1]], np.diff(offsets)) for column in columns]
        names = [*some.schema.names, "shard", "chunk", "sequence", "offset", "start", "length"]
        yield pa.RecordBatch.from_arrays([*some.columns, *lists], names=names)
