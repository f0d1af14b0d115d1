"""The closed form of what copies do, against simulation and identities."""

import numpy as np
import pytest
from brickyard.gauge import copies, effective

FEATURES, BUDGET, SHARE = 60, 600, 0.5


def simulated(times, runs, ridge=0.0, hidden=0):
    """Mean and standard error of the excess risk of fits to random rows; half of the noise from features the model lacks."""
    source = np.random.default_rng(5)
    truth = np.full(FEATURES, FEATURES**-0.5)  # |b| = 1
    rows = copies.partly_repeated(BUDGET, SHARE, times)
    weights = np.concatenate([np.full(round(count), float(weight)) for weight, count in rows.items()])
    risks = []
    for _ in range(runs):
        seen = source.standard_normal((len(weights), FEATURES))
        noise = source.standard_normal(len(weights)) * (0.5**0.5 if hidden else 1)
        unseen = source.standard_normal((len(weights), hidden)) @ np.full(hidden, (0.5 / hidden) ** 0.5) if hidden else 0
        fit = copies.weighted_regression(seen, seen @ truth + unseen + noise, weights, ridge)
        risks.append(((fit - truth) ** 2).sum())
    return np.mean(risks), np.std(risks, ddof=1) / runs**0.5


@pytest.mark.parametrize("times", [1, 2, 5, 10, 50, 300])
def test_simulation_agrees_within_two_standard_errors(times):
    mean, error = simulated(times, 60)
    expected = copies.excess_risk(copies.partly_repeated(BUDGET, SHARE, times), FEATURES)
    assert abs(mean - expected) < 2 * error + expected / (BUDGET * (1 - SHARE))  # the formula is for many rows


def test_features_that_the_model_lacks_are_noise():
    mean, error = simulated(5, 60, hidden=20)
    assert abs(mean - copies.excess_risk(copies.partly_repeated(BUDGET, SHARE, 5), FEATURES)) < 2 * error


@pytest.mark.parametrize("ridge", [5.0, 80.0])
def test_ridge_agrees_too(ridge):
    mean, error = simulated(10, 60, ridge)
    expected = copies.excess_risk(copies.partly_repeated(BUDGET, SHARE, 10), FEATURES, ridge=ridge, signal=1.0)
    assert abs(mean - expected) < 2 * error + expected / (BUDGET * (1 - SHARE))


def test_without_copies_it_is_the_textbook_formula():
    assert copies.excess_risk({1: 500}, 100) == pytest.approx(100 / 400)
    assert copies.excess_risk({1: 500}, 100, noise=3.0) == pytest.approx(300 / 400)
    assert copies.fresh_rows_worth({1: 500}, 100) == pytest.approx(500)


def test_copying_everything_changes_nothing():
    assert copies.excess_risk({8: 500}, 100) == pytest.approx(copies.excess_risk({1: 500}, 100))
    assert copies.excess_risk({8: 500}, 100, 1.0, 8 * 30, 2.0) == pytest.approx(copies.excess_risk({1: 500}, 100, 1.0, 30, 2.0))


def test_no_more_rows_than_features_are_fitted_exactly():
    assert copies.excess_risk({1: 50, 7: 50}, 100) == float("inf")
    assert copies.fresh_rows_worth({1: 50, 7: 50}, 100) == 100


def test_damage_peaks_at_a_middle_number_of_copies_where_repeats_are_worse_than_nothing():
    times = [1, 2, 4, 8, 16, 32, 64, 128, 256, 500]
    risk = [copies.excess_risk(copies.partly_repeated(1000, 0.5, one), 100) for one in times]
    peak = int(np.argmax(risk))
    assert times[peak] == 16
    assert risk[: peak + 1] == sorted(risk[: peak + 1])
    assert risk[peak:] == sorted(risk[peak:], reverse=True)
    assert risk[peak] > copies.excess_risk({1: 500}, 100)  # the fresh half alone


def test_few_features_see_kishs_size_and_many_the_distinct_rows():
    documents = {1: 6000, 2: 500, 40: 30}
    assert copies.fresh_rows_worth(documents, 1) == pytest.approx(effective.kish(documents), rel=0.02)
    assert copies.fresh_rows_worth(documents, 6500) == pytest.approx(6530, rel=0.02)


def test_weights_are_copies_in_the_fit():
    source = np.random.default_rng(1)
    features, targets = source.standard_normal((40, 5)), source.standard_normal(40)
    times = source.integers(1, 9, 40)
    weighted = copies.weighted_regression(features, targets, times.astype(float), 0.3)
    copied = copies.weighted_regression(np.repeat(features, times, 0), np.repeat(targets, times), np.ones(times.sum()), 0.3)
    np.testing.assert_allclose(weighted, copied, rtol=1e-10)


def test_full_batch_descent_does_not_see_that_everything_is_there_several_times():
    """So what epochs cost is a statement on steps of stochastic descent, not on the objective."""
    source = np.random.default_rng(2)
    features, targets = source.standard_normal((40, 5)), source.standard_normal(40)

    def trajectory(features, targets):
        fit, path = np.zeros(5), []
        for _ in range(50):
            fit = fit - 0.1 * features.T @ (features @ fit - targets) / len(targets)
            path.append(fit)
        return np.array(path)

    copied = trajectory(np.repeat(features, 7, 0), np.repeat(targets, 7))
    np.testing.assert_allclose(copied, trajectory(features, targets), rtol=1e-10)
