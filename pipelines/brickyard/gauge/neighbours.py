"""Exact nearest neighbours among a bounded sample of vectors: blocks of matrix products choose, plain differences decide.

The rows of a sample are in the order of a hash, so its first rows are a sample too: neighbours among several sizes of
sample come from one product.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark import Broadcast
from pyspark.sql import SparkSession

from brickyard.arrays import as_binary

_TILE = 256
"""Queries compared at once: with 20,000 vectors their products are 41 MB."""

_BLOCK = 1024
"""Queries of one task."""

_PAIRS = 1 << 16
"""Pairs of which differences are held at once."""


@dataclass(frozen=True)
class Neighbours:
    """Rows of the k nearest, nearest first, among equally near ones the smaller row first; Euclidean. Shape (n, k) both."""

    rows: np.ndarray
    distances: np.ndarray


def nearest(vectors: np.ndarray, sizes: Mapping[int, int], start: int = 0, stop: int | None = None) -> dict[int, Neighbours]:
    """For each `size -> k`, the k nearest of the first `size` vectors to those from `start` to `stop`, which are not their own.

    `vectors`: shape (n, d). Distances are exact in float64, and do not depend on how a product of matrices is added up.
    Raises ValueError for vectors that are not finite, and if a size has no k other vectors.
    """
    vectors = np.ascontiguousarray(vectors, np.float64) + 0.0  # no negative zeros: copies are found by their bytes
    _check(vectors, sizes)
    targets = _first_copies(vectors, max(sizes.values()))
    stop = len(vectors) if stop is None else stop
    tiles = [_tile(vectors, targets, sizes, top, min(top + _TILE, stop)) for top in range(start, stop, _TILE)]
    return {size: _joined([tile[size] for tile in tiles]) for size in sizes}


def nearest_by_tasks(spark: SparkSession, vectors: np.ndarray, sizes: Mapping[int, int]) -> dict[int, Neighbours]:
    """`nearest` of all vectors, each block of queries a task of Spark."""
    _check(vectors, sizes)
    tasks = -(-len(vectors) // _BLOCK)
    shared = spark.sparkContext.broadcast(np.asarray(vectors))
    try:
        search = partial(_search, shared=shared, sizes=dict(sizes))
        schema = "size int, start int, rows binary, distances binary"
        found: pd.DataFrame = spark.range(0, tasks, 1, tasks).mapInArrow(search, schema).toPandas()
    finally:
        shared.destroy()
    found = found.sort_values("start")
    return {size: _unpacked(found[found["size"] == size], count) for size, count in sizes.items()}


def _search(batches: Iterable[pa.RecordBatch], shared: Broadcast, sizes: Mapping[int, int]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for block in batch.column(0).to_pylist():
            start, stop = block * _BLOCK, min((block + 1) * _BLOCK, len(shared.value))
            for size, found in nearest(shared.value, sizes, start, stop).items():
                packed = [as_binary(part.reshape(1, -1)) for part in (found.rows, found.distances)]
                columns = [pa.array([size], pa.int32()), pa.array([start], pa.int32()), *packed]
                yield pa.RecordBatch.from_arrays(columns, names=["size", "start", "rows", "distances"])


def _unpacked(blocks: pd.DataFrame, count: int) -> Neighbours:
    rows = np.frombuffer(b"".join(blocks["rows"]), np.int32).reshape(-1, count)
    return Neighbours(rows, np.frombuffer(b"".join(blocks["distances"]), np.float64).reshape(-1, count))


def _joined(tiles: list[Neighbours]) -> Neighbours:
    return Neighbours(np.concatenate([tile.rows for tile in tiles]), np.concatenate([tile.distances for tile in tiles]))


def _check(vectors: np.ndarray, sizes: Mapping[int, int]) -> None:
    if not np.isfinite(vectors).all():
        raise ValueError("vectors that are not finite have no neighbours")
    for size, count in sizes.items():
        if not count < size <= len(vectors):
            raise ValueError(f"{count} neighbours among the first {size} of {len(vectors)} vectors")


def _first_copies(vectors: np.ndarray, count: int) -> np.ndarray:
    """Rows with at most `count` equal ones before them: no list of `count` neighbours needs more of a crowd of copies."""
    ranks = np.empty(len(vectors), np.int64)
    copies = copies_of(vectors)
    order = np.argsort(copies, kind="stable")
    starts = np.flatnonzero(np.diff(copies[order], prepend=-1))
    ranks[order] = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return np.flatnonzero(ranks <= count)


def copies_of(vectors: np.ndarray) -> np.ndarray:
    """For each row the first row that is equal to it, int64 of shape (n,)."""
    rows = np.ascontiguousarray(vectors) + 0.0
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return first[group]


def _tile(vectors: np.ndarray, targets: np.ndarray, sizes: Mapping[int, int], top: int, bottom: int) -> dict[int, Neighbours]:
    """Neighbours of the rows from `top` to `bottom`."""
    queries, others = vectors[top:bottom], vectors[targets]
    lengths = np.einsum("ij,ij->i", others, others)
    scores = lengths - 2.0 * (queries @ others.T)  # squared distances but for the query's own length
    own = np.flatnonzero((targets >= top) & (targets < bottom))
    scores[targets[own] - top, own] = np.inf
    margins = _margins(queries, float(lengths.max()))
    found = {}
    for size, count in sizes.items():
        among = scores[:, : np.searchsorted(targets, size)]
        bounds = np.partition(among, count - 1, axis=1)[:, count - 1] + margins
        query, target = np.nonzero(among <= bounds[:, None])
        found[size] = _decide(vectors, query + top, targets[target], count)
    return found


def _margins(queries: np.ndarray, longest: float) -> np.ndarray:
    """Twice what rounding can do to a score: an inner product of d terms is off by at most d eps |x||y|."""
    squares = np.einsum("ij,ij->i", queries, queries)
    return 8 * (queries.shape[1] + 4) * np.finfo(np.float64).eps * (squares + longest)


def _decide(vectors: np.ndarray, query: np.ndarray, target: np.ndarray, count: int) -> Neighbours:
    """The `count` nearest of each query's candidates; `query` is in order."""
    distances = _distances(vectors, query, target)
    order = np.lexsort((target, distances, query))
    starts = np.flatnonzero(np.diff(query, prepend=-1))
    chosen = order[starts[:, None] + np.arange(count)]
    return Neighbours(target[chosen].astype(np.int32), distances[chosen])


def _distances(vectors: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    parts = [slice(start, start + _PAIRS) for start in range(0, len(left), _PAIRS)]
    return np.concatenate([np.sqrt(((vectors[left[part]] - vectors[right[part]]) ** 2).sum(axis=1)) for part in parts])
