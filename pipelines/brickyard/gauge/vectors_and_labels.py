"""A bounded sample of documents with vectors and labels, in the order of a hash of (seed, doc_id)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Sample:
    """`vectors`: float32 (documents, dimension); `labels`: int64 (documents,), places in `classes`, which are sorted."""

    vectors: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    left_out: tuple[str, ...]


def draw_sample(embeddings: DataFrame, labelled: DataFrame, most: int, fewest: int, seed: int) -> Sample:
    """The first `most` documents of `labelled` (doc_id, label) that have a vector; classes of fewer than `fewest` left out.

    By hash: neither the order of rows nor partitions decide who is drawn, nor in what order.
    """
    both = labelled.select("doc_id", "label").join(embeddings.select("doc_id", "vector"), "doc_id", "inner")
    ranked = both.withColumn("rank", F.xxhash64(F.lit(seed), "doc_id")).orderBy("rank", "doc_id").limit(most)
    rows: Any = ranked.toPandas()
    rows = rows.sort_values(["rank", "doc_id"])
    sizes = rows["label"].value_counts()
    kept = rows[rows["label"].map(sizes) >= fewest]
    classes = tuple(sorted(kept["label"].unique()))
    places = {label: place for place, label in enumerate(classes)}
    vectors = np.stack(kept["vector"].to_list()).astype(np.float32) if len(kept) else np.empty((0, 0), np.float32)
    labels = kept["label"].map(places).to_numpy(np.int64)
    return Sample(vectors, labels, classes, tuple(sorted(set(sizes.index) - set(classes))))


def standardised(vectors: np.ndarray, fitted: int) -> np.ndarray:
    """Every feature with mean 0 and deviation 1 over the first `fitted` rows, float32; one that is constant there is 0."""
    known = vectors[:fitted].astype(np.float64)
    deviation = known.std(0)
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-9)
    return ((vectors - known.mean(0)) * scale).astype(np.float32)
