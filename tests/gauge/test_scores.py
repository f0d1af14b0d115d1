"""Figures of predictions, against their definitions on rows written out one by one."""

import math

import numpy as np
import pytest
from brickyard.gauge.scores import Predictions, balanced_gain, balanced_interval, calibration_error, confusion, intervals, score
from hypothesis import given, settings
from hypothesis import strategies as st


def told(labels, predicted, probabilities=None, weights=None) -> Predictions:
    n, classes = len(labels), max([*labels, *predicted]) + 1
    shares = np.full((n, classes), 1 / classes) if probabilities is None else np.array(probabilities, float)
    return Predictions(
        np.array(labels), np.array(predicted), shares, np.ones(n) if weights is None else np.array(weights, float)
    )


@st.composite
def predictions(draw) -> Predictions:
    classes = draw(st.integers(2, 4))
    n = draw(st.integers(classes, 25))
    kinds = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    raw = np.array(
        draw(st.lists(st.lists(st.integers(1, 9), min_size=classes, max_size=classes), min_size=n, max_size=n)), float
    )
    labels = [*range(classes), *draw(kinds)][:n]
    weights = draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    return Predictions(np.array(labels), np.array(draw(kinds)), raw / raw.sum(1, keepdims=True), np.array(weights, float))


@given(predictions())
@settings(deadline=None, max_examples=60)
def test_figures_are_their_definitions_on_rows_written_out(made: Predictions) -> None:
    rows = [
        (int(y), int(said), list(p))
        for y, said, p, w in zip(made.labels, made.predicted, made.probabilities, made.weights, strict=True)
        for _ in range(int(w))
    ]
    kinds = sorted({y for y, _, _ in rows})
    recalls = [sum(y == said == c for y, said, _ in rows) / sum(y == c for y, _, _ in rows) for c in kinds]
    precisions = [sum(y == said == c for y, said, _ in rows) / max(1, sum(said == c for _, said, _ in rows)) for c in kinds]
    f1 = [2 * p * r / (p + r) if p + r else 0 for p, r in zip(precisions, recalls, strict=True)]
    found = score(made, kinds[-1])
    assert found.recalls.tolist() == pytest.approx(recalls)
    assert found.minority_recall == pytest.approx(recalls[-1])
    assert found.balanced_accuracy == pytest.approx(sum(recalls) / len(recalls))
    assert found.g_mean == pytest.approx(math.prod(recalls) ** (1 / len(recalls)))
    assert found.macro_f1 == pytest.approx(sum(f1) / len(f1))
    assert found.log_loss == pytest.approx(-sum(math.log(p[y]) for y, _, p in rows) / len(rows))
    assert found.error == pytest.approx(sum(y != said for y, said, _ in rows) / len(rows))


def test_calibration_error_is_the_distance_of_confidence_and_accuracy_by_bins() -> None:
    shares = [[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.35, 0.65]]
    made = told([0, 1, 0, 0], [0, 0, 0, 1], shares)
    assert calibration_error(made) == pytest.approx((abs(2 * 0.95 - 1) + abs(2 * 0.65 - 1)) / 4)
    assert calibration_error(told([0, 0, 0, 1], [0] * 4, [[0.75, 0.25]] * 4)) == pytest.approx(0)


def test_what_thresholds_move_changes_recalls_and_leaves_losses() -> None:
    shares = [[0.8, 0.2], [0.7, 0.3]]
    plain, moved = score(told([0, 1], [0, 0], shares), 1), score(told([0, 1], [0, 1], shares), 1)
    assert (plain.minority_recall, moved.minority_recall) == (0, 1)
    assert plain.log_loss == moved.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.3)) / 2)


def test_a_class_without_rows_is_in_no_mean() -> None:
    found = score(told([0, 0, 2], [0, 1, 2]), 2)
    assert found.balanced_accuracy == pytest.approx(0.75)
    assert np.isnan(found.recalls[1])


def test_a_probability_of_nothing_is_a_large_loss_and_not_an_infinite_one() -> None:
    assert score(told([0, 1], [0, 0], [[1, 0], [1, 0]]), 1).log_loss == pytest.approx(-math.log(1e-15) / 2)


def test_intervals_are_close_to_those_of_resampled_rows() -> None:
    source = np.random.default_rng(5)
    labels = (source.random(300) < 0.2).astype(int)
    said = np.where(source.random(300) < 0.8, labels, 1 - labels)
    shares = np.full((300, 2), 0.3)
    shares[np.arange(300), said] = 0.7
    made = Predictions(labels, said, shares, np.ones(300))
    drawn = []
    for _ in range(2000):
        rows = source.integers(0, 300, 300)
        again = score(Predictions(labels[rows], said[rows], shares[rows], np.ones(300)), 1)
        drawn.append((again.balanced_accuracy, again.minority_recall, again.log_loss))
    expected = np.percentile(drawn, [2.5, 97.5], axis=0).T
    found = intervals(made, 1, seed=1, draws=2000)
    assert np.array(list(found.values())) == pytest.approx(expected, abs=0.02)
    assert found == intervals(made, 1, seed=1, draws=2000)


def test_a_recall_of_nothing_has_an_interval_as_wide_as_its_rows_are_few() -> None:
    """Jeffreys' intervals for 0 of 5 and 0 of 50 (Brown, Cai and DasGupta 2001): 0 to .379 and to .0491."""
    for rows, high in ((5, 0.379), (50, 0.0491)):
        made = told([0] * 100 + [1] * rows, [0] * (100 + rows))
        found = intervals(made, 1, seed=3, draws=20_000)
        assert found["minority_recall"] == pytest.approx((0, high), rel=0.05)
        assert found["balanced_accuracy"][0] <= 0.5 < found["balanced_accuracy"][1]


def test_the_interval_of_many_small_classes_holds_the_truth_as_often_as_it_says() -> None:
    """100 classes with three rows each, of which 95 % are found."""
    source = np.random.default_rng(8)
    drawn = [balanced_interval(source.binomial(3, 0.95, 100), np.full(100, 3)) for _ in range(300)]
    assert np.mean([low <= 0.95 <= high for low, high in drawn]) >= 0.93
    assert np.median([high - low for low, high in drawn]) < 0.1


def test_the_gain_of_a_method_is_of_rows_in_pairs() -> None:
    labels = [0] * 80 + [1] * 20
    before = told(labels, [0] * 90 + [1] * 10)
    after = told(labels, [1] * 8 + [0] * 72 + [1] * 20)
    gain, low, high = balanced_gain(before, after, seed=4, draws=4_000)
    assert gain == pytest.approx((10 / 20 - 8 / 80) / 2)
    spread = 1.96 * math.sqrt((0.5 * 0.5 / 20 + 0.1 * 0.9 / 80) / 4)
    assert (low, high) == pytest.approx((gain - spread, gain + spread), abs=0.015)
    assert balanced_gain(before, before, seed=4) == (0, 0, 0)


def test_rows_count_by_their_weights() -> None:
    assert confusion(told([0, 1, 1], [0, 0, 1], weights=[2, 3, 4])).tolist() == [[2, 0], [3, 4]]
