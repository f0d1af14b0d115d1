"""Crowds: connected groups so large that their pairs are not listed."""

from collections.abc import Iterator

import numba
import numpy as np

from brickyard.vectors.cells import candidates, cosines, tiles

HELD = 2_000_000
"""Pairs that are held until it is known which of them lie in crowds; of more, the products are computed twice."""

_INTS = numba.int64[::1]


@numba.njit("int64(int64[::1], int64)", cache=True)
def _root(parents, node):
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@numba.njit(numba.void(_INTS, _INTS, _INTS, _INTS, numba.boolean[::1]), cache=True)
def _join(parents, sizes, i, j, joined):
    """Join the groups of each pair; joined[p]: the pair was the first to do so."""
    for p in range(len(i)):
        a, b = _root(parents, i[p]), _root(parents, j[p])
        joined[p] = a != b
        if a != b:
            low, high = min(a, b), max(a, b)
            parents[high] = low
            sizes[low] += sizes[high]


@numba.njit(numba.void(_INTS), cache=True)
def _flatten(parents):
    for node in range(len(parents)):
        parents[node] = _root(parents, node)


class _Groups:
    """The connected groups of the rows of a matrix, as far as pairs have been seen."""

    def __init__(self, rows: int, crowd: int) -> None:
        self.parents, self.sizes, self.crowd = np.arange(rows), np.ones(rows, np.int64), crowd

    def crowded(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Whether both of a pair are known to be in one crowd."""
        _flatten(self.parents)
        return (self.parents[i] == self.parents[j]) & (self.sizes[self.parents[i]] > self.crowd)

    def join(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        joined = np.empty(len(i), bool)
        _join(self.parents, self.sizes, i, j, joined)
        return joined


def similar_pairs(
    vectors: np.ndarray, blocks: list[tuple[range, range]], min_cosine: float, crowd: int, held: int = HELD
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, bool]]:
    """Pairs (i, j, cosine, in a crowd) at or above `min_cosine`, i < j, of the blocks (rows, columns) of unit vectors.

    Of a crowd, a connected group of more than `crowd` rows, only pairs that span it are listed: a tree. Found by float32
    products in tiles, decided in float64; no more than `held` pairs and a tile are held.
    """
    groups = _Groups(len(vectors), crowd)
    trees, others, count = [], [], 0
    for i, j, cosine in _verified(vectors, blocks, min_cosine, groups):
        joined = groups.join(i, j)
        trees.append((i[joined], j[joined], cosine[joined]))
        count += len(i)
        others.append((i[~joined], j[~joined], cosine[~joined]))
        if count > held:
            others.clear()
    for i, j, cosine in trees:
        crowded = groups.crowded(i, j)
        yield i[crowded], j[crowded], cosine[crowded], True
        if count <= held:
            yield i[~crowded], j[~crowded], cosine[~crowded], False
    for i, j, cosine in others if count <= held else _verified(vectors, blocks, min_cosine, groups):
        single = ~groups.crowded(i, j)
        yield i[single], j[single], cosine[single], False


def _verified(
    vectors: np.ndarray, blocks: list[tuple[range, range]], min_cosine: float, groups: _Groups
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The similar pairs of each tile, without those inside groups that are crowds already."""
    for rows, columns in tiles(blocks):
        i, j = candidates(vectors, rows, columns, min_cosine)
        unknown = ~groups.crowded(i, j)
        i, j = i[unknown], j[unknown]
        cosine = cosines(vectors, vectors, i, j)
        similar = cosine >= min_cosine
        yield i[similar], j[similar], cosine[similar]
