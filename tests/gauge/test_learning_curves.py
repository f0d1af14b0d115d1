"""Curves of known form, and curves that must not be continued."""

import numpy as np
import pytest
from brickyard.gauge.learning_curves import FAMILIES, Curve, extrapolate, fit, is_ill_behaved, starting_points

SIZES = np.array([100, 200, 400, 800, 1600, 3200])


def noisy(means: np.ndarray, seed: int, noise: float = 0.004) -> Curve:
    return Curve(SIZES, means + np.random.default_rng(seed).normal(0, noise, (8, len(means))))


def power(n):
    return 0.1 + 0.8 * n**-0.4 * 3


def test_a_power_law_is_continued_to_where_it_goes():
    forecasts = [extrapolate(noisy(power(SIZES), seed), 6400, seed) for seed in range(12)]
    truth = power(6400)
    assert np.median([abs(one.error - truth) for one in forecasts]) < 0.005
    assert np.mean([one.low <= truth <= one.high for one in forecasts]) >= 0.7
    assert np.median([abs(one.error - truth) for one in forecasts]) < np.median([abs(one.last - truth) for one in forecasts])


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_finds_its_own_curve_again(family):
    sizes = SIZES / SIZES[0]
    curve = FAMILIES[family](sizes, 0.6, 0.1, -0.3, 0.7)
    assert FAMILIES[family](sizes, *fit(family, sizes, curve, starting_points(sizes, curve, 0))) == pytest.approx(
        curve, abs=2e-3
    )


def test_flat_noise_is_no_rise_and_a_rise_is_found():
    flat = [is_ill_behaved(noisy(np.full(6, 0.3), seed)) for seed in range(200)]
    assert np.mean(flat) <= 0.03
    peaked = power(SIZES) + np.array([0, 0, 0, 0.09, 0, 0])
    assert all(is_ill_behaved(noisy(peaked, seed)) for seed in range(20))


def test_errors_that_never_change_are_continued_as_they_are():
    forecast = extrapolate(Curve(SIZES, np.full((5, 6), 0.25)), 6400)
    assert (forecast.error, forecast.last) == (pytest.approx(0.25, abs=1e-3), 0.25)
    assert not is_ill_behaved(Curve(SIZES, np.full((5, 6), 0.25)))


def test_four_sizes_are_refused():
    with pytest.raises(ValueError, match="4 sizes are too few"):
        extrapolate(Curve(SIZES[:4], np.full((5, 4), 0.2)), 6400)
