"""Would more labelled documents help? The error of a quick learner at growing sizes, and where the curve goes from there."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix
from scipy.stats import t as student

from brickyard.gauge.figures import RELEVANT, Figure, Finding, Measured, Point, refused
from brickyard.gauge.labelled_sample import MOST_CLASSES
from brickyard.gauge.learning_curves import Curve, Forecast, extrapolate, is_ill_behaved
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.naive_bayes_formulas import multinomial_log_likelihood
from brickyard.gauge.word_counts import Counts, count_words

REPETITIONS = 10
HELD_OUT = 0.25
HALVINGS = 5
FEWEST, FEWEST_OF_A_CLASS = 400, 20
WORTH_IT = 0.01
"""A gain of a doubling that makes more data worth their price: one point of balanced error."""

QUANTILE = float(student.ppf(0.9, REPETITIONS - 1))
"""Of an interval of 80 %."""

_LEARNER = "multinomial naive Bayes on words, classes weighted alike"
_NAMES = ("error", "error_at_twice_the_data", "gain_of_doubling")


def measure(material: Material, choices: Choices) -> Measured:
    """The learning curve of balanced error over 32-fold growth, continued to twice the labelled documents."""
    if material.labelled is None:
        return _refuse("No document has a label: name a column with --label-column.")
    counts = count_words(material.curated, material.labelled, choices.sample, FEWEST_OF_A_CLASS, choices.seed)
    if len(counts.classes) < 2:
        return _refuse(f"Labels of at least two classes with {FEWEST_OF_A_CLASS} documents each are needed.")
    if len(counts.classes) > MOST_CLASSES:
        return _refuse(f"{len(counts.classes)} classes are too many for a sample of this size: at most {MOST_CLASSES}.")
    if len(counts.labels) < FEWEST:
        return _refuse(f"{len(counts.labels)} labelled documents are too few for a curve: {FEWEST} are needed.")
    curve = learning_curve(counts, choices.seed)
    ends = QUANTILE * curve.standard_error
    points = [
        Point("learning_curve", "balanced error", *map(float, (size, mean, mean - end, mean + end)))
        for size, mean, end in zip(curve.sizes, curve.mean, ends, strict=True)
    ]
    if is_ill_behaved(curve):
        return Measured(_unstable(curve), tuple(points), (_UNSTABLE,))
    forecast = extrapolate(curve, 2 * int(curve.sizes[-1]), choices.seed)
    points.append(Point("learning_curve", "forecast", float(forecast.size), forecast.error, forecast.low, forecast.high))
    return Measured(_figures(curve, forecast, counts), tuple(points), tuple(_findings(forecast)))


def learning_curve(counts: Counts, seed: int) -> Curve:
    """Balanced error on held-out documents of a learner trained on nested parts of the others."""
    draws, rows = np.random.default_rng(seed), len(counts.labels)
    train = rows - int(rows * HELD_OUT)
    sizes = np.array([train >> halving for halving in range(HALVINGS, -1, -1)])
    orders = [draws.permutation(rows) for _ in range(REPETITIONS)]
    errors = [[_error(counts, order[:size], order[train:]) for size in sizes] for order in orders]
    return Curve(sizes, np.array(errors), HELD_OUT / (1 - HELD_OUT))


def _error(counts: Counts, train: np.ndarray, test: np.ndarray) -> float:
    weights = naive_bayes(counts.words[train], counts.labels[train], len(counts.classes))
    guessed = np.asarray(counts.words[test] @ weights.T).argmax(axis=1)
    return balanced_error(counts.labels[test], guessed)


def naive_bayes(words: csr_matrix, labels: np.ndarray, classes: int) -> np.ndarray:
    """log P(word | class), (classes, words): Laplace's smoothing after every class was given the same weight of words.

    A class without a document gets equal shares.
    """
    members = csr_matrix((np.ones(len(labels)), (labels, np.arange(len(labels)))), (classes, len(labels)))
    totals = np.asarray((members @ words).todense())
    mass = totals.sum(axis=1, keepdims=True)
    balanced = totals * (totals.sum() / classes / np.maximum(mass, 1))
    return multinomial_log_likelihood(balanced, 1.0)


def balanced_error(labels: np.ndarray, guessed: np.ndarray) -> float:
    """The mean over the classes that occur of the share of their rows that were taken for another."""
    right = np.bincount(labels, labels == guessed)
    rows = np.bincount(labels)
    return float(1 - (right[rows > 0] / rows[rows > 0]).mean())


def _figures(curve: Curve, forecast: Forecast, counts: Counts) -> tuple[Figure, ...]:
    error, spread = float(curve.mean[-1]), QUANTILE * float(curve.standard_error[-1])
    gain, least, most = (forecast.last - end for end in (forecast.error, forecast.high, forecast.low))
    measured = (
        f"balanced error of {_LEARNER}, trained on {curve.sizes[-1]:,} documents; mean of {REPETITIONS} splits, 80 % interval"
        f"; {len(counts.classes)} classes; without {len(counts.left_out)} of fewer than {FEWEST_OF_A_CLASS} documents in the"
        " sample"
    )
    continued = f"{forecast.family} through {len(curve.sizes)} sizes, to twice the largest and no further; 80 % interval"
    return (
        Figure("error", error, low=error - spread, high=error + spread, unit="share", valid=measured),
        Figure("error_at_twice_the_data", forecast.error, low=forecast.low, high=forecast.high, unit="share", valid=continued),
        Figure("gain_of_doubling", gain, low=least, high=most, unit="share", valid=continued),
    )


def _findings(forecast: Forecast) -> Iterator[Finding]:
    """None where the interval is too wide to tell."""
    gain, least, most = (forecast.last - end for end in (forecast.error, forecast.high, forecast.low))
    if gain >= WORTH_IT and least > 0:
        interval = f"{forecast.error:.3f} ({forecast.low:.3f} to {forecast.high:.3f})"
        reason = (
            f"{forecast.size:,} labelled documents instead of {forecast.size // 2:,} would take the balanced error from"
            f" {forecast.last:.3f} to {interval}."
        )
        step = "Train on all labelled documents, if these are a sample of them; then label more, of rare classes first."
        yield Finding("data-limited", reason, step)
    elif most < RELEVANT:
        reason = (
            f"Twice the {forecast.size // 2:,} labelled documents that were learnt from would take the balanced error from"
            f" {forecast.last:.3f} to {forecast.error:.3f} ({forecast.low:.3f} to {forecast.high:.3f}, 80 % interval)."
        )
        yield Finding("enough", reason, "Better features or models will do more than rows of this kind.")


_UNSTABLE = Finding(
    "unstable",
    "The error rises with more data somewhere on the curve, by more than chance: no forecast is given.",
    "Look for labels that contradict each other, and for sources that differ; measure again with other samples (--seed).",
)


def _unstable(curve: Curve) -> tuple[Figure, ...]:
    given = Figure("error", float(curve.mean[-1]), unit="share", valid=f"balanced error of {_LEARNER}")
    return (given, *(refused(name, _UNSTABLE.reason) for name in _NAMES[1:]))


def _refuse(sentence: str) -> Measured:
    return Measured(tuple(refused(name, sentence) for name in _NAMES))
