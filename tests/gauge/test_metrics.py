"""Metrics against loops over all rows and pairs; rankings of models whose order is known."""

import itertools
import math

import numpy as np
import pytest
from brickyard.gauge.metrics import accuracy, auc, balanced_accuracy, calibration_error, f1, log_loss
from brickyard.gauge.ranking import borda, disagreements, rank_models
from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def predictions(draw) -> tuple[np.ndarray, np.ndarray]:
    """Few rows, two classes or more in the labels, probabilities of few values, so that ties are common."""
    rows, classes = draw(st.integers(2, 12)), draw(st.integers(2, 4))
    parts = draw(st.lists(st.lists(st.integers(1, 4), min_size=classes, max_size=classes), min_size=rows, max_size=rows))
    labels = [0, 1, *draw(st.lists(st.integers(0, classes - 1), min_size=rows - 2, max_size=rows - 2))]
    shares = np.array(parts, float)
    return shares / shares.sum(1, keepdims=True), np.array(labels)


def auc_by_pairs(probabilities: np.ndarray, labels: np.ndarray) -> float:
    areas = []
    for label in set(labels.tolist()):
        inside, outside = probabilities[labels == label, label], probabilities[labels != label, label]
        areas.append(np.mean([(a > b) + (a == b) / 2 for a, b in itertools.product(inside, outside)]))
    return float(np.mean(areas))


@given(predictions())
@settings(max_examples=60, deadline=None)
def test_metrics_are_what_loops_give(made: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = made
    guessed = [max(range(len(row)), key=lambda i, row=row: row[i]) for row in probabilities.tolist()]
    pairs = list(zip(guessed, labels.tolist(), strict=True))
    recalls, scores = [], []
    for label in set(labels.tolist()):
        right = sum(guess == label == true for guess, true in pairs)
        missed = sum(guess != label and true == label for guess, true in pairs)
        wrong = sum(guess == label and true != label for guess, true in pairs)
        recalls.append(right / (right + missed))
        scores.append(2 * right / (2 * right + missed + wrong))
    assert accuracy(probabilities, labels) == pytest.approx(sum(guess == true for guess, true in pairs) / len(pairs))
    assert balanced_accuracy(probabilities, labels) == pytest.approx(np.mean(recalls))
    assert f1(probabilities, labels) == pytest.approx(np.mean(scores))
    assert auc(probabilities, labels) == pytest.approx(auc_by_pairs(probabilities, labels))
    logs = [math.log(row[label]) for row, label in zip(probabilities.tolist(), labels.tolist(), strict=True)]
    assert log_loss(probabilities, labels) == pytest.approx(-np.mean(logs))


def test_calibration_by_hand() -> None:
    """Nine right of ten at .9 is calibrated; five right of ten at .7 is off by .2: .1 over all rows."""
    confident, less = np.tile([0.9, 0.1], (10, 1)), np.tile([0.7, 0.3], (10, 1))
    labels = np.array([0] * 9 + [1] + [0] * 5 + [1] * 5)
    assert calibration_error(np.r_[confident, less], labels) == pytest.approx(0.1)
    assert calibration_error(confident, labels[:10]) == pytest.approx(0, abs=1e-12)


def test_a_certain_mistake_costs_much_but_not_infinity() -> None:
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-math.log(1e-15))


def test_one_class_has_no_auc() -> None:
    assert math.isnan(auc(np.array([[0.6, 0.4], [0.7, 0.3]]), np.array([0, 0])))


LABELS = np.random.default_rng(0).integers(0, 3, 400)


def model(noise: float, sharpness: float = 1.0) -> np.ndarray:
    """Probabilities of a model that sees the label through noise; `sharpness` above 1 is overconfident."""
    scores = sharpness * (np.eye(3)[LABELS] + noise * np.random.default_rng(1).normal(size=(400, 3)))
    return np.exp(scores) / np.exp(scores).sum(1, keepdims=True)


def test_models_come_in_the_order_of_their_noise() -> None:
    ranking = rank_models({"b": model(0.6, 3), "a": model(0.2, 3), "c": model(3.0, 3)}, LABELS, resamples=40)
    assert ranking.models == ("a", "b", "c")
    assert ranking.points[0] > ranking.points[1] > ranking.points[2] == 0  # the second is calibrated better than the first
    assert ranking.first[0] > 0.95
    assert ranking.disagreeing == ()


def test_equal_models_share_the_points_and_the_first_place() -> None:
    ranking = rank_models({"a": model(0.6), "b": model(0.6)}, LABELS, resamples=40)
    assert ranking.points == ranking.low == ranking.high == ranking.first == (0.5, 0.5)


def test_an_overconfident_model_makes_metrics_disagree() -> None:
    ranking = rank_models({"right": model(0.9, 1), "loud": model(0.8, 40)}, LABELS, resamples=40)
    assert ("accuracy", "log loss") in [pair[:2] for pair in ranking.disagreeing]
    assert ("accuracy", "F1") not in [pair[:2] for pair in ranking.disagreeing]


def test_rankings_are_the_same_whatever_order_models_come_in() -> None:
    models = {"a": model(0.5), "b": model(0.7), "c": model(0.5, 2)}
    assert rank_models(models, LABELS, 1, 40) == rank_models(dict(reversed(models.items())), LABELS, 1, 40)


def test_one_model_is_no_ranking() -> None:
    with pytest.raises(ValueError, match="two models"):
        rank_models({"a": model(1.0)}, LABELS)


def test_a_metric_without_a_number_is_left_out() -> None:
    scores = np.array([[0.9, 0.8], [0.7, 0.6], [0.7, 0.6], [np.nan, np.nan], [-0.1, -0.2], [-0.3, -0.3]])
    assert borda(scores).tolist() == pytest.approx([0.9, 0.1])
    assert disagreements(scores) == ()
