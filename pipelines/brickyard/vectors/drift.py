"""How far the data has moved since the centroids were fitted, and whether to fit them again."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

GROWTH, SPREAD, SHIFT = 2.0, 1.1, 0.25
"""Bounds of `refit = "auto"`: documents, mean squared distance, and cell shares, each against the fit."""


@dataclass(frozen=True)
class Drift:
    """Each number compares now with the time of the fit; no drift: 1, 1, 1 and 0."""

    growth: float  # documents now, per document then
    spread: float  # mean squared distance to the nearest centroid, of all documents
    fresh_spread: float  # the same of the newest documents alone: shown, too few to decide
    shift: float  # total variation distance between the shares of the cells


def measure_drift(
    documents: np.ndarray,
    squares: np.ndarray,
    fit_documents: np.ndarray,
    fit_squares: np.ndarray,
    fresh: tuple[int, int] = (0, 0),
) -> Drift:
    """From the columns of `centroids`; `fresh`: number of new documents and the sum of their squares. All are whole numbers."""
    now, then = int(documents.sum()), int(fit_documents.sum())
    if not now or not then:
        return Drift(growth=float("inf") if now else 1.0, spread=1.0, fresh_spread=1.0, shift=0.0)
    shares = documents / now - fit_documents / then
    return Drift(
        growth=now / then,
        spread=_ratio(int(squares.sum()), now, int(fit_squares.sum()), then),
        fresh_spread=_ratio(fresh[1], fresh[0], int(fit_squares.sum()), then) if fresh[0] else 1.0,
        shift=round(float(np.abs(shares).sum()) / 2, 9),
    )


def drift_of(centroids: DataFrame, fresh: tuple[int, int] = (0, 0)) -> Drift:
    """`measure_drift` of the rows of `centroids`."""
    columns = ("documents", "squares", "fit_documents", "fit_squares")
    sums: pd.DataFrame = centroids.select(*columns).toPandas()
    documents, squares, fit_documents, fit_squares = (sums[name].to_numpy() for name in columns)
    return measure_drift(documents, squares, fit_documents, fit_squares, fresh)


def _ratio(squares: int, documents: int, fit_squares: int, fit_documents: int) -> float:
    mean, fit_mean = squares / documents, fit_squares / fit_documents
    return mean / fit_mean if fit_mean else float("inf") if mean else 1.0


def refit_is_due(centroids: DataFrame, growth: float, refit: str) -> bool:
    """By the drift that `centroids` shows, or by the growth of what there is now over what was fitted."""
    drift = drift_of(centroids)
    return needs_refit(replace(drift, growth=max(drift.growth, growth)), refit)


def needs_refit(drift: Drift, refit: str) -> bool:
    """By the rule of `[semantic_duplicates] refit`."""
    if refit == "auto":
        return drift.growth >= GROWTH or drift.spread > SPREAD or drift.shift > SHIFT
    return refit == "always"
