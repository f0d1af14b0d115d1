"""How good a classifier's probabilities are, by metrics that look at different things; and a ranking by all of them."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import rankdata

BINS = 15  # of confidence, for the calibration error
FLOOR = 1e-15  # of a probability whose logarithm is taken

Metric = Callable[[np.ndarray, np.ndarray], float]


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows whose most probable class is their label. All metrics: probabilities (rows, classes), labels (rows,)."""
    return float((probabilities.argmax(1) == labels).mean())


def balanced_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean recall of the classes that occur."""
    guessed = probabilities.argmax(1)
    return float(np.mean([(guessed[labels == label] == label).mean() for label in np.unique(labels)]))


def f1(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the classes that occur of 2 right / (guessed + there): F1 of each against all others."""
    guessed = probabilities.argmax(1)
    shares = [
        2 * ((guessed == label) & (labels == label)).sum() / ((guessed == label).sum() + (labels == label).sum())
        for label in np.unique(labels)
    ]
    return float(np.mean(shares))


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -ln of the label's probability, nats."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], FLOOR)).mean())


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """ECE: how far confidence is from accuracy in 15 equal bins of confidence, by their rows (Guo and others 2017, eq. 3)."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    if not np.isfinite(confidence).all():
        return float("nan")
    places = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(places, confidence - right, BINS)
    return float(np.abs(gaps).sum() / len(labels))


def auc(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Chance that a row of a class scores above one of another class, ties half; mean over the classes that occur.

    By ranks (Hanley and McNeil 1982). NaN if only one class occurs.
    """
    return float(np.mean([_auc_of(probabilities[:, label], labels == label) for label in np.unique(labels)]))


def _auc_of(scores: np.ndarray, members: np.ndarray) -> float:
    inside, outside = int(members.sum()), int((~members).sum())
    if not outside:
        return float("nan")
    return float((rankdata(scores)[members].sum() - inside * (inside + 1) / 2) / (inside * outside))


METRICS: Mapping[str, tuple[Metric, int]] = {
    "accuracy": (accuracy, 1),
    "balanced accuracy": (balanced_accuracy, 1),
    "F1": (f1, 1),
    "AUC": (auc, 1),
    "log loss": (log_loss, -1),
    "calibration error": (calibration_error, -1),
}
"""With 1 if more is better, -1 if less is."""


def measured(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """All metrics of one model."""
    return {name: metric(probabilities, labels) for name, (metric, _) in METRICS.items()}
