"""The methods of brickyard.gauge.naive_bayes in numpy, for hundreds of tiny fits; a test holds them equal, row for row."""

from collections.abc import Callable, Mapping

import numpy as np
from brickyard.gauge import naive_bayes_formulas as formulas
from brickyard.gauge.naive_bayes_world import Sample
from brickyard.gauge.scores import Predictions

Mirror = Callable[[Sample, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From training rows and features of others to (scores by which to predict, scores of the probabilities)."""


def _plain(train: Sample, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = _model(train, train.weights, features)
    return scores, scores


def _prior_corrected(train: Sample, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = _model(train, train.weights, features)
    return scores - formulas.log_prior(np.bincount(train.labels, train.weights), 1.0), scores


def _class_weighted(train: Sample, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    classes = int(train.labels.max()) + 1
    scores = _model(train, formulas.balanced_weights(train.labels, train.weights, classes), features)
    return scores, scores


def _class_normalised(train: Sample, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counts = _counts(train, train.weights)
    terms = counts.terms * formulas.class_scales(counts.terms)[:, None]
    scores = formulas.log_prior(counts.rows, 1.0) + features @ formulas.multinomial_log_likelihood(terms, 1.0).T
    return scores, scores


def _complement(train: Sample, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = features @ formulas.complement_weights(_counts(train, train.weights).terms, 1.0).T
    return scores, scores


def _normalised_complement(train: Sample, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights = formulas.complement_weights(_counts(train, train.weights).terms, 1.0)
    scores = features @ formulas.normalised_weights(weights).T
    return scores, scores


MIRRORS: Mapping[str, Mirror] = {
    "naive Bayes": _plain,
    "naive Bayes, prior corrected": _prior_corrected,
    "naive Bayes, classes weighted": _class_weighted,
    "naive Bayes, classes normalised": _class_normalised,
    "complement naive Bayes": _complement,
    "complement naive Bayes, weights normalised": _normalised_complement,
}


def mirrored(mirror: Mirror, train: Sample, test: Sample) -> Predictions:
    """What the method says of the rows of `test`."""
    deciding, believed = mirror(train, test.features)
    return Predictions(test.labels, deciding.argmax(1), formulas.probabilities(believed), test.weights)


def gaussian(train: Sample, test: Sample, fair: bool) -> Predictions:
    """Gaussian naive Bayes; `fair`: predictions as under a uniform prior."""
    classes = int(train.labels.max()) + 1
    scores = formulas.gaussian_scores(test.features, train.features, train.labels, train.weights, classes)
    rows = np.bincount(train.labels, train.weights)
    deciding = scores - np.log(rows / rows.sum()) if fair else scores
    return Predictions(test.labels, deciding.argmax(1), formulas.probabilities(scores), test.weights)


def _counts(train: Sample, weights: np.ndarray) -> formulas.Counts:
    return formulas.counts_of(train.features, train.labels, weights, int(train.labels.max()) + 1)


def _model(train: Sample, weights: np.ndarray, features: np.ndarray) -> np.ndarray:
    counts = _counts(train, weights)
    return formulas.log_prior(counts.rows, 1.0) + features @ formulas.multinomial_log_likelihood(counts.terms, 1.0).T
