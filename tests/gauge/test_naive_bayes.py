"""Naive Bayes: MLlib against the formulas, cures that are identities, and the numbers that say why big classes win."""

import numpy as np
import pytest
from brickyard.gauge import naive_bayes_formulas as formulas
from brickyard.gauge.naive_bayes import METHODS, Settings, class_weighted, complement, plain, prior_corrected
from pyspark.ml.classification import NaiveBayes
from pyspark.ml.linalg import Vectors

KINDS = ("multinomial", "bernoulli", "gaussian")


def frame_of(spark, features, labels, weights=None):
    weights = np.ones(len(labels)) if weights is None else weights
    rows = [(i, Vectors.dense(x), float(c), float(w)) for i, (x, c, w) in enumerate(zip(features, labels, weights, strict=True))]
    return spark.createDataFrame(rows, "id int, features vector, label double, weight double".replace("vector", VECTOR)).coalesce(1)


VECTOR = "struct<type:tinyint,size:int,indices:array<int>,values:array<double>>"


def scored(frame):
    rows = sorted(frame.select("id", "prediction", "probability", "rawPrediction").collect(), key=lambda row: row.id)
    return np.array([row.prediction for row in rows]), np.array([row.probability.toArray() for row in rows])
