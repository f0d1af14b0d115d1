"""A law of loss over parameters and training bytes, fitted to runs on this very data: L(N, D) = E + A / N^a + B / D^b."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

HUBER = 1e-3
"""Of residuals of log L: beyond it they count in proportion (Hoffmann et al. 2022, appendix D.3)."""

STARTS = 32
"""Starting points: the objective has basins that look good and are wrong (Besiroglu et al. 2024)."""

FEWEST_RUNS, FEWEST_LEVELS = 8, 3
"""Runs, and different sizes and amounts among them: with fewer the law has as many parameters as there is to fit."""


@dataclass(frozen=True)
class Law:
    """Constants of the law, N and D in units of `parameters` and `bytes`: the smallest that it was fitted to."""

    floor: float
    by_size: float
    size_exponent: float
    by_data: float
    data_exponent: float
    parameters: float
    bytes: float

    def loss(self, parameters: np.ndarray | float, seen: np.ndarray | float) -> np.ndarray:
        """The loss at so many parameters and training bytes."""
        at_size = self.by_size * (np.asarray(parameters) / self.parameters) ** -self.size_exponent
        at_data = self.by_data * (np.asarray(seen) / self.bytes) ** -self.data_exponent
        return np.asarray(self.floor + at_size + at_data)


def fit(
    parameters: np.ndarray,
    seen: np.ndarray,
    losses: np.ndarray,
    seed: int = 0,
    starts: int = STARTS,
    near: Law | None = None,
) -> Law:
    """The law through runs (n,), by Huber's loss on log L over several starts (Hoffmann et al. 2022, appendix D.3).

    `near`: a law to start from as well. Raises ValueError for fewer than FEWEST_RUNS runs, or fewer than FEWEST_LEVELS
    sizes or amounts of data.
    """
    levels = min(len(np.unique(parameters)), len(np.unique(seen)))
    if len(losses) < FEWEST_RUNS or levels < FEWEST_LEVELS:
        raise ValueError(f"{len(losses)} runs at {levels} levels are too few for a law of five constants")
    units = float(parameters.min()), float(seen.min())
    x, y, target = np.log(parameters / units[0]), np.log(seen / units[1]), np.log(losses)
    draws = np.random.default_rng(seed)
    top = np.log(losses.max())
    begins = [_start(draws, top) for _ in range(starts)] + ([_values_of(near, units)] if near else [])
    ends = [
        minimize(_objective, begin, (x, y, target), method="L-BFGS-B", jac=True, bounds=_BOUNDS, options=_STOP)
        for begin in begins
    ]
    best = min(ends, key=lambda end: end.fun).x
    floor, by_size, by_data = (float(value) for value in np.exp(best[[0, 1, 3]]))
    return Law(floor, by_size, float(best[2]), by_data, float(best[4]), *units)


_STOP = {"maxiter": 300}
_BOUNDS = [(-12, 5), (-12, 5), (0.01, 2), (-12, 5), (0.01, 2)]


def _start(draws: np.random.Generator, top: float) -> np.ndarray:
    """log E, log A, a, log B, b."""
    return np.array(
        [
            top - draws.uniform(0.05, 3),
            top - draws.uniform(0, 4),
            draws.uniform(0.05, 1),
            top - draws.uniform(0, 4),
            draws.uniform(0.05, 1),
        ]
    )


def _values_of(law: Law, units: tuple[float, float]) -> np.ndarray:
    """The same law in other units, as the objective takes it."""
    by_size = law.by_size * (units[0] / law.parameters) ** -law.size_exponent
    by_data = law.by_data * (units[1] / law.bytes) ** -law.data_exponent
    return np.array([np.log(law.floor), np.log(by_size), law.size_exponent, np.log(by_data), law.data_exponent])


def _objective(values: np.ndarray, x: np.ndarray, y: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Huber's loss of the residuals of log L, and its gradient."""
    floor, at_size, at_data = np.exp(values[0]), np.exp(values[1] - values[2] * x), np.exp(values[3] - values[4] * y)
    total = floor + at_size + at_data
    residual = np.log(total) - target
    slope = np.clip(residual, -HUBER, HUBER) / HUBER
    inside = np.abs(residual) <= HUBER
    cost = np.where(inside, residual**2 / (2 * HUBER), np.abs(residual) - HUBER / 2)
    parts = np.array([np.full_like(x, floor), at_size, -x * at_size, at_data, -y * at_data]) / total
    return float(cost.sum()), parts @ slope


@dataclass(frozen=True)
class Band:
    """A law and what it becomes when runs are drawn again with replacement."""

    law: Law
    resampled: tuple[Law, ...]

    def loss(self, parameters: float, seen: float, level: float = 0.8) -> tuple[float, float, float]:
        """The loss at a size and amount, and the ends of its interval."""
        found = np.array([float(one.loss(parameters, seen)) for one in self.resampled])
        low, high = np.quantile(found, ((1 - level) / 2, (1 + level) / 2))
        return float(self.law.loss(parameters, seen)), float(low), float(high)


def fit_band(parameters: np.ndarray, seen: np.ndarray, losses: np.ndarray, seed: int = 0, resamples: int = 100) -> Band:
    """The law with laws of resampled runs; a sample with too few levels is drawn again."""
    law, draws = fit(parameters, seen, losses, seed), np.random.default_rng(seed)
    found: list[Law] = []
    while len(found) < resamples:
        pick = draws.integers(0, len(losses), len(losses))
        if min(len(np.unique(parameters[pick])), len(np.unique(seen[pick]))) >= FEWEST_LEVELS:
            found.append(fit(parameters[pick], seen[pick], losses[pick], seed, starts=1, near=law))
    return Band(law, tuple(found))


def limited_by(law: Law, parameters: float, seen: float) -> str:
    """What lowers the loss more when it is doubled: `size` or `data`."""
    gain_of_size = float(law.loss(parameters, seen) - law.loss(2 * parameters, seen))
    gain_of_data = float(law.loss(parameters, seen) - law.loss(parameters, 2 * seen))
    return "size" if gain_of_size > gain_of_data else "data"
