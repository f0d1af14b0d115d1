"""Labelled documents as hashed counts of words: a bounded sample, in the order of a hash."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.sparse import csr_matrix

from brickyard.arrays import as_runs
from brickyard.text.words import folded_bytes
from brickyard.vectors.word_hashes import word_hashes

BUCKETS = 1 << 16
MOST_WORDS = 2000
"""Words of a document that are counted: the first ones."""


@dataclass(frozen=True)
class Counts:
    """`words`: (n, hashes that occur) sparse counts; `labels`: int64 (n,), places in `classes`, which are sorted."""

    words: csr_matrix
    labels: np.ndarray
    classes: list[str]
    left_out: list[str]


def count_words(curated: DataFrame, labelled: DataFrame, most: int, fewest: int, seed: int) -> Counts:
    """The first `most` labelled documents in the order of a hash; classes of fewer than `fewest` of them are left out."""
    chosen = labelled.select("doc_id", "label", F.xxhash64(F.lit(seed), "doc_id").alias("rank"))
    chosen = chosen.orderBy("rank", "doc_id").limit(most)
    texts = curated.select("doc_id", "text").join(chosen, "doc_id").select("rank", "doc_id", "label", "text")
    rows: Any = texts.mapInArrow(_buckets_of, "rank bigint, doc_id string, label string, buckets array<int>").toPandas()
    rows = rows.sort_values(["rank", "doc_id"], ignore_index=True)
    sizes = rows["label"].value_counts()
    kept = rows[rows["label"].map(sizes) >= fewest]
    classes = sorted(kept["label"].unique())
    places = {label: place for place, label in enumerate(classes)}
    labels = kept["label"].map(places).to_numpy(np.int64)
    return Counts(_matrix(list(kept["buckets"])), labels, classes, sorted(set(sizes.index) - set(classes)))


def _buckets_of(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        hashes, bounds = word_hashes(*folded_bytes(batch.column("text")))
        buckets_of = (hashes % np.uint64(BUCKETS)).astype(np.int32)
        runs = [buckets_of[start:end][:MOST_WORDS] for start, end in itertools.pairwise(bounds)]
        flat = np.concatenate(runs) if runs else np.empty(0, np.int32)
        buckets = as_runs(flat, np.array([len(run) for run in runs], np.int64))
        columns = [batch.column(name) for name in ("rank", "doc_id", "label")]
        yield pa.RecordBatch.from_arrays([*columns, buckets], ["rank", "doc_id", "label", "buckets"])


def _matrix(rows: list[np.ndarray]) -> csr_matrix:
    bounds = np.cumsum([0, *map(len, rows)])
    flat = np.concatenate([*rows, np.empty(0, np.int32)]).astype(np.int32)
    counts = csr_matrix((np.ones(len(flat)), flat, bounds), (len(rows), BUCKETS))
    counts.sum_duplicates()
    return counts[:, np.unique(flat)]
