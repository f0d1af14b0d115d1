"""Frames of labelled vectors for tests of classifiers, and what a classifier said of them as arrays."""

from collections.abc import Sequence

import numpy as np
from pyspark.ml.linalg import Vectors
from pyspark.sql import DataFrame, SparkSession


def frame_of(
    spark: SparkSession, features: np.ndarray, labels: Sequence[int], weights: Sequence[float] | None = None
) -> DataFrame:
    """Columns id, features, label, weight (1 unless given), in one partition."""
    weights = [1.0] * len(labels) if weights is None else weights
    rows = [
        (i, Vectors.dense(x), float(c), float(w)) for i, (x, c, w) in enumerate(zip(features, labels, weights, strict=True))
    ]
    return spark.createDataFrame(rows, ["id", "features", "label", "weight"]).coalesce(1).cache()


def said_of(scored: DataFrame, column: str = "probability") -> tuple[np.ndarray, np.ndarray]:
    """Predictions (n,) and a column of vectors (n, K), in the order of ids."""
    rows = sorted(scored.select("id", "prediction", column).collect(), key=lambda row: row.id)
    return np.array([row.prediction for row in rows], int), np.array([row[column].toArray() for row in rows])


def counts(seed: int, rows: int = 80, classes: int = 3, words: int = 12, most: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Counts of words (rows, words) and labels of which later classes are rarer; every class has rows, every row a word.

    A row without words is as likely in each class: a tie that rounding decides.
    """
    source = np.random.default_rng(seed)
    labels = np.minimum(source.geometric(0.6, rows) - 1, classes - 1)
    labels[:classes] = np.arange(classes)
    means = source.dirichlet(np.full(words, 5.0), classes) * words * most / 8
    features = np.minimum(source.poisson(means[labels]), most).astype(float)
    features[features.sum(1) == 0, 0] = 1
    return features, labels
