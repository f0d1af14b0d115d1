"""The fitted law on surfaces that are known."""

import numpy as np
import pytest
from brickyard.gauge.scaling_law import STARTS, Law, _objective, fit, fit_band, limited_by

TRUTH = Law(1.2, 1.5, 0.42, 2.0, 0.31, 1000.0, 50_000.0)


def grid(noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parameters, seen = (axis.ravel() for axis in np.meshgrid(1000.0 * 4 ** np.arange(6), 50_000.0 * 4 ** np.arange(6)))
    return parameters, seen, TRUTH.loss(parameters, seen) * np.exp(np.random.default_rng(seed).normal(0, noise, len(seen)))


def test_exponents_of_a_known_surface_are_found_within_five_per_cent():
    law = fit(*grid(0.0005))
    assert law.size_exponent == pytest.approx(TRUTH.size_exponent, rel=0.05)
    assert law.data_exponent == pytest.approx(TRUTH.data_exponent, rel=0.05)
    assert law.floor == pytest.approx(TRUTH.floor, rel=0.05)


def test_many_starts_end_where_one_may_not():
    runs = grid()
    best = fit(*runs)
    single = [fit(*runs, seed=seed, starts=1) for seed in range(6)]
    assert best.size_exponent == pytest.approx(TRUTH.size_exponent, rel=0.02)
    worst = max(abs(one.size_exponent - TRUTH.size_exponent) for one in single)
    assert worst > abs(best.size_exponent - TRUTH.size_exponent)
    assert STARTS > 1


def test_the_gradient_is_that_of_differences():
    x, y, target = np.linspace(0, 3, 9), np.linspace(2, 0, 9), np.linspace(0.4, 0.1, 9)
    values = np.array([-0.3, -0.7, 0.4, -1.0, 0.3])
    _, gradient = _objective(values, x, y, target)
    for place in range(5):
        step = 1e-6 * np.eye(5)[place]
        difference = (_objective(values + step, x, y, target)[0] - _objective(values - step, x, y, target)[0]) / 2e-6
        assert gradient[place] == pytest.approx(difference, rel=1e-4)


def test_intervals_hold_the_loss_of_runs_not_made():
    truth = float(TRUTH.loss(1000 * 4**6, 50_000 * 4**6))
    for seed in range(3):
        middle, low, high = fit_band(*grid(0.002, seed), seed=seed, resamples=15).loss(1000 * 4**6, 50_000 * 4**6, 0.95)
        assert middle == pytest.approx(truth, rel=0.005)
        assert low * 0.999 <= truth <= high * 1.001
        assert high - low < 0.02 * truth


def test_what_limits_is_what_helps_when_doubled():
    assert limited_by(TRUTH, 1000, 1e12) == "size"
    assert limited_by(TRUTH, 1e12, 50_000) == "data"


def test_too_few_runs_or_levels_are_refused():
    parameters, seen, losses = grid()
    with pytest.raises(ValueError, match="7 runs"):
        fit(parameters[:7], seen[:7], losses[:7])
    with pytest.raises(ValueError, match="at 1 levels"):
        fit(np.full_like(parameters, 5), seen, losses)
