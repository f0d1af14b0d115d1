"""What a table of vectors and labels looks like to the size predictor: statistics that one pass over a sample gives."""

import numpy as np

from brickyard.gauge.entropy import plug_in_entropy
from brickyard.gauge.size_rules import friedland_bits

STATISTICS = (
    "log_rows", "log_inputs", "log_classes", "label_entropy", "log_imbalance", "dimension", "nearest_error", "linear_error",
    "linear_minus_nearest", "fisher", "friedland",
)  # fmt: skip
"""The names of the statistics, in the order of their columns."""

PROBED = ("score_at_2", "score_at_8", "score_at_32", "gain_2_to_8", "gain_8_to_32")
"""The names of what three probes add."""

_FOLDS = 3
_RIDGE = 1.0


def standardised(vectors: np.ndarray) -> np.ndarray:
    """Columns (float64) with mean 0 and deviation 1; constant ones are 0."""
    spread = vectors.std(axis=0)
    return (vectors - vectors.mean(axis=0)) / np.where(spread > 0, spread, 1)


def statistics_of(vectors: np.ndarray, labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """The statistics of standardised vectors (n, d) and labels (n,) from 0, float64, in the order of STATISTICS."""
    rows, inputs = vectors.shape
    counts = np.bincount(labels)
    distances, nearest = _two_nearest(vectors)
    nearest_error = float((labels[nearest] != labels).mean())
    linear = linear_error(vectors, labels, seed)
    found = {
        "log_rows": np.log2(rows),
        "log_inputs": np.log2(inputs),
        "log_classes": np.log2(np.count_nonzero(counts)),
        "label_entropy": plug_in_entropy(counts),
        "log_imbalance": np.log2(counts.max() / counts[counts > 0].min()),
        "dimension": _dimension(distances),
        "nearest_error": nearest_error,
        "linear_error": linear,
        "linear_minus_nearest": linear - nearest_error,
        "fisher": np.log2(1e-3 + _fisher(vectors, labels)),
        "friedland": np.log2(1 + friedland_bits(vectors, labels, seed) / (inputs + 1)),
    }
    return np.array([found[name] for name in STATISTICS], np.float64)


def scores_as_features(scores: np.ndarray) -> np.ndarray:
    """The features of PROBED from the scores of probes of widths 2, 8 and 32."""
    small, middle, large = scores
    return np.array([small, middle, large, middle - small, large - middle], np.float64)


def _two_nearest(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the two nearest other rows (n, 2), and the nearest one's number; for a sample that fits in memory."""
    squares = (vectors**2).sum(axis=1)
    distances, nearest = np.empty((len(vectors), 2)), np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), 512):
        block = slice(start, start + 512)
        apart = squares[block, None] + squares[None] - 2 * vectors[block] @ vectors.T
        apart[np.arange(len(apart)), np.arange(start, start + len(apart))] = np.inf
        places = np.argpartition(apart, 1, axis=1)[:, :2]
        found = np.take_along_axis(apart, places, axis=1)
        order = np.argsort(found, axis=1, kind="stable")
        distances[block] = np.sqrt(np.maximum(np.take_along_axis(found, order, axis=1), 0))
        nearest[block] = np.take_along_axis(places, order, axis=1)[:, 0]
    return distances, nearest


def _dimension(distances: np.ndarray) -> float:
    """TwoNN by maximum likelihood (Facco et al. 2017) over rows that have no copy; 0 if all have one."""
    apart = distances[(distances[:, 0] > 1e-9) & (distances[:, 1] > distances[:, 0])]
    return float(len(apart) / np.log(apart[:, 1] / apart[:, 0]).sum()) if len(apart) > 1 else 0.0


def linear_error(vectors: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """The cross-validated error of least squares on the classes' indicators with a little ridge."""
    folds = np.random.default_rng(seed).permutation(len(labels)) % _FOLDS
    design, targets = np.column_stack([vectors, np.ones(len(vectors))]), np.eye(labels.max() + 1)[labels]
    wrong = 0
    for fold in range(_FOLDS):
        train, test = folds != fold, folds == fold
        gram = design[train].T @ design[train] + _RIDGE * np.eye(design.shape[1])
        weights = np.linalg.solve(gram, design[train].T @ targets[train])
        wrong += int(((design[test] @ weights).argmax(axis=1) != labels[test]).sum())
    return wrong / len(labels)


def _fisher(vectors: np.ndarray, labels: np.ndarray) -> float:
    """The largest ratio over the columns of the variance between classes to that within (Ho and Basu 2002, F1)."""
    present = np.unique(labels)
    between, within = np.zeros(vectors.shape[1]), np.zeros(vectors.shape[1])
    for one in present:
        mine = vectors[labels == one]
        between += len(mine) * mine.mean(axis=0) ** 2
        within += ((mine - mine.mean(axis=0)) ** 2).sum(axis=0)
    usable = within > 1e-12
    return float((between[usable] / within[usable]).max(initial=0.0)) if usable.any() else 1e3
