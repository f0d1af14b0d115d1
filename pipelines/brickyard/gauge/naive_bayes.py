"""Naive Bayes by MLlib, plain and with what is said to cure it of big classes.

Every method takes `train` and `test` with columns features (vector, not negative), label (double, 0..K-1, each present in
`train`), weight (double), and gives `test` with prediction and probability.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from pyspark.ml.classification import NaiveBayes, NaiveBayesModel
from pyspark.ml.linalg import SparseVector, Vector, Vectors, VectorUDT
from pyspark.ml.stat import Summarizer
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.gauge.naive_bayes_formulas import class_scales, normalised_weights, probabilities


@dataclass(frozen=True)
class Settings:
    """`model_type`: multinomial, bernoulli or gaussian; `smoothing`: λ of the discrete ones."""

    model_type: str = "multinomial"
    smoothing: float = 1.0


Method = Callable[[DataFrame, DataFrame, Settings], DataFrame]


def plain(train: DataFrame, test: DataFrame, settings: Settings) -> DataFrame:
    """MLlib's own."""
    return _fitted(train, settings).transform(test)


def prior_corrected(train: DataFrame, test: DataFrame, settings: Settings) -> DataFrame:
    """Predictions as under a uniform prior: the most of p(c | x) / π_c, where π is the model's, smoothed as it is.

    Probabilities stay those of the model. Complement models have no prior in their scores: there it would add one.
    """
    model = _fitted(train, settings)
    return model.setThresholds(np.exp(model.pi.toArray()).tolist()).transform(test)


def class_weighted(train: DataFrame, test: DataFrame, settings: Settings) -> DataFrame:
    """Every class weighs as much as any other: the prior is uniform, and smoothing takes the same share of each class."""
    return plain(balanced(train), test, settings)


def class_normalised(train: DataFrame, test: DataFrame, settings: Settings) -> DataFrame:
    """Sums of the classes' vectors have one length (Frank and Bouckaert 2006): smoothing cured, the prior as it was."""
    scales = class_scales(_term_sums(train))

    @F.udf(VectorUDT())
    def scaled(features, label):
        size, indices, values = _entries(features)
        return Vectors.sparse(size, indices, values * scales[int(label)])

    return plain(train.withColumn("features", scaled("features", "label")), test, settings)


def complement(train: DataFrame, test: DataFrame, settings: Settings) -> DataFrame:
    """Each class by what all others hold (CNB: Rennie et al. 2003); MLlib's score leaves the prior out."""
    return _fitted(train, Settings("complement", settings.smoothing)).transform(test)


def weight_normalised_complement(train: DataFrame, test: DataFrame, settings: Settings) -> DataFrame:
    """The same with each class's weights normalised, which MLlib lacks (WCNB: Rennie et al. 2003).

    Its probabilities are shares of exp(score), near 1/K each: an order, not a calibrated belief.
    """
    model = _fitted(train, Settings("complement", settings.smoothing))
    weights = normalised_weights(model.theta.toArray()).T

    @F.udf(VectorUDT())
    def shares(features):
        _, indices, values = _entries(features)
        return Vectors.dense(probabilities((values @ weights[indices])[None, :])[0])

    @F.udf("double")
    def most(shares):
        return float(np.argmax(shares.toArray()))

    return test.withColumn("probability", shares("features")).withColumn("prediction", most("probability"))


METHODS: Mapping[str, Method] = {
    "naive Bayes": plain,
    "naive Bayes, prior corrected": prior_corrected,
    "naive Bayes, classes weighted": class_weighted,
    "naive Bayes, classes normalised": class_normalised,
    "complement naive Bayes": complement,
    "complement naive Bayes, weights normalised": weight_normalised_complement,
}


def balanced(train: DataFrame) -> DataFrame:
    """`weight` becomes w N / (K n_c), n_c the class's weights in all and N those of all classes."""
    rows = {row.label: row.rows for row in train.groupBy("label").agg(F.sum("weight").alias("rows")).collect()}
    total = sum(rows[label] for label in sorted(rows))
    factors = [total / (len(rows) * rows[label]) for label in sorted(rows)]
    return train.withColumn("weight", F.col("weight") * _by_label(factors))


def _by_label(values: list[float]) -> Column:
    """The value of the row's class."""
    return F.element_at(F.array(*map(F.lit, values)), F.col("label").cast("int") + 1)


def _fitted(train: DataFrame, settings: Settings) -> NaiveBayesModel:
    learner = NaiveBayes(modelType=settings.model_type, smoothing=settings.smoothing, weightCol="weight")
    return learner.fit(train)


def _term_sums(train: DataFrame) -> np.ndarray:
    """(K, V) weighted sums of the classes' vectors."""
    sums = train.groupBy("label").agg(Summarizer.sum(F.col("features"), F.col("weight")).alias("sum")).collect()
    return np.array([row["sum"].toArray() for row in sorted(sums, key=lambda row: row.label)])


def _entries(features: Vector) -> tuple[int, np.ndarray, np.ndarray]:
    """Length, indices and values of a vector, sparse or dense."""
    if isinstance(features, SparseVector):
        return features.size, features.indices, features.values
    values = features.toArray()
    return len(values), np.arange(len(values)), values
