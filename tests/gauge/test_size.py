"""Rules of thumb, statistics and the model that predicts a width, against formulas and planted cases."""

import numpy as np
import pytest
from brickyard.gauge import size_features, size_model, size_rules


def test_rules_are_their_formulas():
    found = size_rules.rules(rows=1000, inputs=16, outputs=4)
    assert size_rules.parameters_of(16, 5, 4) == 17 * 5 + 6 * 4
    assert found["widrow"] == pytest.approx((100 - 4) / 21)
    assert found["two_thirds"] == pytest.approx(40 / 3)
    assert (found["geometric_mean"], found["twice_inputs"], found["tenth_of_rows"]) == (8, 33, 5)


def test_a_width_holds_the_parameters_it_was_made_for():
    for width in (1, 7, 64):
        assert size_rules.width_for(size_rules.parameters_of(10, width, 3), 10, 3) == pytest.approx(width)


def test_friedland_counts_the_changes_along_the_best_direction():
    line = np.linspace(-1, 1, 32)[:, None]
    assert size_rules.friedland_bits(line, (line[:, 0] > 0).astype(int)) == 1
    stripes = (np.arange(32) // 4) % 2
    assert size_rules.friedland_bits(line, stripes) == 3  # seven changes


def test_labels_of_one_bit_need_half_a_parameter_each():
    labels = np.array([0, 1] * 50)
    assert size_rules.memorising_parameters(labels) == pytest.approx(50)
    assert size_rules.memorising_parameters(np.zeros(100, int)) == 0


def test_statistics_of_two_clouds():
    draws = np.random.default_rng(0)
    labels = np.arange(600) % 2
    vectors = size_features.standardised(draws.normal(size=(600, 5)) + 6 * labels[:, None] * np.eye(5)[0])
    found = dict(zip(size_features.STATISTICS, size_features.statistics_of(vectors, labels), strict=True))
    assert found["log_rows"] == pytest.approx(np.log2(600))
    assert (found["log_classes"], found["label_entropy"], found["log_imbalance"]) == (1, 1, 0)
    assert found["linear_error"] <= 0.01 and found["nearest_error"] <= 0.02
    assert 3.8 < found["dimension"] < 5.2


def test_the_nearest_rows_are_those_of_all_distances():
    vectors = np.random.default_rng(1).normal(size=(1100, 3))
    distances, nearest = size_features._two_nearest(vectors)
    for row in (0, 511, 512, 1099):
        apart = np.linalg.norm(vectors - vectors[row], axis=1)
        apart[row] = np.inf
        assert nearest[row] == apart.argmin()
        assert distances[row] == pytest.approx(np.sort(apart)[:2])


def test_copies_and_constants_break_no_statistic():
    vectors, labels = np.zeros((50, 2)), np.arange(50) % 2
    assert np.isfinite(size_features.statistics_of(vectors, labels)).all()


def test_the_smallest_width_within_one_standard_error_of_the_best():
    scores = np.array([[0.5, 0.5, 0.5], [0.79, 0.80, 0.81], [0.80, 0.82, 0.81], [0.83, 0.78, 0.83]])
    error = np.std([0.83, 0.78, 0.83], ddof=1) / np.sqrt(3)
    assert 0.8133 - error < 0.80
    assert size_model.smallest_adequate(scores) == 1


def planted(seed: int, rows: int = 60) -> tuple[np.ndarray, np.ndarray, list[str]]:
    draws = np.random.default_rng(seed)
    features = draws.normal(size=(rows, 6))
    targets = np.clip(4 + 2 * features[:, 0] + draws.normal(0, 0.5, rows), 0, 8)
    return features, targets, [f"family {number % (rows // 2)}" for number in range(rows)]


def test_a_width_that_follows_a_statistic_is_found_in_families_not_seen():
    features, targets, families = planted(0)
    fitted = size_model.fit(features, targets, families)
    fresh, truth, _ = planted(1)
    assert np.abs(fitted.predict(fresh) - truth).mean() < 0.6


def test_intervals_cover_what_they_promise_on_fresh_data():
    covered = []
    for seed in range(6):
        fitted = size_model.jackknife(*planted(seed, 40))
        fresh, truth, _ = planted(seed + 100)
        for row, target in zip(fresh, truth, strict=True):
            _, low, high = fitted.predict(row)
            covered.append(low <= target <= high)
    assert 0.74 <= np.mean(covered) <= 0.92


def test_a_model_is_the_same_after_it_was_written_down():
    fitted = size_model.jackknife(*planted(3, 20))
    again = size_model.from_plain(size_model.as_plain(fitted))
    row = planted(4)[0][0]
    assert again.predict(row) == fitted.predict(row)


def test_widths_are_chosen_by_ratio():
    assert [size_model.nearest_width(value) for value in (-3.0, 0.4, 0.6, 4.9, 12.0)] == [1, 1, 2, 32, 256]
