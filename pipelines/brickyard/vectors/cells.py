"""Assigning vectors to K-means centroids, and comparing them within cells."""

from collections.abc import Iterator

import numba
import numpy as np

GRID = 2.0**11
"""Coordinates are rounded to multiples of 1 / GRID before assignment: for vectors of at most unit length every product
and partial sum then fits float32 exactly, so that the order of addition cannot matter."""

_VECTORS = numba.types.Array(numba.float32, 2, "C", readonly=True)  # an Arrow buffer may not be written
_TILE = 512
_FLOAT32_MARGIN = 1e-4  # far above the error of a float32 product of unit vectors


def to_grid(vectors: np.ndarray) -> np.ndarray:
    """Rounded to the grid, float32."""
    return (np.rint(vectors * GRID) / GRID).astype(np.float32)


def nearest_cells(vectors: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """For each vector the number of its nearest centroid (Euclidean; the smallest number among equals), int32."""
    return nearest_on_grid(to_grid(vectors), to_grid(centroids))[0]


def nearest_on_grid(vectors: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of what is on the grid already, and the squared distances as whole numbers of 1 / GRID^2, int64."""
    halves = (centroids.astype(np.float64) ** 2).sum(axis=1).astype(np.float32) / 2
    cells, squares = np.empty(len(vectors), np.int32), np.empty(len(vectors), np.int64)
    transposed = np.ascontiguousarray(centroids.T)
    for start in range(0, len(vectors), _TILE):
        tile = vectors[start : start + _TILE]
        scores = tile @ transposed
        scores -= halves
        nearest = scores.argmax(axis=1)
        lengths = np.einsum("ij,ij->i", tile, tile, dtype=np.float64)
        cells[start : start + _TILE] = nearest
        squares[start : start + _TILE] = (lengths - 2.0 * scores[np.arange(len(tile)), nearest]) * GRID**2
    return cells, squares


def neighbour_cells(centroids: np.ndarray, count: int) -> list[list[int]]:
    """For each cell the `count` cells whose centroids are nearest, nearest first."""
    neighbours = []
    for cell in range(len(centroids)):
        distances = ((centroids - centroids[cell]) ** 2).sum(axis=1)
        order = np.argsort(np.round(distances, 9), kind="stable")
        neighbours.append([int(other) for other in order if other != cell][:count])
    return neighbours


@numba.njit("void(float32[:,::1], int32[::1], int64[:,::1], int64[::1])", cache=True)
def add_to_sums(vectors, cells, sums, counts):
    """Add the vectors, as whole numbers of the grid, to the sums of their cells: exact in any order."""
    for row in range(len(cells)):
        cell = cells[row]
        counts[cell] += 1
        for d in range(vectors.shape[1]):
            sums[cell, d] += np.int64(vectors[row, d] * GRID)


@numba.njit(numba.float64(_VECTORS, numba.int64, _VECTORS, numba.int64), cache=True)
def cosine(left, i, right, j):
    """Cosine of two rows, summed in float64 from the first coordinate on, to 1e-9."""
    dot = left_square = right_square = np.float64(0)
    for d in range(left.shape[1]):
        x, y = np.float64(left[i, d]), np.float64(right[j, d])
        dot += x * y
        left_square += x * x
        right_square += y * y
    if left_square > 0 and right_square > 0:
        return round(dot / np.sqrt(left_square * right_square) * 1e9) / 1e9
    return 0.0


@numba.njit(numba.float64[::1](_VECTORS, _VECTORS, numba.int64[::1], numba.int64[::1]), cache=True)
def cosines(left, right, i, j):
    """Cosine of left[i[p]] and right[j[p]] for each p."""
    out = np.zeros(len(i))
    for p in range(len(i)):
        out[p] = cosine(left, i[p], right, j[p])
    return out


def candidates(vectors: np.ndarray, rows: slice, columns: slice, min_cosine: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs i < j of a tile of unit vectors whose float32 product does not rule out a cosine of `min_cosine`."""
    products = vectors[rows] @ vectors[columns].T
    i, j = np.nonzero(products >= min_cosine - _FLOAT32_MARGIN)
    i, j = i + rows.start, j + columns.start
    return (i[i < j], j[i < j]) if columns.start < rows.stop else (i, j)


def tiles(blocks: list[tuple[range, range]]) -> Iterator[tuple[slice, slice]]:
    """The blocks (rows, columns) in tiles, without those that lie below the diagonal altogether."""
    for rows, columns in blocks:
        for top in range(rows.start, rows.stop, _TILE):
            for left in range(columns.start, columns.stop, _TILE):
                right = min(left + _TILE, columns.stop)
                if right > top:
                    yield slice(top, min(top + _TILE, rows.stop)), slice(left, right)


def cell_visits(centroids: np.ndarray, count: int) -> list[tuple[int, int]]:
    """(cell, group) of each cell with itself, and of neighbouring cells once: the members of one visit the other's group."""
    found = {(cell, cell) for cell in range(len(centroids))}
    for cell, neighbours in enumerate(neighbour_cells(centroids, count)):
        for other in neighbours:
            low, high = min(cell, other), max(cell, other)
            found.add((low, high) if (low + high) % 2 else (high, low))
    return sorted(found)
