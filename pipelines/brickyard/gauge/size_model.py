"""From features of data to the smallest adequate width: ridge regression on log2 of the width, intervals by jackknife+."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
MISS = 0.2
"""What an interval may miss: it is one of 80 %."""


@dataclass(frozen=True)
class Ridge:
    """log2 width = intercept + weights . (features - middle) / spread."""

    middle: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    intercept: float

    def predict(self, features: np.ndarray) -> np.ndarray:
        """log2 of the width, (n,), for features (n, f)."""
        predicted: np.ndarray = (features - self.middle) / self.spread @ self.weights + self.intercept
        return predicted


def fit(features: np.ndarray, targets: np.ndarray, families: Sequence[str]) -> Ridge:
    """Ridge regression; its penalty is the one that errs least when each family of data sets is left out in turn."""
    errors = [np.abs(left_out(features, targets, families, penalty) - targets).mean() for penalty in PENALTIES]
    return fit_with(features, targets, PENALTIES[int(np.argmin(errors))])


def fit_with(features: np.ndarray, targets: np.ndarray, penalty: float) -> Ridge:
    """Ridge regression on standardised features (n, f), targets (n,)."""
    middle, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1)
    design, mean = (features - middle) / spread, targets.mean()
    gram = design.T @ design + penalty * np.eye(design.shape[1])
    return Ridge(middle, spread, np.linalg.solve(gram, design.T @ (targets - mean)), float(mean))


def left_out(features: np.ndarray, targets: np.ndarray, families: Sequence[str], penalty: float) -> np.ndarray:
    """Each row's prediction by a model that has seen nothing of its family."""
    names, predicted = np.asarray(families), np.empty(len(targets))
    for family in sorted(set(families)):
        mine = names == family
        predicted[mine] = fit_with(features[~mine], targets[~mine], penalty).predict(features[mine])
    return predicted


@dataclass(frozen=True)
class Jackknife:
    """Models that each have not seen one family, and their residuals on it: what jackknife+ needs.

    Barber, Candes, Ramdas, Tibshirani 2021, "Predictive inference with the jackknife+", section 1.2; families take the place
    of points, since their members are not exchangeable one by one.
    """

    whole: Ridge
    models: tuple[Ridge, ...]
    residuals: tuple[float, ...]

    def predict(self, features: np.ndarray) -> tuple[float, float, float]:
        """log2 of the width of one data set (f,), and the ends of its interval of 80 %."""
        row = features[None]
        ahead = np.array([float(model.predict(row)[0]) for model in self.models])
        spread, count = np.array(self.residuals), len(self.residuals)
        rank = max(1, int(np.floor(MISS * (count + 1))))
        lower, upper = np.sort(ahead - spread), np.sort(ahead + spread)
        return float(self.whole.predict(row)[0]), float(lower[rank - 1]), float(upper[-rank])


def jackknife(features: np.ndarray, targets: np.ndarray, families: Sequence[str]) -> Jackknife:
    """Fit a model without each family; a family of several gives a residual for each of its members."""
    names = np.asarray(families)
    models, residuals = [], []
    for family in sorted(set(families)):
        mine = names == family
        model = fit(features[~mine], targets[~mine], [one for one, inside in zip(families, mine, strict=True) if not inside])
        for row, target in zip(features[mine], targets[mine], strict=True):
            models.append(model)
            residuals.append(abs(float(model.predict(row[None])[0]) - float(target)))
    return Jackknife(fit(features, targets, families), tuple(models), tuple(residuals))


def nearest_width(log_width: float) -> int:
    """The width of WIDTHS that is nearest on the scale of its logarithm."""
    return WIDTHS[int(np.argmin(np.abs(np.log2(WIDTHS) - log_width)))]


def smallest_adequate(scores: np.ndarray) -> int:
    """Index of the smallest width whose mean score is within one standard error of the best's; scores (widths, repeats)."""
    means = scores.mean(axis=1)
    best = int(means.argmax())
    error = scores[best].std(ddof=1) / np.sqrt(scores.shape[1])
    return int(np.flatnonzero(means >= means[best] - error)[0])


def as_plain(fitted: Jackknife) -> dict:
    """A mapping of lists and numbers, for JSON."""
    models = [_plain_ridge(model) for model in fitted.models]
    return {"whole": _plain_ridge(fitted.whole), "models": models, "residuals": list(fitted.residuals)}


def _plain_ridge(model: Ridge) -> dict:
    arrays = {name: getattr(model, name).tolist() for name in ("middle", "spread", "weights")}
    return {**arrays, "intercept": model.intercept}


def from_plain(plain: dict) -> Jackknife:
    """What `as_plain` wrote."""
    models = tuple(_ridge_of(model) for model in plain["models"])
    return Jackknife(_ridge_of(plain["whole"]), models, tuple(plain["residuals"]))


def _ridge_of(plain: dict) -> Ridge:
    middle, spread, weights = (np.array(plain[name]) for name in ("middle", "spread", "weights"))
    return Ridge(middle, spread, weights, plain["intercept"])
