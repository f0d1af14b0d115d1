"""Bounds on the Bayes error: golden values, votes against counting, and cases where it is known."""

import math
from collections import Counter

import numpy as np
import pytest
from brickyard.gauge.bayes_error import band_of, cover_hart, extrapolate, plurality, sizes_for, view_of, with_noise
from brickyard.gauge.neighbours import nearest
from brickyard.gauge.shares import wilson
from brickyard.gauge.transforms import principal, transforms_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm


@pytest.mark.parametrize(("classes", "low"), [(2, 0.0528), (20, 0.0514)])
def test_a_tenth_missed_by_one_neighbour_leaves_about_half_of_it(classes: int, low: float) -> None:
    assert cover_hart(0.1, classes) == (pytest.approx(low, abs=1e-4), 0.1)


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 1), st.integers(2, 50))
def test_cover_and_harts_bound_is_their_inequality_solved(share: float, classes: int) -> None:
    bayes = share * (classes - 1) / classes
    error = bayes * (2 - classes / (classes - 1) * bayes)
    assert cover_hart(error, classes)[0] == pytest.approx(bayes, abs=1e-6)
    assert cover_hart(1.0, classes) == (pytest.approx(1 - 1 / classes), pytest.approx(1 - 1 / classes))


def test_noise_adds_what_counting_says() -> None:
    """Four classes; the best rule misses a tenth; of labels drawn anew it misses three of four."""
    assert with_noise(0.1, 0.4, 4) == pytest.approx(0.6 * 0.1 + 0.4 * 0.75)
    assert with_noise(0.1, 1, 4) == pytest.approx(0.75)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=8))
def test_the_nearest_of_the_most_frequent_wins(votes: list[list[int]]) -> None:
    expected = [max(Counter(row).items(), key=lambda one: (one[1], -row.index(one[0])))[0] for row in votes]
    assert plurality(np.array(votes)).tolist() == expected


def test_a_limit_is_the_line_at_endless_data() -> None:
    """Errors .2 + .1 (n / 800)^-1/2 of 8000 documents: .2 and its interval."""
    sizes = [100, 200, 400, 800]
    errors = [0.2 + 0.1 * (size / 800) ** -0.5 for size in sizes]
    wrong = np.stack([np.random.default_rng(0).permutation(8000) < round(8000 * error) for error in errors])
    limit, low = extrapolate(wrong, sizes, 0.5)
    assert limit == pytest.approx(0.2, abs=1e-3)
    assert 0.1 < low < 0.2
    assert extrapolate(wrong[-1:], sizes[-1:], 0.5) == (pytest.approx(0.3), pytest.approx(wilson(2400, 8000)[0]))


def test_an_error_that_rises_with_data_has_its_last_value_as_limit() -> None:
    wrong = np.stack([np.arange(1000) < 100, np.arange(1000) < 200])
    assert extrapolate(wrong, [500, 1000], 1.0)[0] == 0.2


@pytest.mark.parametrize("dimension", [2, 20])
@pytest.mark.parametrize("delta", [1.0, 3.0])
def test_the_band_holds_the_error_of_two_gaussians(dimension: int, delta: float) -> None:
    rng = np.random.default_rng(dimension)
    labels = rng.integers(0, 2, 1000)
    vectors = rng.normal(size=(1000, dimension))
    vectors[:, 0] += delta * labels
    views = {name: view_of(nearest(seen, sizes_for(1000)), labels) for name, seen in transforms_of(vectors).items()}
    band, true = band_of(views, 2, 1000), norm.cdf(-delta / 2)
    assert band.low <= true <= band.high
    assert band.low <= band.value <= band.high
    assert band.high < true + 0.1


def test_labels_by_chance_cannot_be_learnt() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, 800)
    view = view_of(nearest(rng.normal(size=(800, 2)), sizes_for(800)), labels)
    band = band_of({"raw": view}, 4, 800)
    assert band.low > 0.4
    assert band.high == 0.75


def test_wilsons_interval_is_the_roots_of_its_equation() -> None:
    """Both ends lie as far from 7/50 as their own standard errors, 1.96 times, say."""
    z = norm.ppf(0.975)
    for end in wilson(7, 50):
        assert abs(7 / 50 - end) == pytest.approx(z * math.sqrt(end * (1 - end) / 50))
    assert wilson(0, 10)[0] == 0.0


def test_ways_of_seeing_vectors() -> None:
    rng = np.random.default_rng(1)
    vectors = np.concatenate([rng.normal(size=(50, 20)) * np.arange(1, 21), np.full((50, 1), 7.0)], axis=1)
    ways = transforms_of(vectors)
    assert list(ways) == ["raw", "L2-normalised", "standardised", "PCA-reduced"]
    assert np.linalg.norm(ways["L2-normalised"], axis=1) == pytest.approx(np.ones(50))
    assert ways["standardised"].shape == (50, 20)  # without the feature that does not vary
    assert ways["standardised"].std(axis=0) == pytest.approx(np.ones(20))
    assert ways["PCA-reduced"].shape == (50, 16)
    unit = ways["L2-normalised"][:, :3] / np.linalg.norm(ways["L2-normalised"][:, :3], axis=1, keepdims=True)
    assert list(transforms_of(unit)) == ["raw", "standardised"]
    with pytest.raises(ValueError, match="no feature varies"):
        transforms_of(np.ones((5, 2)))


def test_principal_components_keep_the_variance_that_any_directions_can() -> None:
    vectors = np.random.default_rng(2).normal(size=(200, 6)) @ np.diag([1, 5, 2, 1, 3, 1]) + 4
    singular = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False)
    assert (principal(vectors, 2) ** 2).sum(axis=0) == pytest.approx(singular[:2] ** 2)
