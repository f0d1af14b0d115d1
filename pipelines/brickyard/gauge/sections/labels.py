"""What labels allow: how even they are, how far classes overlap, how many labels are wrong, and what none can beat."""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.gauge.balance import IMBALANCED, Balance, balance_of
from brickyard.gauge.bayes_error import Band, View, band_of, sizes_for, view_of
from brickyard.gauge.figures import Figure, Finding, Measured, Point, finite, refused
from brickyard.gauge.label_noise import WrongLabels, most_doubtful, wrong_labels
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.neighbours import Neighbours, nearest_by_tasks
from brickyard.gauge.overlap import crossings, fisher_ratio, worst_pairs
from brickyard.gauge.samples import Sample, draw
from brickyard.gauge.shares import wilson
from brickyard.gauge.transforms import transforms_of

MOST_CLASSES = 1000
"""More distinct labels than these are no classes."""

FEWEST_OF_CLASS = 5
"""A class with fewer documents in the sample is left out of what neighbours say."""

LEFT_OUT = 0.05
"""Share of documents that may be left out so."""

FEWEST = 100
"""Labelled documents with vectors below which neighbours are not asked."""

NOISY = 0.05
"""Lower end of the Bayes error from which on labels limit what can be learnt."""

VOTERS = 15
"""Neighbours whose labels are a document's probabilities, for wrong labels."""

SHOWN = 10
"""Doubtful documents and pairs of classes that are named."""

OF_NEIGHBOURS = ("nearest_neighbour_error", "bayes_error", "wrong_label_share", "overlap_share", "fisher_ratio")


@dataclass(frozen=True)
class Labelled:
    """The sample without rare classes: `labels` are numbers of `names`, int64 of shape (n,)."""

    sample: Sample
    labels: np.ndarray
    names: list[str]
    left_out: float


def measure(material: Material, choices: Choices) -> Measured:
    """Figures of balance, overlap, wrong labels and Bayes error; refusals in words where there are no labels to speak of."""
    if material.labelled is None:
        return Measured(_no("the release has no labels", "class_count", "imbalance_ratio", *OF_NEIGHBOURS))
    counts = _class_counts(material.labelled)
    if len(counts) > MOST_CLASSES:
        words = f"more than {MOST_CLASSES:,} distinct labels: they are no classes"
        return Measured(_no(words, "class_count", "imbalance_ratio", *OF_NEIGHBOURS))
    if len(counts) < 2:
        words = f"all labels are {next(iter(counts))!r}: one class" if counts else "no document is labelled"
        return Measured(_no(words, "class_count", "imbalance_ratio", *OF_NEIGHBOURS))
    balance = balance_of(counts)
    spread = Measured(
        (*_balance_figures(balance, counts, choices.label_column), *_copies(material)),
        _class_sizes(counts),
        _imbalanced(balance, counts),
    )
    labelled = _without_rare(draw(material.labelled.select("doc_id", "label"), material, choices))
    return _joined(spread, _by_neighbours(labelled, material))


def _no(sentence: str, *names: str) -> tuple[Figure, ...]:
    return tuple(refused(name, sentence) for name in names)


def _joined(one: Measured, other: Measured) -> Measured:
    return Measured(one.figures + other.figures, one.points + other.points, one.findings + other.findings)


def _class_counts(labelled: DataFrame) -> dict[str, int]:
    """Documents by label, in the order of labels; one class too many if there are too many."""
    counted = labelled.groupBy("label").count().orderBy("label").limit(MOST_CLASSES + 1)
    return {row["label"]: row["count"] for row in counted.collect()}


def _balance_figures(balance: Balance, counts: dict[str, int], column: str) -> tuple[Figure, ...]:
    total = sum(counts.values())
    return (
        Figure("labelled_documents", float(total), unit="documents", valid=f"exact; labels are those of the field {column}"),
        Figure("class_count", float(balance.classes), unit="classes", valid="exact"),
        Figure("imbalance_ratio", balance.ratio, valid="exact; largest over smallest class"),
        Figure("label_entropy", balance.entropy, unit="bits", valid="exact, of these documents"),
        Figure("effective_classes", balance.effective, unit="classes", valid="Hill number of order 1"),
        Figure("effective_classes_by_squares", balance.effective_squares, unit="classes", valid="Hill number of order 2"),
        Figure("majority_share", balance.majority, valid="accuracy of always saying the largest class"),
        *(Figure("class_documents", float(count), label, unit="documents", valid="exact") for label, count in counts.items()),
    )


def _class_sizes(counts: dict[str, int]) -> tuple[Point, ...]:
    ordered = sorted(counts.values(), reverse=True)
    return tuple(Point("documents by class", "classes, largest first", rank, size) for rank, size in enumerate(ordered, 1))


def _imbalanced(balance: Balance, counts: dict[str, int]) -> tuple[Finding, ...]:
    if balance.ratio < IMBALANCED:
        return ()
    largest, smallest = (choose(counts, key=lambda label: (counts[label], label)) for choose in (max, min))
    reason = (
        f"The largest class, `{largest}`, has {counts[largest]:,} documents, {balance.ratio:.1f} times those of the smallest,"
        f" `{smallest}` ({counts[smallest]:,})."
    )
    return (Finding("imbalanced", reason, "Weigh classes evenly in training, and judge by balanced accuracy."),)


def _copies(material: Material) -> tuple[Figure, ...]:
    """Texts that were read several times with labels, and those of them whose labels differ."""
    name = "copies_with_other_labels_share"
    if material.labelled_records is None:
        return (refused(name, "no labelled text was read more than once"),)
    counted = material.labelled_records.groupBy("doc_id").agg(
        F.count(F.lit(1)).alias("copies"), F.countDistinct("label").alias("labels")
    )
    read = counted.where("copies > 1")
    row = read.agg(F.count(F.lit(1)).alias("texts"), F.count(F.when(F.col("labels") > 1, 1)).alias("differing")).first()
    texts, differing = (row["texts"], row["differing"]) if row else (0, 0)
    if not texts:
        return (refused(name, "no labelled text was read more than once"),)
    low, high = wilson(differing, texts)
    return (Figure(name, differing / texts, low=low, high=high, valid=f"of {texts:,} texts read more than once"),)


def _without_rare(sample: Sample) -> Labelled:
    names, labels, sizes = np.unique(sample.labels.astype(str), return_inverse=True, return_counts=True)
    kept = sizes[labels] >= FEWEST_OF_CLASS
    numbers = np.cumsum(sizes >= FEWEST_OF_CLASS) - 1
    rest = Sample(sample.doc_ids[kept], sample.labels[kept], sample.vectors[kept], sample.model)
    left_out = 1 - float(kept.mean()) if len(kept) else 0.0
    return Labelled(rest, numbers[labels[kept]], names[sizes >= FEWEST_OF_CLASS].tolist(), left_out)


def _by_neighbours(labelled: Labelled, material: Material) -> Measured:
    refusal = _refusal(labelled)
    if refusal:
        return Measured(_no(refusal, *OF_NEIGHBOURS))
    try:
        ways = transforms_of(labelled.sample.vectors)
    except ValueError:
        return Measured(_no("all vectors are equal", *OF_NEIGHBOURS))
    sizes = sizes_for(len(labelled.labels))
    found = {name: nearest_by_tasks(material.curated.sparkSession, seen, sizes) for name, seen in ways.items()}
    views = {name: view_of(one, labelled.labels) for name, one in found.items()}
    band = band_of(views, len(labelled.names), len(labelled.labels))
    parts = (_bayes_error(views, band, labelled), *_of_raw(found["raw"][len(labelled.labels)], labelled))
    return reduce(_joined, parts)


def _refusal(labelled: Labelled) -> str:
    if len(labelled.labels) < FEWEST:
        return f"{len(labelled.labels)} labelled documents have vectors; neighbours are asked from {FEWEST} on"
    if len(labelled.names) < 2:
        return f"fewer than two classes have {FEWEST_OF_CLASS} documents in the sample"
    if labelled.left_out > LEFT_OUT:
        return f"{labelled.left_out:.0%} of documents are in classes with fewer than {FEWEST_OF_CLASS} documents in the sample"
    return ""


def _of_raw(neighbours: Neighbours, labelled: Labelled) -> tuple[Measured, ...]:
    """What the vectors as they are say of wrong labels and of overlap."""
    votes = labelled.labels[neighbours.rows[:, :VOTERS]]
    wrong = wrong_labels(votes, labelled.labels, len(labelled.names))
    crossed = crossings(neighbours.rows[:, 0], labelled.labels, len(labelled.names))
    return _wrong_labels(wrong, labelled), _overlap(crossed, labelled)


def _bayes_error(views: dict[str, View], band: Band, labelled: Labelled) -> Measured:
    count = len(labelled.labels)
    valid = (
        f"of these vectors ({labelled.sample.model}), {count:,} documents: a better model of texts may go below, and so may a"
        " classifier that neglects directions in which classes do not differ; low end:"
        " Cover and Hart's bound of one neighbour's error, drawn on to endless data; high end: the best vote found"
    )
    figures = [Figure("bayes_error", band.value, low=band.low, high=band.high, valid=valid)]
    points = []
    for name, view in views.items():
        error = view.errors[count]
        low, high = wilson(error * count, count)
        figures.append(Figure("nearest_neighbour_error", error, name, low, high, valid=f"leave one out of {count:,}"))
        rate = f"errors fall as n^(-2/d), d = {view.dimension:.1f} by TwoNN"
        figures.append(Figure("nearest_neighbour_error_limit", view.limit, name, view.limit_low, error, valid=rate))
        for size, missed in view.errors.items():
            ends = wilson(missed * count, count)
            points.append(Point("error of the nearest neighbour by sample", name, size, missed, *ends))
    return Measured(tuple(figures), tuple(points), _noise_limited(band))


def _noise_limited(band: Band) -> tuple[Finding, ...]:
    if band.low < NOISY:
        return ()
    reason = (
        f"by nearest neighbours in these vectors an error below {band.low:.1%} is not to be had: classes overlap, or labels are"
        " wrong"
    )
    return (Finding("noise-limited", reason, "look at the doubtful labels and at the classes that overlap before adding data"),)


def _wrong_labels(wrong: WrongLabels, labelled: Labelled) -> Measured:
    valid = (
        f"confident learning on votes of {VOTERS} neighbours; documents beyond the border of overlapping classes look like"
        " wrong labels too, so it may err upwards; the interval is that of counting only"
    )
    figures = [Figure("wrong_label_share", wrong.share, low=wrong.low, high=wrong.high, valid=valid)]
    for row in most_doubtful(wrong, labelled.labels, SHOWN):
        words = f"votes for its label {labelled.names[labelled.labels[row]]!r}; rather {labelled.names[wrong.likely[row]]!r}"
        doc_id = str(labelled.sample.doc_ids[row])
        figures.append(Figure("label_confidence", float(wrong.confidence[row]), doc_id, unit="share of votes", valid=words))
    return Measured(tuple(figures))


def _overlap(crossed: np.ndarray, labelled: Labelled) -> Measured:
    sizes, stay = crossed.sum(axis=1), np.diag(crossed)
    low, high = wilson(float((sizes - stay).sum()), int(sizes.sum()))
    share = float((sizes - stay).sum() / sizes.sum())
    valid = "documents whose nearest neighbour is of another class (N3 of Ho and Basu), by the vectors as they are"
    figures = [Figure("overlap_share", share, low=low, high=high, valid=valid)]
    for name, size, same in zip(labelled.names, sizes.tolist(), stay.tolist(), strict=True):
        ends = wilson(size - same, size)
        figures.append(Figure("class_overlap_share", 1 - same / size, name, *ends, valid=f"of {size:,} documents"))
    for one, other, both in worst_pairs(crossed, SHOWN):
        pair = f"{labelled.names[one]} | {labelled.names[other]}"
        figures.append(Figure("pair_overlap_share", both, pair, valid="nearest neighbours across, of both classes' documents"))
    figures.append(_fisher(labelled))
    return Measured(tuple(figures), _heat_map(crossed, labelled.names))


def _fisher(labelled: Labelled) -> Figure:
    ratio = finite(fisher_ratio(labelled.sample.vectors, labelled.labels))
    if ratio is None:
        return refused("fisher_ratio", "a feature varies between classes only: it tells them apart without fail")
    return Figure("fisher_ratio", ratio, valid="the best single feature: variance between classes per variance within; 0: none")


def _heat_map(crossed: np.ndarray, names: list[str]) -> tuple[Point, ...]:
    """The classes that are crossed most, at most twenty: row a class, column the class of the nearest neighbour."""
    lost = crossed.sum(axis=1) - np.diag(crossed)
    shown = np.sort(np.argsort(-lost, kind="stable")[:20])
    shares = crossed / crossed.sum(axis=1, keepdims=True)
    return tuple(
        Point("class of the nearest neighbour", names[row], column, float(shares[row, other]))
        for row in shown
        for column, other in enumerate(shown)
    )
