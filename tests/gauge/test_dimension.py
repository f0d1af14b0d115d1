"""Intrinsic dimension: formulas against their slow versions, known shapes, and another library's values."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from brickyard.gauge.dimension import halvings, levina_bickel, two_nn, two_nn_fit
from brickyard.gauge.neighbours import nearest

GOLDEN = json.loads((Path(__file__).parent / "dimension_golden.json").read_text())


def test_the_interval_holds_the_dimension_as_often_as_it_says() -> None:
    """Ratios drawn from the law itself: the interval is exact, the value is unbiased."""
    rng = np.random.default_rng(0)
    estimates = [two_nn(np.ones(30), np.exp(rng.exponential(1 / 4, 30))) for _ in range(2000)]
    assert 0.935 <= np.mean([one.low <= 4 <= one.high for one in estimates]) <= 0.965
    assert np.mean([one.value for one in estimates]) == pytest.approx(4, abs=0.06)


def test_two_nn_is_a_sum_over_logarithms() -> None:
    estimate = two_nn(np.array([1.0, 2.0, 4.0]), np.array([2.0, 6.0, 5.0]))
    assert estimate.value == pytest.approx(2 / (math.log(2) + math.log(3) + math.log(1.25)))
    assert estimate.low < estimate.value < estimate.high


def test_levina_bickel_averages_inverses() -> None:
    distances = np.array([[1.0, 2.0, 4.0], [1.0, 1.0, 8.0]])
    inverses = [(math.log(4) + math.log(2)) / 2, (math.log(8) + math.log(8)) / 2]
    assert levina_bickel(distances) == pytest.approx(1 / (sum(inverses) / 2))


@pytest.mark.parametrize("d", [1, 2, 5])
def test_cubes_have_their_dimension(d: int) -> None:
    found = nearest(np.random.default_rng(d).uniform(size=(1500, d)), {1500: 10})[1500]
    first, second = found.distances[:, 0], found.distances[:, 1]
    assert two_nn(first, second).value == pytest.approx(d, rel=0.1)
    assert two_nn_fit(first, second) == pytest.approx(d, rel=0.1)
    assert levina_bickel(found.distances) == pytest.approx(d, rel=0.1)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["shape"])
def test_values_are_those_of_scikit_dimension(case) -> None:
    points = np.array(case["points"])
    found = nearest(points, {len(points): 20})[len(points)]
    first, second = found.distances[:, 0], found.distances[:, 1]
    assert two_nn(first, second).value == pytest.approx(case["two_nn"], abs=1e-6)
    assert two_nn_fit(first, second) == pytest.approx(case["two_nn_fit"], abs=1e-6)
    assert levina_bickel(found.distances) == pytest.approx(case["levina_bickel"], abs=1e-6)


def test_copies_and_even_distances_are_refused() -> None:
    with pytest.raises(ValueError, match="copies must be left out"):
        two_nn(np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="copies must be left out"):
        levina_bickel(np.array([[0.0, 1.0]]))
    with pytest.raises(ValueError, match="as near as the first"):
        two_nn(np.ones(5), np.ones(5))


def test_halvings_go_down_to_the_least() -> None:
    assert halvings(1000, 100) == [125, 250, 500, 1000]
    assert halvings(99, 100) == []
