"""What naive Bayes is compared with: decision trees and logistic regression of MLlib, plain and with classes weighted.

Columns as in `naive_bayes.py`. Nothing here draws at random: a tree sees all features, and all rows of up to 10,000
(of more, MLlib samples rows with a fixed seed to place the bounds of bins).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.ml.classification import DecisionTreeClassifier, LogisticRegression
from pyspark.sql import DataFrame

from brickyard.gauge.naive_bayes import balanced

Classifier = Callable[[DataFrame, DataFrame], DataFrame]


@dataclass(frozen=True)
class Regression:
    """`penalty`: of the squared weights, for the mean loss; without one, classes that can be told apart have no optimum."""

    penalty: float = 1e-3
    iterations: int = 50
    tolerance: float = 1e-6


def tree(train: DataFrame, test: DataFrame, depth: int) -> DataFrame:
    """A decision tree by Gini impurity, grown to `depth` or to pure leaves; MLlib then merges leaves that predict the same.

    Its probabilities are the shares of a leaf's weights: 0 and 1 in a pure one, however few rows it has.
    """
    return DecisionTreeClassifier(maxDepth=depth, weightCol="weight", cacheNodeIds=False).fit(train).transform(test)


def weighted_tree(train: DataFrame, test: DataFrame, depth: int) -> DataFrame:
    """The same with every class weighing as much as any other."""
    return tree(balanced(train), test, depth)


def logistic(train: DataFrame, test: DataFrame, settings: Regression) -> DataFrame:
    """Multinomial logistic regression with a squared penalty on features as they are, by L-BFGS."""
    learner = LogisticRegression(
        family="multinomial", weightCol="weight", standardization=False,
        regParam=settings.penalty, maxIter=settings.iterations, tol=settings.tolerance,
    )  # fmt: skip
    return learner.fit(train).transform(test)


def weighted_logistic(train: DataFrame, test: DataFrame, settings: Regression) -> DataFrame:
    """The same with every class weighing as much as any other."""
    return logistic(balanced(train), test, settings)


TREES: Mapping[str, Classifier] = {
    "tree of depth 5": lambda train, test: tree(train, test, 5),
    "tree of depth 20": lambda train, test: tree(train, test, 20),
    "tree of depth 5, classes weighted": lambda train, test: weighted_tree(train, test, 5),
}

REGRESSIONS: Mapping[str, Classifier] = {
    "logistic regression": lambda train, test: logistic(train, test, Regression()),
    "logistic regression, classes weighted": lambda train, test: weighted_logistic(train, test, Regression()),
}
