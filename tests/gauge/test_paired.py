"""The interval over documents and seeds covers what it says, and is zero where nothing varies."""

import numpy as np
import pytest
from brickyard.gauge.paired import crossed_interval


def test_it_covers_the_true_mean_about_as_often_as_it_says():
    source = np.random.default_rng(4)
    covered = 0
    for _ in range(2000):
        of_seed, of_document = 0.1 * source.standard_normal((4, 1)), source.standard_normal((1, 50))
        _, low, high = crossed_interval(0.7 + of_seed + of_document + 0.5 * source.standard_normal((4, 50)))
        covered += low <= 0.7 <= high
    assert 0.94 <= covered / 2000 <= 0.985


def test_seeds_that_disagree_widen_it():
    source = np.random.default_rng(4)
    values = 0.01 * source.standard_normal((3, 400))
    moved = values + np.array([[-0.5], [0.0], [0.5]])
    _, low, high = crossed_interval(values)
    _, moved_low, moved_high = crossed_interval(moved)
    assert high - low < 0.05
    assert moved_high - moved_low == pytest.approx(2 * 4.303 * 0.5 / 3**0.5, rel=0.05)  # t of two degrees of freedom


def test_what_does_not_vary_has_no_interval():
    assert crossed_interval(np.full((3, 5), 0.25)) == (0.25, 0.25, 0.25)
