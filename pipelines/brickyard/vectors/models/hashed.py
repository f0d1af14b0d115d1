"""Hashed TF-IDF as a model: its parameters are the document frequencies, counted by Spark."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.text.words import folded_bytes
from brickyard.vectors.hashed import FEATURES, document_frequencies, hashed_vectors, inverse_frequencies
from brickyard.vectors.models.model import VectorModel, fitted


def fit(texts: DataFrame, dimension: int) -> VectorModel:
    """Count the document frequencies of `texts` (text)."""
    counted = texts.select("text").mapInArrow(_count_batches, "feature int, documents bigint")
    totals: pd.DataFrame = counted.groupBy("feature").agg(F.sum("documents").alias("documents")).toPandas()
    frequencies = np.zeros(FEATURES + 1, "<i8")  # the last one counts all documents
    frequencies[totals["feature"].to_numpy()] = totals["documents"].to_numpy()
    return fitted("hashed", dimension, int(frequencies[FEATURES]), frequencies[:FEATURES].tobytes())


def _count_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One batch per partition: the features that occur, and in how many documents."""
    totals = np.zeros(FEATURES + 1, np.int64)
    for batch in batches:
        totals[:FEATURES] += document_frequencies(*folded_bytes(batch.column("text")))
        totals[FEATURES] += len(batch)
    features = np.flatnonzero(totals).astype(np.int32)
    yield pa.RecordBatch.from_arrays([pa.array(features), pa.array(totals[features])], names=["feature", "documents"])


def load(model: VectorModel) -> Callable[[pa.Array], np.ndarray]:
    """The function from texts to vectors."""
    inverse = inverse_frequencies(np.frombuffer(model.parameters, "<i8").astype(np.int64), model.documents)
    return lambda texts: hashed_vectors(*folded_bytes(texts), inverse, model.dimension)
