"""Connected components of an undirected graph given as pairs of 64-bit keys."""

from collections.abc import Iterable, Iterator

import numba
import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame

KEYS_AT_ONCE = 1_000_000
"""Keys in one packed row."""

_EDGES = "a bigint, b bigint"


@numba.njit("int64(int64[::1], int64)", cache=True)
def _root(parents, node):
    while parents[node] != node:
        parents[node] = parents[parents[node]]  # path halving (Tarjan, van Leeuwen 1984, section 1)
        node = parents[node]
    return node


@numba.njit("int64[::1](int64, int64[::1], int64[::1])", cache=True)
def component_labels(n, left, right):
    """For nodes 0..n-1 joined by edges left[i] - right[i]: the smallest node of each node's component."""
    parents = np.arange(n)
    for i in range(len(left)):
        a, b = _root(parents, left[i]), _root(parents, right[i])
        parents[max(a, b)] = min(a, b)
    for node in range(n):
        parents[node] = _root(parents, node)
    return parents


def label_keys(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys of an edge list (sorted int64), and the label of each: a number per component."""
    keys, nodes = np.unique(np.concatenate([left, right]), return_inverse=True)
    return keys, component_labels(len(keys), nodes[: len(left)].copy(), nodes[len(left) :].copy())


def label_components(edges: DataFrame) -> tuple[DataFrame, int]:
    """(key, component) of every key in `edges` (a, b), and how many keys there are.

    Each partition sends a spanning forest to the driver, never more edges than it has keys; the driver joins them.
    """
    forest: pd.DataFrame = edges.mapInArrow(_spanning_forests, _EDGES).toPandas()
    keys, labels = label_keys(forest["a"].to_numpy(np.int64), forest["b"].to_numpy(np.int64))
    starts = range(0, len(keys), KEYS_AT_ONCE)
    packed = [tuple(one[start : start + KEYS_AT_ONCE].tobytes() for one in (keys, labels)) for start in starts]
    rows = edges.sparkSession.createDataFrame(packed, "key binary, component binary")
    return rows.mapInArrow(_unpack, "key bigint, component bigint"), len(keys)


def _unpack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows of packed arrays as rows of numbers: Spark takes a pandas frame apart into batches of some hundred rows."""
    for batch in batches:
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            arrays = [pa.array(np.frombuffer(data, np.int64)) for data in row]
            yield pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _spanning_forests(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    pairs = [np.stack([column.to_numpy() for column in batch.columns]) for batch in batches]
    keys, labels = label_keys(*np.concatenate([np.empty((2, 0), np.int64), *pairs], axis=1))
    yield pa.RecordBatch.from_arrays([pa.array(keys), pa.array(keys[labels])], names=["a", "b"])
