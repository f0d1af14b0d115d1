"""Comparing the vectors of a cell with each other and with those of its neighbour cells, group by group in a stream."""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from brickyard.arrays import as_matrix
from brickyard.vectors.crowds import similar_pairs

PAIRS = (
    "doc_id string, preference double, char_count bigint, other_id string, other_preference double,"
    " other_char_count bigint, similarity double, crowded boolean"
)
"""crowded: one of the pairs that hold together a crowd, whose other pairs are not listed."""

_NAMES = [column.split()[0] for column in PAIRS.split(",")]


def pair_groups(batches: Iterable[pa.RecordBatch], min_cosine: float, crowd: int) -> Iterator[pa.RecordBatch]:
    """Rows sorted by group in; PAIRS out, the preferred document of each as `other_id`.

    Compared are those at home in a group with each other and with its visitors, if at least one of the two is `fresh`.
    """
    for group in _groups(batches):
        yield from _pair_group(group, min_cosine, crowd)


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The runs of equal `group`, each whole, across the borders of batches."""
    pending: list[pa.RecordBatch] = []
    for batch in batches:
        borders = np.flatnonzero(np.diff(batch.column("group").to_numpy())) + 1
        bounds = [0, *borders.tolist(), len(batch)]
        for start, end in itertools.pairwise(bounds):
            run = batch.slice(start, end - start)
            if pending and len(run) and pending[-1].column("group")[0] != run.column("group")[0]:
                yield pa.Table.from_batches(pending)
                pending = []
            pending += [run] if len(run) else []
    if pending:
        yield pa.Table.from_batches(pending)


def _pair_group(group: pa.Table, min_cosine: float, crowd: int) -> Iterator[pa.RecordBatch]:
    vectors = as_matrix(group["vector"].combine_chunks())
    worded = vectors.any(axis=1)  # a text without words has no direction
    home, fresh = group["home"].to_numpy(), group["fresh"].to_numpy()
    parts = [np.flatnonzero(worded & part) for part in (home & fresh, home & ~fresh, ~home & fresh, ~home & ~fresh)]
    order, ends = np.concatenate(parts), np.cumsum([len(part) for part in parts]).tolist()
    blocks = [(range(ends[0]), range(ends[3])), (range(ends[0], ends[1]), range(ends[1], ends[2]))]
    sides = group.select(["doc_id", "preference", "char_count"]).take(pa.array(order))
    ranks = _ranks(sides)
    for i, j, cosine, crowded in similar_pairs(vectors[order], blocks, min_cosine, crowd):
        yield _oriented(sides, ranks, i, j, cosine, crowded)


def _oriented(
    sides: pa.Table, ranks: np.ndarray, i: np.ndarray, j: np.ndarray, cosine: np.ndarray, crowded: bool
) -> pa.RecordBatch:
    """Each pair with the less preferred document first."""
    first = ranks[i] < ranks[j]
    later, earlier = np.where(first, j, i), np.where(first, i, j)
    columns = [*sides.take(pa.array(later)).columns, *sides.take(pa.array(earlier)).columns]
    return pa.RecordBatch.from_arrays(
        [*(column.combine_chunks() for column in columns), pa.array(cosine), pa.array(np.full(len(cosine), crowded))],
        names=_NAMES,
    )


def _ranks(sides: pa.Table) -> np.ndarray:
    """Place of each document in the order of preference: highest preference, then longest, then smallest doc_id."""
    names = np.array(sides["doc_id"].to_pylist(), str)
    order = np.lexsort((names, -sides["char_count"].to_numpy(), -sides["preference"].to_numpy()))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks
