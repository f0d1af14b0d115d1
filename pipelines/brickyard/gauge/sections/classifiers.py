"""Which classifier fits labelled text, and whether classes with more rows win by their size: naive Bayes, trees, regression."""

from collections.abc import Iterator, Mapping

import numpy as np
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.gauge.comparing import compare
from brickyard.gauge.figures import RELEVANT, Figure, Finding, Measured, Point, refused
from brickyard.gauge.labelled_sample import FOLDS, LEAST_ROWS, MOST_CLASSES, LabelledSample, draw_labelled
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.scores import Predictions, balanced_gain, confusion, intervals, recalls_of, score
from brickyard.gauge.term_counts import BUCKETS, add_term_counts

LEAST_SAMPLE = 200
MOST_SAMPLE = 20_000

_FIGURES = {"balanced_accuracy": "", "minority_recall": "", "log_loss": "nats"}
_PLAIN, _CURED, _TREE = "naive Bayes", "naive Bayes, classes weighted", "tree of depth 5"
_SMALL = 2  # times the documents of another class make that one small
_SMALLEST_GAIN = 0.01  # of balanced accuracy that is worth a word


def measure(material: Material, choices: Choices) -> Measured:
    """Balanced accuracy, recall of the smallest class and log loss of each method, with 95 % bootstrap intervals over rows."""
    if material.labelled is None:
        return _refuse("No document has a label: name a column with --label-column.")
    sample = draw_labelled(material.labelled, material.curated, min(choices.sample, MOST_SAMPLE), choices.seed)
    if len(sample.classes) < 2:
        return _refuse(f"Labels of at least two classes with {LEAST_ROWS} documents each are needed, to train and to test on.")
    if sum(sample.sizes) < LEAST_SAMPLE:
        return _refuse(f"{sum(sample.sizes)} labelled documents are too few to compare methods: {LEAST_SAMPLE} are needed.")
    featured = add_term_counts(sample.rows).repartition(1).sortWithinPartitions("rank", "doc_id").persist()
    if _constant(featured):
        return _refuse("All labelled documents have the same words as often: nothing tells classes apart.")
    told = compare(featured, sample.parts)
    featured.unpersist()
    figures = (*_figures(told, sample, choices.seed), *_about(sample))
    return Measured(figures, _points(told), tuple(_findings(told, sample, choices.seed)))


def _refuse(sentence: str) -> Measured:
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
    held_out = (
        f"one of {FOLDS} parts by a model of the others" if len(sample.parts) == 1 else "each part by a model of the others"
    )
    how = "the test rows of the split" if sample.split else held_out
    rows = f"{sum(sample.sizes):,} documents of {len(sample.classes)} classes"
    counted = f"hashed counts of words in {BUCKETS:,} buckets, smoothed by one each"
    return f"{counted}, {rows}; {how}; 95 % intervals over rows held out, not over training"


def _about(sample: LabelledSample) -> list[Figure]:
    pair = f"{sample.classes[0]} : {sample.classes[-1]}"
    few = (
        f"classes of fewer than {LEAST_ROWS} documents in the sample, of none to test on, or beyond the {MOST_CLASSES} largest"
    )
    return [
        Figure("imbalance_ratio", sample.sizes[0] / sample.sizes[-1], pair, valid="documents in the sample"),
        Figure("classes_left_out", float(sample.left_out), unit="classes", valid=few),
    ]


def _points(told: Mapping[str, Predictions]) -> tuple[Point, ...]:
    """Recall of each class in the order of their sizes, the largest is 1; a curve for each method."""
    return tuple(
        Point("recall_by_rank_of_size", method, float(place + 1), float(recall))
        for method, predictions in told.items()
        for place, recall in enumerate(recalls_of(confusion(predictions)))
        if not np.isnan(recall)
    )


def _findings(told: Mapping[str, Predictions], sample: LabelledSample, seed: int) -> Iterator[Finding]:
    """Whether naive Bayes is misled by sizes of classes, what weights do about it, and whether a tree escapes.

    Nothing where rows are too few to tell.
    """
    gain, low, high = balanced_gain(told[_PLAIN], told[_CURED], seed)
    plain, cured, tree = (recalls_of(confusion(told[method])) for method in (_PLAIN, _CURED, _TREE))
    large, small = (f"`{sample.classes[end]}` ({sample.sizes[end]:,} documents)" for end in (0, -1))
    found = f"naive Bayes finds {plain[0]:.3f} of {large} and {plain[-1]:.3f} of {small}"
    change = f"balanced accuracy {gain:+.3f}, from {low:+.3f} to {high:+.3f}"
    others = f"A tree of depth 5 finds {tree[-1]:.3f} of `{sample.classes[-1]}`."
    best = _best(told, sample)
    if low > 0 and gain >= _SMALLEST_GAIN:
        cure = f"with classes weighted, {cured[0]:.3f} and {cured[-1]:.3f} ({change})"
        reason = f"A class with more rows wins, by features that overlap or by smoothing: {found}; {cure}. {others}"
        step = f"Weigh classes by N / (K n_c); of the methods here, the best balanced accuracy is that of {best}."
        yield Finding("imbalanced", reason, step)
    elif high < RELEVANT and sample.sizes[0] >= _SMALL * sample.sizes[-1] and _found_less(told[_PLAIN], seed):
        reason = (
            f"The small class is found less often than the large one: {found}; with classes weighted, {cured[0]:.3f} and"
            f" {cured[-1]:.3f} ({change}). {others}"
        )
        step = f"Of the methods here, the best balanced accuracy is that of {best}; label more of the small class."
        yield Finding("imbalanced", reason, step)
    elif high < RELEVANT:
        effect = "would cost some of it" if high < 0 else "gains little, if anything"
        reason = f"There is no advantage of large classes to cure: {found}; weighing classes {effect} ({change}). {others}"
        yield Finding("enough", reason, f"Of the methods here, the best balanced accuracy is that of {best}.")


def _found_less(plain: Predictions, seed: int) -> bool:
    """Whether the smallest class is found less often than the largest, by a relevant difference and beyond chance."""
    recalls = recalls_of(confusion(plain))
    return intervals(plain, len(recalls) - 1, seed)["minority_recall"][1] < recalls[0] - RELEVANT


def _best(told: Mapping[str, Predictions], sample: LabelledSample) -> str:
    accuracies = {method: score(predictions, len(sample.classes) - 1).balanced_accuracy for method, predictions in told.items()}
    return max(accuracies, key=lambda method: accuracies[method])
