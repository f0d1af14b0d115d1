"""One ranking of models by several metrics (Borda's count), how sure it is, and where the metrics disagree."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata, spearmanr

from brickyard.gauge.metrics import METRICS, measured

AGREED = 0.5  # rank correlation below which two metrics disagree about the models


@dataclass(frozen=True)
class Ranking:
    """Models, the best first. `points`: for each model the share of its rivals that it beats, mean over the metrics; ties half.

    `low`, `high`: 95 % of the points over resampled rows; `first`: share of these in which the model has most points (ties
    shared); `disagreeing`: pairs of metrics whose rank correlation over the models is below 0.5, with it.
    """

    models: tuple[str, ...]
    points: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    first: tuple[float, ...]
    disagreeing: tuple[tuple[str, str, float], ...]


def rank_models(probabilities: Mapping[str, np.ndarray], labels: np.ndarray, seed: int = 0, resamples: int = 200) -> Ranking:
    """Rank models by their probabilities (rows, classes) on the same rows. Raises ValueError for fewer than two models."""
    names = sorted(probabilities)
    if len(names) < 2:
        raise ValueError("a ranking needs two models or more")
    scores = _scores([probabilities[name] for name in names], labels)
    draw = np.random.default_rng(seed)
    again = []
    for _ in range(resamples):
        rows = draw.integers(0, len(labels), len(labels))
        again.append(borda(_scores([probabilities[name][rows] for name in names], labels[rows])))
    resampled = np.array(again)
    tops = resampled == resampled.max(1, keepdims=True)
    shown = borda(scores)
    order = np.argsort(-shown, kind="stable")
    low, high = np.percentile(resampled, [2.5, 97.5], axis=0)
    first = (tops / tops.sum(1, keepdims=True)).mean(0)
    models = tuple(names[i] for i in order)
    points, least, most, tops_share = (_floats(values[order]) for values in (shown, low, high, first))
    return Ranking(models, points, least, most, tops_share, disagreements(scores))


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _scores(models: list[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """(metrics, models), more is better."""
    found = [measured(probabilities, labels) for probabilities in models]
    return np.array([[sign * one[name] for one in found] for name, (_, sign) in METRICS.items()])


def borda(scores: np.ndarray) -> np.ndarray:
    """Scores (metrics, models) to the mean share of rivals beaten (models,). A metric that is not a number is left out."""
    told = scores[np.isfinite(scores).all(1)]
    return (rankdata(told, axis=1) - 1).mean(0) / (scores.shape[1] - 1)


def disagreements(scores: np.ndarray) -> tuple[tuple[str, str, float], ...]:
    """Pairs of metrics that order the models differently. With two models they agree or are opposite."""
    names = list(METRICS)
    usable = [i for i in range(len(names)) if np.isfinite(scores[i]).all() and np.ptp(scores[i]) > 0]
    pairs = ((i, j, float(spearmanr(scores[i], scores[j])[0])) for i in usable for j in usable if i < j)
    return tuple((names[i], names[j], rho) for i, j, rho in pairs if rho < AGREED)
