"""Naive Bayes as MLlib 3.5 computes it, in numpy: for proofs of what its figures mean, and for hundreds of tiny data sets.

Shapes throughout: features (n, V), labels (n,) of 0..K-1, weights (n,), class matrices (K, V), scores (n, K). A test holds
each function equal to MLlib's own model (apache/spark, NaiveBayes.scala, trainDiscreteImpl and trainGaussianImpl).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Counts:
    """Sufficient statistics of a discrete model. `rows`: (K,) weights of rows; `terms`: (K, V) weighted sums of features."""

    rows: np.ndarray
    terms: np.ndarray


def counts_of(features: np.ndarray, labels: np.ndarray, weights: np.ndarray, classes: int) -> Counts:
    """Weighted counts by class; a row of weight w counts as w rows."""
    members = (labels[:, None] == np.arange(classes)) * weights[:, None]
    return Counts(members.sum(0), members.T @ features)


def log_prior(rows: np.ndarray, smoothing: float) -> np.ndarray:
    """ln (n_c + λ) / (N + Kλ), shape (K,)."""
    return np.log(rows + smoothing) - np.log(rows.sum() + len(rows) * smoothing)


def multinomial_log_likelihood(terms: np.ndarray, smoothing: float) -> np.ndarray:
    """ln (N_ci + λ) / (N_c + Vλ): the same λ for every class, however few terms it has."""
    return np.log(terms + smoothing) - np.log(terms.sum(1, keepdims=True) + terms.shape[1] * smoothing)


def complement_weights(terms: np.ndarray, smoothing: float) -> np.ndarray:
    """-ln of the smoothed shares of terms in all other classes (Rennie et al. 2003, section 3.1); a higher score wins."""
    return -multinomial_log_likelihood(terms.sum(0) - terms, smoothing)


def normalised_weights(weights: np.ndarray) -> np.ndarray:
    """Each class's weights divided by the sum of their absolute values (WCNB: Rennie et al. 2003, section 3.2)."""
    return weights / np.abs(weights).sum(1, keepdims=True)


def bernoulli_scores(features: np.ndarray, counts: Counts, smoothing: float) -> np.ndarray:
    """ln P(c) + Σ_i ln P(x_i | c) for features of 0 and 1, where P(x_i = 1 | c) = (N_ci + λ) / (n_c + 2λ)."""
    total = np.log(counts.rows + 2 * smoothing)[:, None]
    present = np.log(counts.terms + smoothing) - total
    absent = np.log(counts.rows[:, None] - counts.terms + smoothing) - total
    return log_prior(counts.rows, smoothing) + features @ (present - absent).T + absent.sum(1)


def gaussian_scores(
    features: np.ndarray, train: np.ndarray, labels: np.ndarray, weights: np.ndarray, classes: int
) -> np.ndarray:
    """ln P(c) + Σ_i ln N(x_i; mean_ci, variance_ci) of `features`, fitted on `train`, less the constants; no prior is smoothed.

    1e-9 of the largest variance of a feature over all rows is added to every variance. Raises ValueError if no feature varies.
    """
    overall = np.average((train - np.average(train, 0, weights)) ** 2, 0, weights)
    if overall.max() == 0:
        raise ValueError("no feature varies: a Gaussian model has no width")
    rows = np.array([weights[labels == c].sum() for c in range(classes)])
    scores = np.empty((len(features), classes))
    for c in range(classes):
        own, of_own = train[labels == c], weights[labels == c]
        mean = np.average(own, 0, of_own)
        variance = np.average((own - mean) ** 2, 0, of_own) + 1e-9 * overall.max()
        scores[:, c] = -0.5 * (np.log(variance) + (features - mean) ** 2 / variance).sum(1)
    return scores + np.log(rows) - np.log(rows.sum())


def balanced_weights(labels: np.ndarray, weights: np.ndarray, classes: int) -> np.ndarray:
    """w · N / (K n_c): every class weighs N / K in all. Raises ValueError if a class has no rows."""
    rows = np.bincount(labels, weights, classes)
    if not rows.all():
        raise ValueError("a class without rows has no weight")
    return weights * (rows.sum() / (classes * rows))[labels]


def class_scales(terms: np.ndarray) -> np.ndarray:
    """By which factor to scale each class's rows so that the sums have one length, that of the shortest: (K,).

    Frank and Bouckaert 2006 scale the sum of a class's vectors to a fixed length; which, is ours: no class gains evidence.
    """
    lengths = np.sqrt((terms**2).sum(1))
    return lengths[lengths > 0].min() / np.where(lengths > 0, lengths, 1.0)


def probabilities(scores: np.ndarray) -> np.ndarray:
    """exp(scores), each row divided by its sum."""
    shares = np.exp(scores - scores.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)
