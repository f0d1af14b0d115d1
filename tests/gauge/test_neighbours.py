"""Nearest neighbours against comparing everything with everything."""

import math

import numpy as np
import pytest
from brickyard.gauge import neighbours
from brickyard.gauge.neighbours import copies_of, nearest, nearest_by_tasks
from hypothesis import given, settings
from hypothesis import strategies as st


def brute_force(vectors: np.ndarray, size: int, count: int) -> list[list[tuple[float, int]]]:
    """(distance, row) of the nearest of the first `size` vectors, by sorting all of them."""
    lists = []
    for i, one in enumerate(vectors):
        others = [(math.sqrt(math.fsum((one - other) ** 2)), j) for j, other in enumerate(vectors[:size]) if j != i]
        lists.append(sorted(others)[:count])
    return lists


def pairs_of(found: neighbours.Neighbours) -> list[list[tuple[float, int]]]:
    return [list(zip(d.tolist(), r.tolist(), strict=True)) for d, r in zip(found.distances, found.rows, strict=True)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_neighbours_among_points_of_a_lattice_are_exact_with_all_their_ties(data) -> None:
    """Whole numbers: distances have no rounding, and many are equal; some points are copies."""
    n, d = data.draw(st.integers(3, 40)), data.draw(st.integers(1, 4))
    points = np.random.default_rng(data.draw(st.integers(0, 10**6))).integers(-2, 3, (n, d)).astype(float)
    size = data.draw(st.integers(2, n))
    count = data.draw(st.integers(1, size - 1))
    found = nearest(points, {size: count})
    assert pairs_of(found[size]) == brute_force(points, size, count)
    assert pairs_of(nearest(points, {size: count, n: 1})[n]) == brute_force(points, n, 1)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_distances_are_exact_where_products_of_matrices_cancel(offset: float) -> None:
    """A million away from 0, squares lose all digits of distances of a thousandth."""
    points = np.random.default_rng(5).normal(size=(300, 7)) * 1e-3 + offset
    found = nearest(points, {300: 4})[300]
    expected = brute_force(points, 300, 4)
    assert [[row for _, row in one] for one in pairs_of(found)] == [[row for _, row in one] for one in expected]
    assert np.allclose(found.distances, [[far for far, _ in one] for one in expected], rtol=1e-12, atol=0)


def test_a_crowd_of_copies_has_its_first_members_as_neighbours() -> None:
    points = np.zeros((1000, 3))
    points[7] = 1
    found = nearest(points, {1000: 3})[1000]
    assert found.rows[0].tolist() == [1, 2, 3]
    assert found.rows[1].tolist() == [0, 2, 3]
    assert found.rows[999].tolist() == found.rows[7].tolist() == [0, 1, 2]
    assert found.distances[7].tolist() == pytest.approx([math.sqrt(3)] * 3)
    assert len(neighbours._first_copies(points, 3)) == 5


def test_copies_are_named_by_their_first_row_and_zero_has_no_sign() -> None:
    assert copies_of(np.array([[1.0, 0.0], [2, 2], [1, -0.0], [2, 2], [3, 3]])).tolist() == [0, 1, 0, 1, 4]


def test_blocks_of_queries_do_not_matter(monkeypatch) -> None:
    points = np.random.default_rng(1).normal(size=(90, 5))
    whole = nearest(points, {90: 5, 45: 2})
    monkeypatch.setattr(neighbours, "_TILE", 7)
    monkeypatch.setattr(neighbours, "_PAIRS", 11)
    tiled = nearest(points, {90: 5, 45: 2})
    part = nearest(points, {90: 5}, 30, 60)[90]
    assert pairs_of(tiled[90]) == pairs_of(whole[90])
    assert pairs_of(tiled[45]) == pairs_of(whole[45])
    assert pairs_of(part) == pairs_of(whole[90])[30:60]


def test_tasks_find_what_one_process_finds(spark) -> None:
    points = np.random.default_rng(2).normal(size=(2100, 6))
    found, expected = nearest_by_tasks(spark, points, {2100: 3, 500: 1}), nearest(points, {2100: 3, 500: 1})
    for size in (2100, 500):
        assert (found[size].rows == expected[size].rows).all()
        assert (found[size].distances == expected[size].distances).all()


@pytest.mark.parametrize(
    ("points", "sizes", "words"),
    [
        (np.array([[0.0], [np.nan], [1.0]]), {3: 1}, "not finite"),
        (np.zeros((3, 1)), {3: 3}, "3 neighbours among the first 3 of 3"),
        (np.zeros((3, 1)), {4: 1}, "first 4 of 3"),
    ],
)
def test_what_has_no_neighbours_is_refused(points, sizes, words) -> None:
    with pytest.raises(ValueError, match=words):
        nearest(points, sizes)
