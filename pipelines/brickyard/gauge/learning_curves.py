"""Error against the number of training rows: three families of curves, a test for curves that should not be continued."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import t as student

STARTS = 8
"""Starting points of a fit: least squares on these families has bad basins."""

FEWEST_SIZES = 5
"""Of training sets; four-parameter families need one more than they have parameters."""


def _pow4(n, a, b, c, d):
    return a * (n + np.exp(d)) ** -np.exp(c) + b


def _mmf4(n, a, b, c, d):
    power = (n / np.exp(d)) ** np.exp(c)
    return (a + b * power) / (1 + power)


def _wbl4(n, a, b, c, d):
    return b + a * np.exp(-((n / np.exp(d)) ** np.exp(c)))


FAMILIES: dict[str, Callable] = {"pow4": _pow4, "mmf4": _mmf4, "wbl4": _wbl4}
"""The best parametric families of LCDB (Mohr et al. 2022, section 5), written so that every start is admissible:
a power a (n + d)^-c + b, Morgan-Mercer-Flodin, and Weibull; n in units of the smallest size."""


@dataclass(frozen=True)
class Curve:
    """Errors measured: `sizes` int64 (s,), ascending; `errors` float64 (r, s), a row for each repetition.

    `held_out`: rows held out for each one to learn from, in splits of the same rows: they overlap, and so vary less than means
    of them err (Nadeau and Bengio 2003, section 3: the variance of a mean is (1/r + held_out) times theirs). 0: independent.
    """

    sizes: np.ndarray
    errors: np.ndarray
    held_out: float = 0.0

    @property
    def mean(self) -> np.ndarray:
        return self.errors.mean(axis=0)

    @property
    def standard_error(self) -> np.ndarray:
        return self.errors.std(axis=0, ddof=1) * self.of_a_mean

    @property
    def of_a_mean(self) -> float:
        """The standard error of a mean over the repetitions, in deviations of one."""
        return float(np.sqrt(1 / len(self.errors) + self.held_out))


@dataclass(frozen=True)
class Forecast:
    """The error at a larger size, with an interval of 80 %; `last` is the error at the largest size measured."""

    size: int
    error: float
    low: float
    high: float
    last: float
    family: str


def is_ill_behaved(curve: Curve, level: float = 0.01) -> bool:
    """Whether the error rises from one size to a larger one by more than chance, paired over the repetitions.

    A one-sided t-test of each size against the best smaller one, Bonferroni over the sizes: about one curve in seven in
    LCDB 1.1 is not monotone (Yan et al. 2025), and a family that only falls cannot say where such a one goes.
    """
    best = np.minimum.accumulate(curve.mean)
    later = range(1, len(curve.sizes))
    return any(
        _rises(curve, curve.errors[:, place] - curve.errors[:, _where(curve, best[place - 1])], level / len(later))
        for place in later
    )


def _where(curve: Curve, error: float) -> int:
    return int(np.argmin(np.abs(curve.mean - error)))


def _rises(curve: Curve, difference: np.ndarray, level: float) -> bool:
    spread = difference.std(ddof=1) * curve.of_a_mean
    if spread == 0:
        return bool(difference.mean() > 0)
    return bool(student.sf(difference.mean() / spread, len(difference) - 1) < level)


def extrapolate(curve: Curve, size: int, seed: int = 0, resamples: int = 40) -> Forecast:
    """The error at `size` by the family that fits the smaller sizes and foretells the largest one best.

    The interval joins the spread over resampled repetitions with the family's miss at the largest size measured. Raises
    ValueError for fewer than FEWEST_SIZES sizes; whether the curve may be continued at all, `is_ill_behaved` says.
    """
    if len(curve.sizes) < FEWEST_SIZES:
        raise ValueError(f"{len(curve.sizes)} sizes are too few for a curve of four parameters")
    misses = {name: abs(_foretell(curve, name, seed) - curve.mean[-1]) for name in FAMILIES}
    family = min(misses, key=lambda name: misses[name])
    units, ahead = curve.sizes / curve.sizes[0], size / curve.sizes[0]
    middle = fit(family, units, curve.mean, starting_points(units, curve.mean, seed))
    draws = np.random.default_rng(seed)
    picks = [draws.integers(0, len(curve.errors), len(curve.errors)) for _ in range(resamples)]
    again = [fit(family, units, curve.errors[pick].mean(axis=0), [middle]) for pick in picks]
    overlap = curve.of_a_mean * np.sqrt(len(curve.errors))  # resampling takes the repetitions for independent
    spread = 1.2816 * float(np.hypot(overlap * np.std([FAMILIES[family](ahead, *one) for one in again]), misses[family]))
    error = float(np.clip(FAMILIES[family](ahead, *middle), 0, 1))
    return Forecast(size, error, max(0.0, error - spread), min(1.0, error + spread), float(curve.mean[-1]), family)


def _foretell(curve: Curve, family: str, seed: int) -> float:
    """What the family says of the largest size from the others."""
    units, errors = curve.sizes / curve.sizes[0], curve.mean[:-1]
    found = fit(family, units[:-1], errors, starting_points(units[:-1], errors, seed))
    return float(FAMILIES[family](units[-1], *found))


def starting_points(units: np.ndarray, errors: np.ndarray, seed: int) -> list[np.ndarray]:
    """STARTS admissible points (a, b, log c, log d), drawn from the seed."""
    draws = np.random.default_rng(seed)
    upper = (1.0, float(errors.min()) + 1e-3, 0.5, float(np.log(units[-1])))
    return list(draws.uniform((0, 0, -2, -1), upper, (STARTS, 4)))


def fit(family: str, units: np.ndarray, errors: np.ndarray, starts: Sequence[np.ndarray]) -> np.ndarray:
    """The parameters (4,) of least squares, the best of several starts; the error at infinity is kept within [0, 1]."""
    form = FAMILIES[family]
    found = [least_squares(lambda p: form(units, *p) - errors, start, bounds=_BOUNDS, max_nfev=100) for start in starts]
    return min(found, key=lambda one: one.cost).x


_BOUNDS = ([0, 0, -5, -10], [10, 1, 2, 20])
