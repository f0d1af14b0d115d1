"""The greedy choice where crowds of similar vectors are compared with kept ones only: the same kept set, fewer pairs."""

from dataclasses import dataclass

import numba
import numpy as np

from brickyard.vectors.cells import candidates, cosine

_BLOCK = 512
_INTS, _FLOATS = numba.int64[::1], numba.float64[::1]
_VECTORS = numba.types.Array(numba.float32, 2, "C", readonly=True)


class Adjacency:
    """Which cells have their members compared: a cell with itself, and with those given."""

    def __init__(self, visits: list[tuple[int, int]]) -> None:
        self._cells = 1 + max((max(visit) for visit in visits), default=0)
        pairs = np.array(visits, np.int64).reshape(-1, 2)
        self._keys = np.unique(np.concatenate([self._key(pairs[:, 0], pairs[:, 1]), self._key(pairs[:, 1], pairs[:, 0])]))

    def _key(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return one * self._cells + other

    def holds(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """For each pair of cells."""
        return (one == other) | np.isin(self._key(one, other), self._keys)


@dataclass(frozen=True)
class Found:
    """Each rank's representative (-1: kept), and the pairs of ranks found in crowds."""

    representative: np.ndarray
    later: np.ndarray
    earlier: np.ndarray
    similarity: np.ndarray


@numba.njit(
    numba.void(
        numba.int64, numba.int64, _INTS, _INTS, _FLOATS, _INTS, _INTS, _INTS, _INTS, _VECTORS, numba.float64, _INTS, _FLOATS,
        _INTS, _FLOATS,
    ),
    cache=True,
)  # fmt: skip
def _walk(
    first, last, starts, earlier, similarity, members, later_member, earlier_member, bounds, vectors, min_cosine,
    representative, best, seen, found,
):  # fmt: skip
    """Decide ranks first to last; member pairs bounds[j - first] to bounds[j - first + 1] may be similar to rank j.

    found[p]: the cosine of a member pair that was compared and is similar.
    """
    for j in range(first, last):
        for pair in range(starts[j], starts[j + 1]):
            i = earlier[pair]
            seen[i] = j
            if representative[i] < 0 and similarity[pair] > best[j]:
                representative[j], best[j] = i, similarity[pair]
        for p in range(bounds[j - first], bounds[j - first + 1]):
            i = members[earlier_member[p]]
            if representative[i] >= 0 or seen[i] == j:
                continue
            value = cosine(vectors, later_member[p], vectors, earlier_member[p])
            if value >= min_cosine:
                found[p] = value
                if value > best[j] or (value == best[j] and i < representative[j]):
                    representative[j], best[j] = i, value


def choose_among_vectors(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    members: np.ndarray,
    vectors: np.ndarray,
    cells: np.ndarray,
    min_cosine: float,
    adjacency: Adjacency,
) -> Found:
    """Listed pairs (starts, earlier, similarity), by later rank; `members`: ranks, ascending, with vectors and cells."""
    starts, earlier, similarity = pairs
    n = len(starts) - 1
    representative, best, seen = np.full(n, -1, np.int64), np.full(n, -2.0), np.full(n, -1, np.int64)
    parts = []
    vectors = np.ascontiguousarray(vectors)
    for top in range(0, len(members), _BLOCK):
        end = min(top + _BLOCK, len(members))
        first, last = members[top] if top else 0, members[end] if end < len(members) else n
        kept = np.flatnonzero(representative[members[:top]] < 0)
        later, before = _possible(vectors, kept, slice(top, end), min_cosine)
        near = adjacency.holds(cells[later], cells[before])
        later, before = later[near], before[near]
        order = np.lexsort((before, later))
        later, before = later[order], before[order]
        bounds = np.searchsorted(members[later], np.arange(first, last + 1))
        found = np.full(len(later), np.nan)
        _walk(
            first, last, starts, earlier, similarity, members, later, before, bounds, vectors, min_cosine,
            representative, best, seen, found,
        )  # fmt: skip
        similar = ~np.isnan(found)
        parts.append((members[later[similar]], members[before[similar]], found[similar]))
    later, before, found = (np.concatenate([part[side] for part in parts]) for side in range(3))
    return Found(representative, later, before, found)


def _possible(vectors: np.ndarray, kept: np.ndarray, block: slice, min_cosine: float) -> tuple[np.ndarray, np.ndarray]:
    """Member pairs (later, earlier) of the block with kept members before it, and within the block."""
    own, size = vectors[block], block.stop - block.start
    i, j = candidates(own, slice(0, size), slice(0, size), min_cosine)
    later, before = [j + block.start], [i + block.start]
    for start in range(0, len(kept), _BLOCK):
        some = kept[start : start + _BLOCK]
        both = np.concatenate([vectors[some], own])
        i, j = candidates(both, slice(0, len(some)), slice(len(some), len(both)), min_cosine)
        later.append(j - len(some) + block.start)
        before.append(some[i])
    return np.concatenate(later), np.concatenate(before)
