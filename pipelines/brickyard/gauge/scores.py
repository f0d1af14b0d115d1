"""How good the predictions of a classifier are, from collected labels, predictions and probabilities.

Shapes: labels and predictions (n,) of 0..K-1; probabilities (n, K), of which rows sum to one; weights (n,), not negative.
"""

from dataclasses import dataclass

import numpy as np

BINS = 10
"""Of the calibration error, as in Guo et al. 2017."""

_SMALLEST = 1e-15
"""No probability counts as smaller: one impossible row must not make a mean infinite."""


@dataclass(frozen=True)
class Predictions:
    """What a classifier said of n rows. `predicted` need not be the most probable class: thresholds move it."""

    labels: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Scores:
    """`recalls`: (K,), nan for a class without rows; means are over the other classes. Losses are in nats."""

    recalls: np.ndarray
    minority_recall: float
    balanced_accuracy: float
    g_mean: float
    macro_f1: float
    log_loss: float
    calibration_error: float
    error: float


def score(predictions: Predictions, minority: int) -> Scores:
    """All figures at once; `minority` is the class that has the fewest rows in training."""
    table = confusion(predictions)
    recalls = recalls_of(table)
    losses = row_losses(predictions)
    present = recalls[~np.isnan(recalls)]
    return Scores(
        recalls=recalls,
        minority_recall=float(recalls[minority]),
        balanced_accuracy=float(present.mean()),
        g_mean=float(present.prod() ** (1 / len(present))),
        macro_f1=float(_f1(table).mean()),
        log_loss=float(np.average(losses, weights=predictions.weights)),
        calibration_error=calibration_error(predictions),
        error=float(1 - np.trace(table) / table.sum()),
    )


def confusion(predictions: Predictions) -> np.ndarray:
    """Weights of rows by class and prediction: (K, K)."""
    classes = predictions.probabilities.shape[1]
    cells = predictions.labels * classes + predictions.predicted
    return np.bincount(cells, predictions.weights, classes**2).reshape(classes, classes)


def recalls_of(table: np.ndarray) -> np.ndarray:
    """Shares of each class's rows that were told to be of it; nan for a class without rows. `table`: (..., K, K)."""
    rows = table.sum(-1)
    right = np.diagonal(table, axis1=-2, axis2=-1)
    return np.where(rows > 0, right / np.where(rows > 0, rows, 1), np.nan)


def _f1(table: np.ndarray) -> np.ndarray:
    """2 TP / (rows + predictions) of the classes that have rows; 0 for one that is never predicted."""
    rows, said = table.sum(1), table.sum(0)
    return 2 * np.diagonal(table)[rows > 0] / (rows + said)[rows > 0]


def row_losses(predictions: Predictions) -> np.ndarray:
    """-ln of the probability that each row's own class got: (n,)."""
    own = predictions.probabilities[np.arange(len(predictions.labels)), predictions.labels]
    return -np.log(np.maximum(own, _SMALLEST))


def calibration_error(predictions: Predictions) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over bins of equal width (Guo et al. 2017, eq. 3).

    Of the most probable class, whatever was predicted: it says how far the probabilities may be believed.
    """
    top = predictions.probabilities.argmax(1)
    confidence = predictions.probabilities.max(1)
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = (confidence - (top == predictions.labels)) * predictions.weights
    return float(np.abs(np.bincount(bins, gaps, BINS)).sum() / predictions.weights.sum())


def intervals(predictions: Predictions, minority: int, seed: int, draws: int = 400) -> dict[str, tuple[float, float]]:
    """95 % intervals over rows of balanced_accuracy, minority_recall and log_loss; weights are numbers of rows.

    A recall is drawn from Beta(right + 1/2, wrong + 1/2) (Jeffreys: Brown, Cai and DasGupta 2001, section 4.3): resampled
    rows would leave one of 0 or 1 no width, however few rows it is of. Losses by the percentile bootstrap. For the mean of
    recalls see `balanced_interval`: drawn ones would each be pulled to 1/2, and their mean with them.
    """
    source = np.random.default_rng(seed)
    table = confusion(predictions)
    right, rows = np.diagonal(table), table.sum(1)
    recalls = source.beta(right[minority] + 0.5, rows[minority] - right[minority] + 0.5, draws)
    losses, shares = row_losses(predictions), predictions.weights / predictions.weights.sum()
    total = round(float(table.sum()))
    means = np.array([source.multinomial(total, shares) @ losses for _ in range(draws)]) / total
    found = recalls_of(table)
    return {
        "balanced_accuracy": balanced_interval(right, rows),
        "minority_recall": _around(float(found[minority]), recalls),
        "log_loss": _middle(means),
    }


def balanced_interval(right: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean recall of the classes that have rows: normal, the classes' variances added up.

    Each variance is that of (right + 1/2) / (rows + 1), which is not 0 where all rows were right.
    """
    right, rows = right[rows > 0], rows[rows > 0]
    smoothed = (right + 0.5) / (rows + 1)
    spread = 1.96 * float(np.sqrt((smoothed * (1 - smoothed) / rows).sum())) / len(rows)
    mean = float((right / rows).mean())
    return max(mean - spread, 0.0), min(mean + spread, 1.0)


def _around(estimate: float, drawn: np.ndarray) -> tuple[float, float]:
    """The middle of what was drawn, and the estimate in it: at 0 and 1 that lies at the end."""
    low, high = _middle(drawn)
    return min(low, estimate), max(high, estimate)


def _middle(values: np.ndarray) -> tuple[float, float]:
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def balanced_gain(before: Predictions, after: Predictions, seed: int, draws: int = 400) -> tuple[float, float, float]:
    """By how much the balanced accuracy of `after` is above that of `before`, on the same rows, and its 95 % interval.

    Percentile bootstrap over rows, both predictions of a row together: the two methods meet the same hard rows.
    """
    classes = before.probabilities.shape[1]
    gained = (after.predicted == after.labels).astype(int) - (before.predicted == before.labels)
    cells = before.labels * 3 + gained + 1
    table = np.bincount(cells, before.weights, 3 * classes)
    drawn = np.random.default_rng(seed).multinomial(round(float(table.sum())), table / table.sum(), draws)
    return _mean_gain(table), *_middle(_mean_gain(drawn))


def _mean_gain(table: np.ndarray):
    """Mean over classes of (rows won less rows lost) / rows. `table`: (..., 3K), lost, same and won of each class."""
    cells = table.reshape(*table.shape[:-1], -1, 3)
    rows = cells.sum(-1)
    return np.nanmean(np.where(rows > 0, (cells[..., 2] - cells[..., 0]) / np.where(rows > 0, rows, 1), np.nan), -1)
