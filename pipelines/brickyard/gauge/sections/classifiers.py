"""Which classifier fits labelled text, and whether classes with more rows win by their size: naive Bayes, trees, regression."""

from collections.abc import Mapping

import numpy as np
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.gauge.comparing import compare
from brickyard.gauge.figures import Figure, Finding, Measured, Point, refused
from brickyard.gauge.labelled_sample import FOLDS, LEAST_ROWS, LabelledSample, draw_labelled
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.scores import Predictions, balanced_gain, confusion, intervals, recalls_of, score
from brickyard.gauge.term_counts import add_term_counts

LEAST_SAMPLE = 200
MOST_SAMPLE = 20_000

_FIGURES = {"balanced_accuracy": "", "minority_recall": "", "log_loss": "nats"}
_PLAIN, _CURED, _TREE, _REGRESSION = "naive Bayes", "naive Bayes, classes weighted", "tree of depth 5", "logistic regression"
_SMALLEST_GAIN = 0.01  # of balanced accuracy that is worth a word


def measure(material: Material, choices: Choices) -> Measured:
    """Balanced accuracy, recall of the smallest class and log loss of each method, with 95 % bootstrap intervals over rows."""
    if material.labelled is None:
        return _refusal("the release has no column of labels, or none was named")
    sample = draw_labelled(material.labelled, material.curated, min(choices.sample, MOST_SAMPLE), choices.seed)
    if len(sample.classes) < 2:
        kept = f"{len(sample.classes)} of {len(sample.classes) + sample.left_out} classes"
        return _refusal(f"{kept} has {LEAST_ROWS} documents; nothing can be told apart")
    if sum(sample.sizes) < LEAST_SAMPLE:
        return _refusal(f"{sum(sample.sizes)} labelled documents; below {LEAST_SAMPLE} no method can be told from another")
    featured = add_term_counts(sample.rows).coalesce(1).persist()
    if _constant(featured):
        return _refusal("all documents have the same words, and as often: no feature tells classes apart")
    told = compare(featured, sample.parts)
    featured.unpersist()
    return Measured(
        (*_figures(told, sample, choices.seed), *_about(sample)), _points(told, sample), _findings(told, sample, choices.seed)
    )


def _refusal(sentence: str) -> Measured:
    return Measured(tuple(refused(name, sentence, unit=unit) for name, unit in _FIGURES.items()))


def _constant(featured: DataFrame) -> bool:
    row = featured.select(Summarizer.variance(F.col("features")).alias("variance")).first()
    return row is None or not row.variance.toArray().any()


def _figures(told: Mapping[str, Predictions], sample: LabelledSample, seed: int) -> list[Figure]:
    minority = len(sample.classes) - 1
    found = []
    for method, predictions in told.items():
        scores, bands = score(predictions, minority), intervals(predictions, minority, seed)
        for name, unit in _FIGURES.items():
            low, high = bands[name]
            found.append(Figure(name, getattr(scores, name), method, low, high, unit, _valid(sample)))
    return found


def _valid(sample: LabelledSample) -> str:
    """What the figures hold for."""
    how = "the release's test rows" if sample.split else f"each third by models of the other two, {FOLDS} in turn"
    return f"words as hashed counts, {sum(sample.sizes):,} documents of {len(sample.classes)} classes; {how}; intervals of rows, not of training"


def _about(sample: LabelledSample) -> list[Figure]:
    valid = f"classes of {LEAST_ROWS} documents or more, in the sample"
    return [
        Figure(
            "imbalance_ratio", sample.sizes[0] / sample.sizes[-1], f"{sample.classes[0]} : {sample.classes[-1]}", valid=valid
        ),
        Figure(
            "classes_left_out",
            float(sample.left_out),
            valid="classes with too few documents in the sample, or the rarest of many",
        ),
    ]


def _points(told: Mapping[str, Predictions], sample: LabelledSample) -> tuple[Point, ...]:
    """Recall of each class over its rows, a curve for each method."""
    return tuple(
        Point("recall by size of class", method, float(size), float(recall))
        for method, predictions in told.items()
        for size, recall in zip(sample.sizes, recalls_of(confusion(predictions)), strict=True)
        if not np.isnan(recall)
    )


def _findings(told: Mapping[str, Predictions], sample: LabelledSample, seed: int) -> tuple[Finding, ...]:
    """Whether naive Bayes is misled by sizes of classes, what weights do about it, and whether a tree escapes."""
    gain, low, high = balanced_gain(told[_PLAIN], told[_CURED], seed)
    recalls = {method: recalls_of(confusion(told[method])) for method in (_PLAIN, _CURED, _TREE)}
    largest, smallest = sample.classes[0], sample.classes[-1]
    plain, cured, tree = (f"{recalls[method][-1]:.3f}" for method in (_PLAIN, _CURED, _TREE))
    found = f"naive Bayes finds {recalls[_PLAIN][0]:.3f} of `{largest}` ({sample.sizes[0]:,} documents) and {plain} of `{smallest}` ({sample.sizes[-1]:,})"
    change = f"balanced accuracy {gain:+.3f} (95 % from {low:+.3f} to {high:+.3f})"
    best = _best(told, sample)
    if low > 0 and gain >= _SMALLEST_GAIN:
        reason = f"a class with more rows wins through overlapping features: {found}; with classes weighted {cured}, {change}. A tree of depth 5 finds {tree} of `{smallest}`."
        return (
            Finding(
                "imbalanced",
                reason,
                f"weigh classes (N / (K n_c) as weightCol), or use {best}, the best here by balanced accuracy",
            ),
        )
    reason = f"nothing to cure: {found}; weighing classes changes {change}. A tree of depth 5 finds {tree} of `{smallest}`."
    return (Finding("enough", reason, f"of these methods {best} has the best balanced accuracy"),)


def _best(told: Mapping[str, Predictions], sample: LabelledSample) -> str:
    accuracies = {method: score(predictions, len(sample.classes) - 1).balanced_accuracy for method, predictions in told.items()}
    return max(accuracies, key=lambda method: accuracies[method])
