"""How wide must a network be for these labels? A prediction with its interval, and every rule of thumb beside it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

from brickyard.gauge import size_features, size_rules
from brickyard.gauge.figures import Figure, Measured, refused
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections.probes import sample_of
from brickyard.gauge.size_model import WIDTHS, Jackknife, from_plain
from brickyard.gauge.size_model import nearest_width as nearest

MOST = 4000
"""Rows of the data sets that the model has learnt from, at most: more would be out of its range."""

NAMES = ("width", "memorising_parameters", "friedland_bits")

LIMITS = (
    "for one hidden layer, learnt from 43 tables of at most 4,000 rows; on tables not seen within x2 in 40 % of cases, which is"
    " not shown to be better than the rules below (E1 in docs/evaluation.md): go by the interval"
)


def measure(material: Material, choices: Choices) -> Measured:
    """The smallest adequate width by three probes, at most 4,000 documents with vectors and labels; rules of thumb."""
    sample, target = sample_of(material, choices, MOST)
    if sample is None:
        return _refuse(target)
    vectors = size_features.standardised(sample.vectors.astype(np.float64))
    scores = probed(material.curated.sparkSession, vectors, sample.labels)
    return Measured(described(vectors, sample.labels, scores, target))


def probed(spark: SparkSession, vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Accuracies of the three probes (3,), trained in a task: JAX must not be loaded here."""
    train = partial(_probe, vectors=vectors.astype(np.float32), labels=labels)
    row = spark.range(1).coalesce(1).mapInPandas(train, "scores array<double>").first()
    return np.array(row.scores)  # type: ignore[union-attr]


def _probe(batches: Iterable[pd.DataFrame], vectors: np.ndarray, labels: np.ndarray) -> Iterator[pd.DataFrame]:
    from brickyard.gauge.probes.xla import one_thread

    one_thread()
    from brickyard.gauge.size_probes import probe_scores

    for _ in batches:
        yield pd.DataFrame({"scores": [probe_scores(vectors, labels).tolist()]})


def described(vectors: np.ndarray, labels: np.ndarray, scores: np.ndarray, target: str) -> tuple[Figure, ...]:
    """The figures, from standardised vectors (n, d), labels from 0, and the probes' accuracies."""
    statistics = size_features.statistics_of(vectors, labels)
    features = np.concatenate([statistics, size_features.scores_as_features(scores)])
    value, low, high = fitted_model().predict(features)
    rows, inputs, outputs = len(labels), vectors.shape[1], int(labels.max() + 1)
    bits = size_rules.friedland_bits(vectors, labels)
    rules = [*size_rules.rules(rows, inputs, outputs).items(), ("friedland", size_rules.friedland_width(bits, inputs))]
    counted = f"{target}: {rows:,} documents, {inputs} inputs, {outputs} classes"
    beyond = out_of_range({"documents": rows, "inputs": inputs, "classes": outputs})
    least, most = (float(2 ** np.clip(end, 0, np.log2(WIDTHS[-1]))) for end in (low, high))
    needed = size_rules.memorising_parameters(labels)
    rough = f"{counted}; 2 bits for each parameter: an order of magnitude"
    width = Figure(
        "width", float(nearest(value)), low=least, high=most, unit="units", valid=f"{counted}; 80 % interval; {LIMITS}"
    )
    return (
        refused("width", beyond, unit="units") if beyond else width,
        *(
            Figure("width_by_rule", round(width, 1), name, unit="units", valid="a rule of thumb: see E1")
            for name, width in rules
        ),
        Figure("memorising_parameters", needed, unit="parameters", valid=rough),
        Figure("friedland_bits", bits, unit="bits", valid="reliable for two balanced classes, say its authors"),
    )


def out_of_range(given: Mapping[str, int]) -> str:
    """By how much what is given lies outside of the tables that the model has learnt from; empty if it does not."""
    for name, (least, most) in _learnt()["ranges"].items():
        factor = max(least / given[name], given[name] / most)
        if factor > 1:
            return f"Out of range by x{factor:.3g}: learnt from tables of {least:,} to {most:,} {name}, here {given[name]:,}."
    return ""


def fitted_model() -> Jackknife:
    """What E1 has learnt."""
    return from_plain(_learnt())


@cache
def _learnt() -> dict:
    """As `make evaluate EXPERIMENTS=E1` wrote it."""
    plain: dict = json.loads(files("brickyard.gauge").joinpath("size_model.json").read_text())
    return plain


def _refuse(sentence: str) -> Measured:
    return Measured(tuple(refused(name, sentence) for name in NAMES))
