"""What no classifier can beat: bounds on the Bayes error from the errors of nearest neighbours, each left out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from brickyard.gauge.dimension import halvings, two_nn
from brickyard.gauge.neighbours import Neighbours
from brickyard.gauge.shares import wilson

VOTERS = (1, 5, 15, 45, 135)
"""Neighbours that vote; the best of these is the estimate, and an error no smaller than the Bayes error."""

FEWEST = 100
"""Documents in the smallest half that a limit is drawn from."""


@dataclass(frozen=True)
class View:
    """What one transform of the vectors says. `errors`: by size of sample, of one neighbour; `votes`: by number of voters."""

    errors: Mapping[int, float]
    votes: Mapping[int, float]
    limit: float  # of the error of one neighbour, for ever more data
    limit_low: float
    dimension: float


@dataclass(frozen=True)
class Band:
    """The Bayes error lies between `low` and `high`; `value` is the best estimate of it."""

    value: float
    low: float
    high: float


def cover_hart(error: float, classes: int) -> tuple[float, float]:
    """Lower and upper bound of the Bayes error R from the error E of one nearest neighbour, for ever more data.

    R <= E <= R (2 - C R / (C - 1)) for C classes (Cover and Hart 1967, theorem 2), solved for R.
    """
    most = (classes - 1) / classes
    return most * (1 - max(0.0, 1 - error / most) ** 0.5), min(error, most)


def with_noise(bayes_error: float, share: float, classes: int) -> float:
    """The Bayes error R after a `share` of labels is drawn anew, evenly: R + share (1 - 1/C - R).

    A label that was drawn anew is missed with 1 - 1/C, any other with R, by the same best rule.
    """
    return bayes_error + share * (1 - 1 / classes - bayes_error)


def sizes_for(count: int) -> dict[int, int]:
    """How many neighbours to look up among the first so many documents, for `view_of`; the largest size is last."""
    sizes = dict.fromkeys(halvings(count, FEWEST)[-4:], 2)
    return {**sizes, count: min(max(VOTERS), count - 1)}


def view_of(found: Mapping[int, Neighbours], labels: np.ndarray) -> View:
    """From the neighbours of all documents among the first n/8, n/4, n/2 and n; `labels`: numbers, int64 of shape (n,)."""
    whole = found[len(labels)]
    wrong = {size: labels[neighbours.rows[:, 0]] != labels for size, neighbours in found.items()}
    voters = [count for count in VOTERS if count <= whole.rows.shape[1]]
    votes = {count: float((plurality(labels[whole.rows[:, :count]]) != labels).mean()) for count in voters}
    dimension = _dimension(whole)
    limit, low = extrapolate(np.stack(list(wrong.values())), list(wrong), 2 / dimension)
    return View({size: float(missed.mean()) for size, missed in wrong.items()}, votes, limit, low, dimension)


def plurality(votes: np.ndarray) -> np.ndarray:
    """For each row the most frequent number; among equally frequent ones the one voted for first, that is from nearest by."""
    parts = (votes[start : start + 1024] for start in range(0, len(votes), 1024))
    return np.concatenate([_plurality(part) for part in parts])


def _plurality(votes: np.ndarray) -> np.ndarray:
    rows = np.arange(len(votes))[:, None]
    counts = np.zeros((len(votes), int(votes.max(initial=0)) + 1), np.int32)
    np.add.at(counts, (rows, votes), 1)
    return votes[rows[:, 0], counts[rows, votes].argmax(axis=1)]


def _dimension(found: Neighbours) -> float:
    """TwoNN of the points without a copy and with neighbours that are not equally far; at least 2."""
    first, second = found.distances[:, 0], found.distances[:, 1]
    fit = (first > 0) & (second > first)
    return max(2.0, two_nn(first[fit], second[fit]).value) if fit.sum() > 1 else 2.0


def extrapolate(wrong: np.ndarray, sizes: Sequence[int], rate: float, confidence: float = 0.95) -> tuple[float, float]:
    """The limit of the error for ever more data, and the lower end of its interval.

    `wrong`: which documents each size gets wrong, bool of shape (sizes, n). The error falls to its limit as size^-rate, with
    rate 2/d in d dimensions where densities are smooth (Snapp and Venkatesh 1998, theorem 1). A line over size^-rate is
    fitted; the errors' covariance, which is that of the same documents asked at each size, gives the interval.
    """
    errors = wrong.mean(axis=1)
    if len(sizes) < 2:
        return float(errors[-1]), wilson(float(wrong[-1].sum()), wrong.shape[1], confidence)[0]
    across = np.stack([np.ones(len(sizes)), (np.asarray(sizes, float) / sizes[-1]) ** -rate], axis=1)
    weights = np.linalg.pinv(across)[0]  # of the errors, in the value of the line at 0: endless data
    limit = min(float(weights @ errors), float(errors[-1]))
    spread = float(weights @ np.cov(wrong.astype(float)) @ weights / wrong.shape[1]) ** 0.5
    low = limit - float(norm.ppf((1 + confidence) / 2)) * spread
    return max(0.0, limit), max(0.0, low)


def band_of(views: Mapping[str, View], classes: int, count: int, confidence: float = 0.95) -> Band:
    """The Bayes error by the least of all views, as no transform can lower it (Renggli et al. 2021, section 4).

    The upper end is the least error of any vote, with its interval, widened for having chosen it among many; the lower end
    is Cover and Hart's bound of the least limit.
    """
    tried = [(error, voters) for view in views.values() for voters, error in view.votes.items()]
    best = min(error for error, _ in tried)
    high = wilson(best * count, count, 1 - (1 - confidence) / len(tried))[1]
    low = cover_hart(min(view.limit_low for view in views.values()), classes)[0]
    most = (classes - 1) / classes
    return Band(min(best, most), min(low, best), min(high, most))
