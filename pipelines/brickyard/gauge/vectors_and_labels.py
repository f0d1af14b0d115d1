"""A bounded sample of documents with vectors and labels, in the order of a hash of (seed, doc_id)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

BUCKETS = 512


@dataclass(frozen=True)
class Sample:
    """`vectors`: float32 (documents, dimension); `labels`: int64 (documents,), places in `classes`, which are sorted."""

    vectors: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    left_out: tuple[str, ...]


def stacked(vectors: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors of one length as a matrix, float32."""
    return np.stack(vectors).astype(np.float32)


def hashed_tokens(documents: Sequence[np.ndarray]) -> np.ndarray:
    """Token ids of documents as float32 (documents, BUCKETS) of length 1: logarithms of counts.

    Each token is in one bucket with one sign, so that those that meet cancel on average (Weinberger et al. 2009, section 2).
    """
    counts = np.zeros((len(documents), BUCKETS), np.float32)
    for row, ids in zip(counts, documents, strict=True):
        tokens, times = np.unique(np.asarray(ids, np.uint64), return_counts=True)
        mixed = tokens * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)
        np.add.at(row, (mixed % BUCKETS).astype(np.int64), np.where(mixed >> np.uint64(31), -1, 1) * np.log1p(times))
    return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-12)


def draw_sample(
    embeddings: DataFrame,
    labelled: DataFrame,
    most: int,
    fewest: int,
    seed: int,
    as_matrix: Callable[[Sequence[np.ndarray]], np.ndarray] = stacked,
) -> Sample:
    """The first `most` documents of `labelled` (doc_id, label) that have a vector; classes of fewer than `fewest` left out,
    and vectors with a value that is no number.

    By hash: neither the order of rows nor partitions decide who is drawn, nor in what order. `as_matrix`: what is made of the
    column `vector`.
    """
    present = labelled.select("doc_id", "label").join(embeddings.select("doc_id"), "doc_id", "left_semi")
    ranked = present.withColumn("rank", F.xxhash64(F.lit(seed), "doc_id")).orderBy("rank", "doc_id").limit(most)
    rows: Any = embeddings.select("doc_id", "vector").join(F.broadcast(ranked), "doc_id").toPandas()
    numbers = np.array([np.isfinite(vector).all() for vector in rows["vector"]], bool)
    rows = rows[numbers].sort_values(["rank", "doc_id"])
    sizes = rows["label"].value_counts()
    kept = rows[rows["label"].map(sizes) >= fewest]
    classes = tuple(sorted(kept["label"].unique()))
    places = {label: place for place, label in enumerate(classes)}
    vectors = as_matrix(kept["vector"].to_list()) if len(kept) else np.empty((0, 0), np.float32)
    labels = kept["label"].map(places).to_numpy(np.int64)
    return Sample(vectors, labels, classes, tuple(sorted(set(sizes.index) - set(classes))))


def standardised(vectors: np.ndarray, fitted: int) -> np.ndarray:
    """Every feature with mean 0 and deviation 1 over the first `fitted` rows, float32; one that is constant there is 0."""
    known = vectors[:fitted].astype(np.float64)
    deviation = known.std(0)
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-9)
    return ((vectors - known.mean(0)) * scale).astype(np.float32)
