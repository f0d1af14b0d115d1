"""Assigning vectors to K-means centroids, and comparing them within cells."""

from collections.abc import Iterator

import numba
import numpy as np

GRID = 2.0**11
"""Coordinates are rounded to multiples of 1 / GRID before assignment: for vectors of at most unit length every product
and partial sum then fits float32 exactly, so that the order of addition cannot matter."""

_VECTORS = numba.types.Array(numba.float32, 2, "C", readonly=True)  # an Arrow buffer may not be written
_TILE = 1024
_FLOAT32_MARGIN = 1e-4  # far above the error of a float32 product of unit vectors


def to_grid(vectors: np.ndarray) -> np.ndarray:
    """Rounded to the grid, float32."""
    return (np.rint(vectors * GRID) / GRID).astype(np.float32)


def nearest_cells(vectors: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """For each vector the number of its nearest centroid (Euclidean; the smallest number among equals), int32."""
    centroids = to_grid(centroids)
    halves = (centroids.astype(np.float64) ** 2).sum(axis=1).astype(np.float32) / 2
    tiles = [vectors[start : start + _TILE] for start in range(0, len(vectors), _TILE)]
    nearest = [np.argmax(to_grid(tile) @ centroids.T - halves, axis=1) for tile in tiles]
    return np.concatenate(nearest).astype(np.int32) if nearest else np.empty(0, np.int32)


def neighbour_cells(centroids: np.ndarray, count: int) -> list[list[int]]:
    """For each cell the `count` cells whose centroids are nearest, nearest first."""
    neighbours = []
    for cell in range(len(centroids)):
        distances = ((centroids - centroids[cell]) ** 2).sum(axis=1)
        order = np.argsort(np.round(distances, 9), kind="stable")
        neighbours.append([int(other) for other in order if other != cell][:count])
    return neighbours


@numba.njit(numba.float64[::1](_VECTORS, _VECTORS, numba.int64[::1], numba.int64[::1]), cache=True)
def cosines(left, right, i, j):
    """Cosine of left[i[p]] and right[j[p]] for each p, summed in float64 from the first coordinate on, to 1e-9."""
    out = np.zeros(len(i))
    for p in range(len(i)):
        dot = left_square = right_square = np.float64(0)
        for d in range(left.shape[1]):
            x, y = np.float64(left[i[p], d]), np.float64(right[j[p], d])
            dot += x * y
            left_square += x * x
            right_square += y * y
        if left_square > 0 and right_square > 0:
            out[p] = round(dot / np.sqrt(left_square * right_square) * 1e9) / 1e9
    return out


def similar_pairs(
    home: np.ndarray, visitors: np.ndarray, min_cosine: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Pairs (i, j, cosine) at or above `min_cosine`: i in `home`, j in `home` after i, or len(home) + a visitor.

    Found by float32 products in tiles, decided in float64; at most one tile of pairs is held at a time.
    """
    everyone = np.concatenate([home, visitors])
    for top in range(0, len(home), _TILE):
        rows = home[top : top + _TILE]
        for left in range(top, len(everyone), _TILE):
            products = rows @ everyone[left : left + _TILE].T
            i, j = np.nonzero(products >= min_cosine - _FLOAT32_MARGIN)
            i, j = i + top, j + left
            i, j = i[i < j], j[i < j]
            cosine = cosines(home, everyone, i, j)
            similar = cosine >= min_cosine
            yield i[similar], j[similar], cosine[similar]
