"""Every classifier on the same rows, each row told by a model that has not seen it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pyspark.sql import DataFrame

from brickyard.gauge.classifiers import REGRESSIONS, TREES
from brickyard.gauge.naive_bayes import METHODS, Method, Settings
from brickyard.gauge.scores import Predictions
from brickyard.gauge.term_counts import document_counts, most_frequent

TREE_FEATURES = 256
"""Words that a tree may ask for, the most frequent: its cost grows with each, on each level."""

_AT_ONCE = 2  # fits of so small a sample are mostly Spark's own bookkeeping

Run = Callable[[DataFrame, DataFrame], DataFrame]


def compare(featured: DataFrame, parts: Sequence[int]) -> Mapping[str, Predictions]:
    """Predictions of every method on the rows of all `parts` in turn, trained on what is in none or another part.

    `featured`: doc_id, features, label, weight, part; persisted, in one partition, or figures may depend on partitions.
    """
    narrow = most_frequent(featured, document_counts(featured), TREE_FEATURES).persist()
    bayes = {name: _of_counts(method) for name, method in METHODS.items()}
    tasks = [
        (name, run, rows, part)
        for runs, rows in (({**bayes, **REGRESSIONS}, featured), (TREES, narrow))
        for name, run in runs.items()
        for part in parts
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        told = list(pool.map(_tell, tasks))
    narrow.unpersist()
    names = dict.fromkeys(name for name, *_ in tasks)
    return {name: _joined([one for one, task in zip(told, tasks, strict=True) if task[0] == name]) for name in names}


def _of_counts(method: Method) -> Run:
    return lambda train, test: method(train, test, Settings())


def _tell(task: tuple[str, Run, DataFrame, int]) -> Predictions:
    _, run, rows, part = task
    return collected(run(rows.where(f"part <> {part}"), rows.where(f"part = {part}")))


def collected(scored: DataFrame) -> Predictions:
    """The predictions as arrays: of a bounded sample, labels and vectors alone."""
    rows = scored.select("label", "prediction", "probability", "weight").collect()
    return Predictions(
        np.array([row.label for row in rows], np.int64),
        np.array([row.prediction for row in rows], np.int64),
        np.array([row.probability.toArray() for row in rows]),
        np.array([row.weight for row in rows]),
    )


def _joined(parts: Sequence[Predictions]) -> Predictions:
    columns = ("labels", "predicted", "probabilities", "weights")
    return Predictions(*(np.concatenate([getattr(part, column) for part in parts]) for column in columns))
