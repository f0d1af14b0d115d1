"""What verbatim copies of rows do to linear regression, in closed form: the damage peaks at a middle number of copies.

Rows x ~ N(0, I) in p dimensions, y = x b + noise, where "noise" has all that the p features do not explain: features that
the model lacks and that are independent of its own act as noise (the misspecified case). A row that is there w times is
a row of weight w. Of ridge regression with weights W, b^ = (X'WX + l I)^-1 X'Wy, the expected excess risk E|b^ - b|^2 is

    l^2 |b|^2 tr Q^2 / p + noise * tr(Q X'W^2X Q),    Q = (X'WX + l I)^-1.

For p and the number of rows large, leaving a row out of Q changes x'Qx from q / (1 + w q) to q = tr Q, so that
p = l q + sum w q / (1 + w q), which fixes q; its derivative by l gives tr Q^2 = q / (l + sum w / (1 + w q)^2), and
tr(Q X'W^2X Q) = tr Q^2 * sum w^2 / (1 + w q)^2. Without copies or ridge that is p / (n - p) times the noise; exact for
finite n is p / (n - p - 1). What language models show (Hernandez et al. 2022, arXiv 2205.10487), this shows too: rows that
are there often enough to be fitted by heart, and too many to be few, ruin the fit to all the others.
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import brentq


def weighted_regression(features: np.ndarray, targets: np.ndarray, weights: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """argmin of sum w (y - x b)^2 + ridge |b|^2; features (rows, p), targets and weights (rows)."""
    weighted = features * weights[:, None]
    return np.linalg.solve(features.T @ weighted + ridge * np.eye(features.shape[1]), weighted.T @ targets)


def excess_risk(rows: Mapping[int, float], features: int, noise: float = 1.0, ridge: float = 0.0, signal: float = 0.0) -> float:
    """Expected excess risk of the fit; `rows`: multiplicity -> distinct rows, `signal`: |b|^2, `noise`: its variance.

    Infinite without ridge if there are no more distinct rows than features: then they are fitted exactly.
    """
    if ridge == 0 and sum(rows.values()) <= features:
        return float("inf")
    weight, count = (np.array(side, float) for side in zip(*sorted(rows.items()), strict=True))
    q = _trace(weight, count, features, ridge)
    slack = 1 + weight * q
    square = q / (ridge + count @ (weight / slack**2))
    return float(square * (ridge**2 * signal / features + noise * (count @ (weight / slack) ** 2)))


def _trace(weight: np.ndarray, count: np.ndarray, features: int, ridge: float) -> float:
    """q = tr Q from p = l q + sum w q / (1 + w q): the right side grows with q, so there is one."""

    def missing(log_q: float) -> float:
        q = np.exp(log_q)
        return float(ridge * q + count @ (weight * q / (1 + weight * q)) - features)

    low, high = -60.0, 60.0
    return float(np.exp(brentq(missing, low, high, xtol=1e-13)))


def partly_repeated(budget: int, share: float, copies: int) -> dict[int, float]:
    """Multiplicities when `share` of a budget of rows goes to rows that are there `copies` times, the rest to fresh ones."""
    if copies == 1:
        return {1: float(budget)}
    return {1: (1 - share) * budget, copies: share * budget / copies}


def fresh_rows_worth(rows: Mapping[int, float], features: int) -> float:
    """How many rows without copies would give the same excess risk: p (1 + noise / risk); p if the risk is infinite.

    With few features that is Kish's size; with as many features as distinct rows, the number of distinct rows.
    """
    return features * (1 + 1 / excess_risk(rows, features))
