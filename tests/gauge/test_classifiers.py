"""Trees and logistic regression: weights are rows, classes weigh alike, and copies of a feature change no tree."""

import numpy as np
import pytest
from brickyard.gauge.classifiers import REGRESSIONS, TREES, Regression, logistic, tree, weighted_logistic, weighted_tree
from brickyard.gauge.naive_bayes import Settings, plain
from brickyard.gauge.naive_bayes_world import World, bayes_posterior, draw, encode, population

from tests.gauge.made_rows import counts, frame_of, said_of

EXACT = Regression(iterations=500, tolerance=1e-12)


def test_a_row_of_weight_three_is_three_rows(spark) -> None:
    """A tree's bins are bounded by the values that occur while these are fewer than 32, and no leaf asks for two rows."""
    features, labels = counts(4)
    times = np.random.default_rng(2).integers(1, 5, len(labels))
    weighted, rows = frame_of(spark, features, labels, times), frame_of(spark, features, labels)
    repeated = frame_of(spark, features.repeat(times, 0), labels.repeat(times))
    for method in TREES.values():
        assert said_of(method(weighted, rows))[1] == pytest.approx(said_of(method(repeated, rows))[1], abs=1e-9)
    for method in (logistic, weighted_logistic):
        found = said_of(method(weighted, rows, EXACT))[1]
        assert found == pytest.approx(said_of(method(repeated, rows, EXACT))[1], abs=1e-6)


def test_logistic_regression_is_at_the_optimum_of_its_penalised_loss(spark) -> None:
    """At the optimum the mean of features times (shares less labels) is minus the penalty times the weights."""
    features, labels = counts(11)
    train = frame_of(spark, features, labels)
    from pyspark.ml.classification import LogisticRegression

    model = LogisticRegression(family="multinomial", regParam=1e-3, standardization=False, maxIter=500, tol=1e-12).fit(train)
    _, shares = said_of(logistic(train, train, EXACT))
    gradient = (shares - np.eye(3)[labels]).T @ features / len(labels)
    assert gradient == pytest.approx(-1e-3 * model.coefficientMatrix.toArray(), abs=1e-6)


def test_weighted_methods_predict_a_small_class_that_plain_ones_do_not(spark) -> None:
    world = World(0.75, 30, 1)
    sample, everything = draw(world, 4_000, 1), population(world)
    train = frame_of(spark, sample.features, sample.labels, sample.weights)
    test = frame_of(spark, everything.features, everything.labels, everything.weights)
    for unweighted, weighted in ((tree, weighted_tree),):
        assert said_of(unweighted(train, test, 5))[0].sum() < said_of(weighted(train, test, 5))[0].sum() / 2
    plain_regression, weighted_regression = REGRESSIONS.values()
    assert said_of(plain_regression(train, test))[0].sum() < said_of(weighted_regression(train, test))[0].sum() / 2


def test_copies_of_a_feature_change_naive_bayes_and_no_tree(spark) -> None:
    said = {}
    for copies in (1, 10):
        world = World(0.5, 9, copies)
        sample, rows = draw(world, 20_000, 2), encode(world)
        train = frame_of(spark, sample.features, sample.labels, sample.weights)
        test = frame_of(spark, rows, [0] * len(rows))
        said[copies] = said_of(tree(train, test, 5))[1], said_of(plain(train, test, Settings()))[1]
    assert said[1][0].tolist() == said[10][0].tolist()
    assert np.abs(said[1][1] - said[10][1]).max() > 0.3
    posterior = bayes_posterior(World(0.5, 9, 1))
    assert np.abs(said[1][1] - posterior).max() < 0.1 < np.abs(said[10][1] - posterior).max()
