import itertools
import math

import numpy as np
import pytest
from brickyard.vectors import cells
from brickyard.vectors.cells import GRID, cosines, nearest_cells, neighbour_cells, to_grid
from brickyard.vectors.crowds import similar_pairs


def unit(rng: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    vectors = rng.normal(size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one.tolist(), other.tolist()
    squares = math.fsum(x * x for x in one) * math.fsum(y * y for y in other)
    return math.fsum(x * y for x, y in zip(one, other, strict=True)) / math.sqrt(squares) if squares else 0.0


def nearest(vector: list[int], centroids: list[list[int]]) -> int:
    """In whole numbers of the grid, exact; the smallest number among equals."""
    distances = [sum((x - y) ** 2 for x, y in zip(vector, centroid, strict=True)) for centroid in centroids]
    return distances.index(min(distances))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dimension", [1, 2, 32])
def test_nearest_cells_are_exact_on_the_grid(seed: int, dimension: int, monkeypatch) -> None:
    monkeypatch.setattr(cells, "_TILE", 7)
    rng = np.random.default_rng(seed)
    vectors, centroids = unit(rng, 40, dimension), unit(rng, 9, dimension) * rng.uniform(0.1, 1, (9, 1)).astype(np.float32)
    on_grid = [np.rint(array.astype(np.float64) * GRID).astype(int).tolist() for array in (vectors, centroids)]
    assert nearest_cells(vectors, centroids).tolist() == [nearest(vector, on_grid[1]) for vector in on_grid[0]]


def test_the_first_of_equally_near_cells_is_taken() -> None:
    centroids = np.array([[0, 1], [1, 0], [1, 0], [0, 1]], np.float32)
    assert nearest_cells(np.array([[1, 0], [0, 1], [0.6, 0.6]], np.float32), centroids).tolist() == [1, 0, 0]


def test_no_vectors_have_no_cells() -> None:
    assert nearest_cells(np.empty((0, 4), np.float32), np.ones((2, 4), np.float32)).tolist() == []


def test_the_grid_leaves_nothing_to_the_order_of_addition() -> None:
    rng = np.random.default_rng(3)
    one, other = to_grid(unit(rng, 50, 256)), to_grid(unit(rng, 50, 256))
    shuffled = rng.permutation(256)
    assert (one @ other.T == one[:, shuffled] @ other[:, shuffled].T).all()
    assert (one @ other.T == one.astype(np.float64) @ other.astype(np.float64).T).all()


@pytest.mark.parametrize("count", [2, 30, 600])  # both ways of computing distances
def test_neighbour_cells_are_the_nearest_in_order(count: int) -> None:
    points = np.random.default_rng(count).integers(-20, 20, (count, 2))
    found = neighbour_cells(points.astype(np.float32), 3)
    for cell in range(0, count, max(1, count // 30)):
        others = [other for other in range(count) if other != cell]
        others.sort(key=lambda other: (((points[other] - points[cell]) ** 2).sum(), other))
        assert found[cell] == others[:3]


def test_cosines_are_exact_to_nine_digits() -> None:
    rng = np.random.default_rng(4)
    left, right = (rng.normal(size=(20, 64)).astype(np.float32) for _ in range(2))
    left[3] = right[5] = 0
    i, j = (side.ravel().astype(np.int64) for side in np.indices((20, 20)))
    expected = [cosine(left[a], right[b]) for a, b in zip(i, j, strict=True)]
    assert np.abs(cosines(left, right, i, j) - expected).max() <= 1e-9
    assert (cosines(left, left, i, i) == np.where(i == 3, 0.0, 1.0)).all()


@pytest.mark.parametrize("held", [0, 5, 1000])
@pytest.mark.parametrize("min_cosine", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("home", "visitors"), [(0, 3), (1, 0), (13, 0), (13, 9), (4, 4)])
def test_similar_pairs_are_all_those_of_home_and_with_visitors(
    home: int, visitors: int, min_cosine: float, held: int, monkeypatch
) -> None:
    monkeypatch.setattr(cells, "_TILE", 4)
    everyone = unit(np.random.default_rng(home + visitors), home + visitors, 3)
    everyone[::3] = everyone[:1]  # some equal ones
    expected = {(i, j) for i, j in itertools.combinations(range(home + visitors), 2) if i < home}
    expected = {(i, j) for i, j in expected if round(cosine(everyone[i], everyone[j]), 9) >= min_cosine}
    blocks = [(range(home), range(home + visitors))]
    found = [pair for *tile, _ in similar_pairs(everyone, blocks, min_cosine, 99, held) for pair in zip(*tile, strict=True)]
    assert sorted((i, j) for i, j, _ in found) == sorted(expected)
    assert all(abs(value - cosine(everyone[i], everyone[j])) <= 1e-9 for i, j, value in found)
