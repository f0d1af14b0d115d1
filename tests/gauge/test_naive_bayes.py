"""Naive Bayes: MLlib against the formulas, cures that are identities, and the numbers that say why big classes win."""

import numpy as np
import pytest
from brickyard.gauge import naive_bayes_formulas as formulas
from brickyard.gauge.naive_bayes import METHODS, Settings, balanced, complement, plain, prior_corrected
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.ml.classification import NaiveBayes

from tests.gauge.made_rows import counts, frame_of, said_of

KINDS = ("multinomial", "bernoulli", "gaussian")


def data_for(kind: str, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    features, labels = counts(seed)
    if kind == "gaussian":
        return features + np.random.default_rng(seed).normal(size=features.shape), labels
    return (np.minimum(features, 1) if kind == "bernoulli" else features), labels


def scores_of(kind: str, features, labels, weights, smoothing: float) -> np.ndarray:
    """The formulas' scores of the rows that they were fitted on."""
    found = formulas.counts_of(features, labels, weights, 3)
    if kind == "gaussian":
        return formulas.gaussian_scores(features, features, labels, weights, 3)
    if kind == "bernoulli":
        return formulas.bernoulli_scores(features, found, smoothing)
    if kind == "complement":
        raw = features @ formulas.complement_weights(found.terms, smoothing).T
        return np.log(formulas.probabilities(raw))  # MLlib gives these scores as logarithms of shares
    prior = formulas.log_prior(found.rows, smoothing)
    return prior + features @ formulas.multinomial_log_likelihood(found.terms, smoothing).T


@pytest.mark.parametrize("kind", [*KINDS, "complement"])
def test_the_formulas_are_mllibs(spark, kind: str) -> None:
    features, labels = data_for(kind)
    weights = np.random.default_rng(1).integers(1, 5, len(labels)).astype(float)
    train = frame_of(spark, features, labels, weights)
    predicted, shares = said_of(plain(train, train, Settings(kind, 0.7)))
    _, raw = said_of(plain(train, train, Settings(kind, 0.7)), "rawPrediction")
    expected = scores_of(kind, features, labels, weights, 0.7)
    assert raw == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert shares == pytest.approx(formulas.probabilities(expected), abs=1e-9)
    assert predicted.tolist() == expected.argmax(1).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_thresholds_of_the_prior_are_a_uniform_prior_row_for_row(spark, kind: str) -> None:
    features, labels = data_for(kind, seed=8)
    train = frame_of(spark, features, labels)
    likelihood = scores_of(kind, features, labels, np.ones(len(labels)), 1.0)
    rows = np.bincount(labels)
    likelihood -= np.log(rows / rows.sum()) if kind == "gaussian" else formulas.log_prior(rows, 1.0)
    corrected, shares = said_of(prior_corrected(train, train, Settings(kind)))
    uncorrected, same_shares = said_of(plain(train, train, Settings(kind)))
    assert corrected.tolist() == likelihood.argmax(1).tolist()
    assert corrected.tolist() != uncorrected.tolist()
    assert shares.tolist() == same_shares.tolist()


def test_a_complement_model_has_no_prior_to_correct(spark) -> None:
    """Its scores do not add π, so thresholds of π favour small classes rather than treat all alike."""
    features, labels = counts(8)
    train = frame_of(spark, features, labels)
    model = NaiveBayes(modelType="complement", weightCol="weight").fit(train)
    _, raw = said_of(complement(train, train, Settings()), "rawPrediction")
    assert raw == pytest.approx(np.log(formulas.probabilities(features @ model.theta.toArray().T)))
    said, _ = said_of(prior_corrected(train, train, Settings("complement")))
    assert said.tolist() == (raw - model.pi.toArray()).argmax(1).tolist() != raw.argmax(1).tolist()


def test_of_two_classes_a_complement_model_is_one_with_a_uniform_prior(spark) -> None:
    features, labels = counts(12, classes=2)
    train = frame_of(spark, features, labels)
    said, _ = said_of(complement(train, train, Settings()))
    uncorrected, _ = said_of(plain(train, train, Settings()))
    assert said.tolist() == said_of(prior_corrected(train, train, Settings()))[0].tolist() != uncorrected.tolist()


@pytest.mark.parametrize("kind", [*KINDS, "complement"])
def test_a_row_of_weight_three_is_three_rows(spark, kind: str) -> None:
    features, labels = data_for(kind, seed=4)
    times = np.random.default_rng(2).integers(1, 5, len(labels))
    weighted = frame_of(spark, features, labels, times)
    repeated = frame_of(spark, features.repeat(times, 0), labels.repeat(times))
    unweighted = frame_of(spark, features, labels)
    for method in (plain, *METHODS.values()) if kind == "multinomial" else (plain, prior_corrected):
        said, shares = said_of(method(weighted, unweighted, Settings(kind)))
        again, as_shares = said_of(method(repeated, unweighted, Settings(kind)))
        assert said.tolist() == again.tolist()
        assert shares == pytest.approx(as_shares, abs=1e-9)


def test_balanced_weights_are_those_of_the_formula_and_make_the_prior_uniform(spark) -> None:
    features, labels = counts(5)
    weights = np.random.default_rng(6).integers(1, 4, len(labels)).astype(float)
    train = balanced(frame_of(spark, features, labels, weights))
    found = np.array([row.weight for row in train.orderBy("id").collect()])
    assert found == pytest.approx(formulas.balanced_weights(labels, weights, 3))
    assert np.bincount(labels, found) == pytest.approx([weights.sum() / 3] * 3)
    model = NaiveBayes(weightCol="weight").fit(train)
    assert np.exp(model.pi.toArray()) == pytest.approx([1 / 3] * 3)


def test_classes_normalised_is_a_model_of_sums_of_one_length_with_the_prior_as_it_was(spark) -> None:
    features, labels = counts(7)
    train = frame_of(spark, features, labels)
    found = formulas.counts_of(features, labels, np.ones(len(labels)), 3)
    terms = found.terms * formulas.class_scales(found.terms)[:, None]
    shortest = np.linalg.norm(found.terms, axis=1).min()
    assert np.linalg.norm(terms, axis=1) == pytest.approx([shortest] * 3)
    expected = formulas.log_prior(found.rows, 1.0) + features @ formulas.multinomial_log_likelihood(terms, 1.0).T
    _, shares = said_of(METHODS["naive Bayes, classes normalised"](train, train, Settings()))
    assert shares == pytest.approx(formulas.probabilities(expected), abs=1e-9)


def test_normalised_complement_weights_choose_the_class_whose_complement_fits_least(spark) -> None:
    features, labels = counts(9)
    train = frame_of(spark, features, labels)
    said, _ = said_of(METHODS["complement naive Bayes, weights normalised"](train, train, Settings()))
    logs = np.empty((3, features.shape[1]))
    for c in range(3):
        others = features[labels != c].sum(0) + 1
        logs[c] = np.log(others / others.sum())
    expected = (features @ (logs / np.abs(logs).sum(1, keepdims=True)).T).argmin(1)
    assert said.tolist() == expected.tolist()


def estimated_ratio(majority: tuple[float, float], minority: tuple[float, float]) -> float:
    """Of a word's probability in the minority and in the majority, from (its count, all words) in a vocabulary of 10,000."""
    terms = np.zeros((2, 10_000))
    for row, (own, total) in zip(terms, (majority, minority), strict=True):
        row[0], row[1:] = own, (total - own) / 9_999
    logs = formulas.multinomial_log_likelihood(terms, 1.0)
    return float(np.exp(logs[1, 0] - logs[0, 0]))


def test_smoothing_starves_a_small_class_and_weights_feed_it() -> None:
    """A word five times as likely in the minority: what is left of the five, by the classes' sizes in words."""
    assert estimated_ratio((9, 90_000), (5, 10_000)) == pytest.approx(3.0)
    assert estimated_ratio((9.9, 99_000), (0.5, 1_000)) == pytest.approx(1.36, abs=0.005)
    assert estimated_ratio((5, 50_000), (25, 50_000)) == pytest.approx(26 / 6)


@pytest.mark.parametrize("copies", range(1, 11))
def test_copies_of_an_overlapping_bit_make_naive_bayes_wrong_from_the_third_on(copies: int) -> None:
    """Prior 9 : 1, one bit that tells the classes apart (.05, .90), one that overlaps (.8, .6), copied: both on."""
    likelihood = np.log([[0.05, *[0.8] * copies], [0.90, *[0.6] * copies]]).sum(1)
    truth = np.log([0.9 * 0.05 * 0.8, 0.1 * 0.90 * 0.6])
    naive = np.log([0.9, 0.1]) + likelihood
    assert truth.argmax() == 1
    assert naive.argmax() == (1 if copies <= 2 else 0)


@given(st.integers(0, 10**6), st.floats(0.01, 10))
@settings(deadline=None, max_examples=40)
def test_distributions_are_distributions_and_scales_change_no_share(seed: int, smoothing: float) -> None:
    features, labels = counts(seed, rows=20)
    found = formulas.counts_of(features, labels, np.ones(20), 3)
    assert np.exp(formulas.multinomial_log_likelihood(found.terms, smoothing)).sum(1) == pytest.approx([1] * 3)
    assert np.exp(formulas.log_prior(found.rows, smoothing)).sum() == pytest.approx(1)
    assert np.exp(-formulas.complement_weights(found.terms, smoothing)).sum(1) == pytest.approx([1] * 3)
    assert np.abs(formulas.normalised_weights(formulas.complement_weights(found.terms, 1))).sum(1) == pytest.approx([1] * 3)


def test_what_cannot_be_fitted_is_said() -> None:
    ones, labels = np.ones((4, 2)), np.array([0, 0, 1, 1])
    with pytest.raises(ValueError, match="no feature varies"):
        formulas.gaussian_scores(ones, ones, labels, np.ones(4), 2)
    with pytest.raises(ValueError, match="a class without rows"):
        formulas.balanced_weights(labels, np.ones(4), 3)
