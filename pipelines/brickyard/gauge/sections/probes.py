"""What small networks learn of the documents' vectors: how well, how large they must be, and how training behaves."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.special import softmax

from brickyard.gauge.figures import RELEVANT, Figure, Finding, Measured, Point, finite, refused
from brickyard.gauge.labelled_sample import MOST_CLASSES
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.metrics import METRICS, measured
from brickyard.gauge.probes.cost import cost_of
from brickyard.gauge.probes.curvature import highest_rate
from brickyard.gauge.probes.hypergradient import Task
from brickyard.gauge.probes.looking import WEIGHT_BINS
from brickyard.gauge.probes.report import Report, report_probes
from brickyard.gauge.ranking import Ranking, rank_models
from brickyard.gauge.scores import balanced_interval
from brickyard.gauge.shares import wilson
from brickyard.gauge.vectors_and_labels import Sample, draw_sample, hashed_tokens, stacked, standardised
from brickyard.probe import SMALL, Probe, probe_of

MOST, FEWEST, FEWEST_OF_A_CLASS = 3000, 200, 8
HELD_OUT_OF = 4  # one in so many of a class
TOKENS = 4096  # of a document, where tokens are learnt from
SURE = 1.96  # standard errors
PROBES = {
    "linear": replace(SMALL, widths=()),
    "16 units": SMALL,
    "128 units": replace(SMALL, widths=(128,)),
    "128 units, batch normalised": replace(SMALL, widths=(128,), normalisation="batch"),
    "128 units, layer normalised": replace(SMALL, widths=(128,), normalisation="layer"),
}
"""Sizes a factor of eight apart: what a few hundred documents can tell apart."""

OF_PROBABILITIES = ("cross_entropy", "focal", "label_smoothing")
"""Losses that make probabilities of a network's outputs."""

_LOST = "; of a training that ran away"

OF_SHARES = ("AUC", "log loss", "calibration error")
"""Metrics that look at probabilities, not only at the class with most."""

OWN = "as configured"
"""The name of the probe that [gauge.probe] describes, if it does."""


def measure(material: Material, choices: Choices) -> Measured:
    """Figures of the probes on at most 3,000 documents with features, a quarter of them held out."""
    sample, target = sample_of(material, choices, MOST)
    if sample is None:
        return _refuse(target)
    task = task_of(sample)
    probes = {**PROBES, OWN: probe_of(choices.probe)} if choices.probe else PROBES
    reports = report_probes(material.curated.sparkSession, probes, task)
    held_out = task.targets[task.fitted :].argmax(1)
    valid = f"{target}, {len(sample.classes)} classes, {task.fitted:,} documents to learn from, {len(held_out):,} held out"
    found = described(reports, probes, held_out, sample, valid, choices.seed)
    if material.labelled is not None:
        return found
    of_training = tuple(one for one in found.findings if one.verdict == "unstable")
    return replace(found, findings=of_training)  # that sources are alike, or hard to tell apart, is nothing to mend


def sample_of(material: Material, choices: Choices, most: int) -> tuple[Sample | None, str]:
    """At most `most` documents with features and labels, and what the labels are; or None, and why there are none."""
    labelled, target = target_of(material)
    if labelled is None:
        return None, target
    of_tokens = choices.features == "tokens"
    features = first_tokens(material.token_sequences) if of_tokens else material.embeddings
    if features is None:
        section = "[tokenise] tokenizer" if of_tokens else "[embed] model"
        return None, f"No document has {'tokens' if of_tokens else 'a vector'}: curate with {section} set."
    as_matrix = hashed_tokens if of_tokens else stacked
    sample = draw_sample(features, labelled, min(choices.sample, most), FEWEST_OF_A_CLASS, choices.seed, as_matrix)
    sentence = why_not(sample)
    return (None, sentence) if sentence else (sample, target)


def first_tokens(sequences: DataFrame | None) -> DataFrame | None:
    """(doc_id, vector): the first TOKENS token ids of each document, in the place of a vector."""
    return sequences.select("doc_id", F.slice("token_ids", 1, TOKENS).alias("vector")) if sequences is not None else None


def target_of(material: Material) -> tuple[DataFrame | None, str]:
    """(doc_id, label) and what the label is: the documents' own, or their source; without either, None and why."""
    if material.labelled is not None:
        return material.labelled, "labels"
    sources = material.curated.select("doc_id", F.col("source").alias("label")).where("source IS NOT NULL")
    if len(sources.select("label").distinct().limit(2).collect()) < 2:
        return None, "No document has a label, and all come from one source: there is nothing to tell apart."
    return sources, "the document's source, for want of labels: it tells how sources differ, not how hard a task is"


def why_not(sample: Sample) -> str:
    """Why a sample says nothing; empty if it does."""
    if len(sample.classes) < 2:
        return f"Two classes with {FEWEST_OF_A_CLASS} documents each are needed."
    if len(sample.classes) > MOST_CLASSES:
        return f"{len(sample.classes)} classes are too many for a sample of {MOST:,} documents: at most {MOST_CLASSES}."
    if len(sample.labels) < FEWEST:
        return f"{len(sample.labels)} documents with a vector and a label are too few: {FEWEST} are needed."
    different = len(np.unique(sample.vectors, axis=0))
    if different < len(sample.labels) / 2:
        return f"Only {different} of {len(sample.labels)} vectors differ: copies would be held out of what was learnt."
    return ""


def task_of(sample: Sample) -> Task:
    """Standardised vectors and one-hot labels; of each class every fourth document in the order of the hash is held out."""
    order = np.argsort(sample.labels, kind="stable")
    starts = np.searchsorted(sample.labels[order], sample.labels[order])
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order)) - starts
    held_out = turn % HELD_OUT_OF == HELD_OUT_OF - 1
    rows, fitted = np.argsort(held_out, kind="stable"), int((~held_out).sum())
    targets = np.eye(len(sample.classes), dtype=np.float32)[sample.labels[rows]]
    return Task(standardised(sample.vectors[rows], fitted), targets, fitted)


def described(
    reports: Sequence[Report], probes: Mapping[str, Probe], labels: np.ndarray, sample: Sample, valid: str, seed: int
) -> Measured:
    """What the probes' reports say of the release."""
    probabilities = {one.name: softmax(one.outputs.astype(np.float64), axis=1) for one in reports}
    trusted = {name: shares for name, shares in probabilities.items() if probes[name].loss in OF_PROBABILITIES}
    ranking = rank_models(trusted, labels, seed)
    figures = [
        Figure("accuracy of the commonest class", float(np.bincount(labels).max() / len(labels)), unit="share", valid=valid),
        *(figure for one in reports for figure in _quality(one, probabilities[one.name], labels, valid, one.name in trusted)),
        *_ranks(ranking, valid),
        *(figure for one in reports for figure in _training(one, probes[one.name], sample, valid)),
        *(figure for one in reports for figure in _times(one)),
    ]
    points = tuple(point for one in reports for point in _curves(one))
    return Measured(tuple(figures), points, tuple(_findings(reports, probabilities, labels)))


def _quality(report: Report, probabilities: np.ndarray, labels: np.ndarray, valid: str, trusted: bool) -> list[Figure]:
    """`trusted`: whether what the network gives are probabilities; if not, no metric that takes them for such is given."""
    name, valid = report.name, valid + _LOST * (report.state == "diverging")
    found = measured(probabilities, labels)
    low, high = wilson(found["accuracy"] * len(labels), len(labels))
    figures = [Figure("accuracy", found["accuracy"], name, low, high, "share", f"{valid}; 95 % interval")]
    for metric, value in found.items():
        unit = "nats" if metric == "log loss" else "share"
        if metric in OF_SHARES and not trusted:
            figures.append(
                refused(metric, "The loss that it was trained with makes no probabilities of its outputs.", name, unit)
            )
        elif metric != "accuracy":
            figures.append(_given(Figure(metric, value, name, unit=unit, valid=valid), "Its outputs are no numbers."))
    return figures


def _given(figure: Figure, otherwise: str) -> Figure:
    """The figure; without a finite value, the sentence that says why there is none."""
    known = finite(figure.value) is not None
    return figure if known else refused(figure.name, otherwise, figure.subject, figure.unit)


def _ranks(ranking: Ranking, valid: str) -> Iterable[Figure]:
    counted = f"{valid}; Borda's count over {len(METRICS)} metrics, 95 % over resampled documents"
    for name, points, low, high in zip(ranking.models, ranking.points, ranking.low, ranking.high, strict=True):
        yield Figure("share of rivals beaten", points, name, low, high, "share", counted)
    for first, second, rho in ranking.disagreeing:
        yield Figure(
            "rank correlation of metrics that disagree",
            rho,
            f"{first} and {second}",
            valid=f"over {len(ranking.models)} probes",
        )


def _training(report: Report, probe: Probe, sample: Sample, valid: str) -> Iterable[Figure]:
    cost = cost_of(probe, sample.vectors.shape[1], len(sample.classes))
    exact = "exact: follows from the shapes"
    yield Figure("parameters", cost.parameters, report.name, valid=exact)
    yield Figure("safetensors file", cost.safetensors_bytes, report.name, unit="bytes", valid=exact)
    yield Figure("ONNX file", cost.onnx_bytes, report.name, unit="bytes", valid="to a few bytes")
    yield Figure(
        "memory of training", cost.training_bytes, report.name, unit="bytes", valid="without what the runtime itself takes"
    )
    yield Figure(
        "operations of a step",
        cost.training_flops,
        report.name,
        unit="FLOP",
        valid="matrix products only, 6 per parameter and row",
    )
    start = float(report.curvature[0])
    overflow = "The loss at the start is no number, or has no finite slope."
    yield _given(Figure("largest curvature at the start", start, report.name, valid=valid), overflow)
    bearing = "2 / curvature at the start; networks with cross-entropy often bear many times as much (docs/evaluation.md, E9)"
    rate = Figure("safe learning rate of plain descent", highest_rate("sgd", start), report.name, valid=bearing)
    yield _given(
        rate, overflow if math.isnan(start) else "The loss bends nowhere upwards at the start: no rate follows from it."
    )
    if report.dead.size:
        yield Figure("dead units", float(report.dead.max()), report.name, unit="share", valid="of the layer with most")


def _times(report: Report) -> Iterable[Figure]:
    """Of the machine at hand: these figures alone differ from run to run."""
    yield Figure("time to load", report.load_seconds, report.name, unit="s", valid="ONNX Runtime, one thread, this machine")
    for rows, (median, slow) in report.call_seconds.items():
        subject = f"{report.name}, {rows} rows"
        yield Figure(
            "time of a call", median, subject, high=slow, unit="s", valid="the same; median, up to the 95th percentile"
        )


def _curves(report: Report) -> Iterable[Point]:
    """Loss and gradient norm, means of ten steps; spectral norms by layer; the first layer's weights over time, a heat map."""
    for plot, values in (("loss", report.loss), ("gradient norm", report.gradient_norm)):
        means = values[: len(values) // 10 * 10].reshape(-1, 10).mean(1)
        yield from (Point(plot, report.name, 10.0 * i + 5, float(mean)) for i, mean in enumerate(means) if math.isfinite(mean))
    looks, layers = report.spectral_norm.shape
    every = len(report.loss) / looks
    for layer in range(layers):
        series = f"{report.name}, layer {layer + 1}"
        yield from (
            Point("spectral norm", series, (i + 1) * every, float(report.spectral_norm[i, layer])) for i in range(looks)
        )
    low, high, bins = WEIGHT_BINS
    centres = low + (np.arange(bins) + 0.5) * (high - low) / bins
    for i in range(0, looks, 4):
        shares = report.weight_histogram[i, 0]
        step = f"step {(i + 1) * every:.0f}"
        yield from (Point(f"weights of {report.name}", step, float(x), float(y)) for x, y in zip(centres, shares, strict=True))


def of_training(reports: Iterable[Report]) -> Iterable[Finding]:
    """What went wrong in training, in words."""
    for one in reports:
        if one.state == "diverging" or one.causes:
            yield Finding(
                "unstable", f"Probe {one.name}: {one.sentence}.", "Do as the cause says before training anything larger."
            )


def _findings(reports: Sequence[Report], probabilities: dict[str, np.ndarray], labels: np.ndarray) -> Iterable[Finding]:
    yield from of_training(reports)
    right = {name: shares.argmax(1) == labels for name, shares in probabilities.items()}
    best = max(sorted(right), key=lambda name: right[name].mean())
    share, rows = float(right[best].mean()), np.bincount(labels)
    recalled = {name: np.bincount(labels, hits) for name, hits in right.items()}
    guessing = 1 / np.count_nonzero(rows)
    if all(balanced_interval(hits, rows)[0] <= guessing for hits in recalled.values()):
        balanced = max(float((hits[rows > 0] / rows[rows > 0]).mean()) for hits in recalled.values())
        yield Finding(
            "noise-limited",
            f"No probe has a balanced accuracy beyond that of guessing ({guessing:.3f}), the best {balanced:.3f}: features "
            "do not tell the classes apart.",
            "Check the labels, or use another embedding model.",
        )
        return
    yield from _size(right, labels)
    fitted = next(one.fitted_accuracy for one in reports if one.name == best)
    if fitted > 0.98 and wilson(share * len(labels), len(labels))[1] < fitted - 0.05:
        yield Finding(
            "data-limited",
            f"The best probe ({best}) knows {fitted:.1%} of what it learnt from and {share:.1%} of what it did "
            "not: it has room, and lacks examples, or it remembers labels that are wrong.",
            "Learn from more than this sample: from what is labelled already, then from new labels; or use stronger L2.",
        )


def _size(right: dict[str, np.ndarray], labels: np.ndarray) -> Iterable[Finding]:
    """The largest against the smaller ones on the same documents; nothing where these are too few to tell."""
    gain, error = lead(right["128 units"], right["16 units"], labels)
    over_linear, linear_error = lead(right["128 units"], right["linear"], labels)
    if gain > SURE * error and over_linear > SURE * linear_error:
        yield Finding(
            "size-limited",
            f"128 units know {gain:.1%} more than 16 and {over_linear:.1%} more than a linear model, beyond chance, classes"
            " weighted alike.",
            "Try larger networks.",
        )
    elif over_linear <= SURE * linear_error and over_linear + SURE * linear_error < RELEVANT:
        yield Finding(
            "enough",
            f"128 units beat a linear model by {over_linear + SURE * linear_error:.1%} at most ({over_linear:+.1%}), classes"
            " weighted alike.",
            "Use the linear model; size will hardly help.",
        )
    elif over_linear > SURE * linear_error and gain + SURE * error < RELEVANT:
        yield Finding(
            "enough",
            f"128 units know {gain + SURE * error:.1%} more than 16 at most ({gain:+.1%}), and {over_linear:.1%} more than a "
            "linear model.",
            "Start with a hidden layer of 16 units.",
        )


def lead(first: np.ndarray, second: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Difference of two balanced accuracies on the same rows (booleans, booleans, labels) and its standard error."""
    differences = first.astype(float) - second
    by_class = [differences[labels == label] for label in np.unique(labels)]
    error = math.sqrt(sum(one.var() / len(one) for one in by_class)) / len(by_class)
    return float(np.mean([one.mean() for one in by_class])), error


def _refuse(sentence: str) -> Measured:
    return Measured(tuple(refused(name, sentence) for name in ("accuracy", "safe learning rate of plain descent")))
