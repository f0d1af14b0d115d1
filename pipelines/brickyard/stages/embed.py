"""Give every document that is still kept a vector: hashed TF-IDF, document frequencies counted by Spark."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.arrays import as_lists
from brickyard.config import Embed
from brickyard.stages.exact_duplicates import texts_of
from brickyard.stages.result import Result
from brickyard.text.words import folded_bytes
from brickyard.vectors.hashed import FEATURES, document_frequencies, hashed_vectors, inverse_frequencies


def add_embeddings(documents: DataFrame, records: DataFrame, pairs: DataFrame, config: Embed) -> Result:
    """One vector for each document that no earlier stage dropped; none if the model is off."""
    if config.model == "off":
        return Result((None,))
    return Result((hashed_embeddings(texts_of(survivors(documents, pairs), records), config.dimension),))


def survivors(documents: DataFrame, pairs: DataFrame) -> DataFrame:
    """Documents with a text that no chosen pair drops."""
    dropped = pairs.where("chosen").select("doc_id")
    return documents.where("char_count > 0").join(dropped, "doc_id", "left_anti")


def hashed_embeddings(texts: DataFrame, dimension: int) -> DataFrame:
    """(doc_id, model, vector) of `texts` (doc_id, text)."""
    counted = texts.select("text").mapInArrow(_count_batches, "feature int, documents bigint")
    totals: pd.DataFrame = counted.groupBy("feature").agg(F.sum("documents").alias("documents")).toPandas()
    frequencies = np.zeros(FEATURES + 1, np.int64)  # the last one counts all documents
    frequencies[totals["feature"].to_numpy()] = totals["documents"].to_numpy()
    model = f"hashed-{dimension}-{hashlib.sha256(frequencies.tobytes()).hexdigest()[:12]}"
    inverse = inverse_frequencies(frequencies[:FEATURES], int(frequencies[FEATURES]))
    vectors = texts.select("doc_id", "text").mapInArrow(
        partial(_embed_batches, inverse=inverse, dimension=dimension), "doc_id string, vector array<float>"
    )
    return vectors.withColumn("model", F.lit(model))


def _count_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One batch per partition: the features that occur, and in how many documents."""
    totals = np.zeros(FEATURES + 1, np.int64)
    for batch in batches:
        totals[:FEATURES] += document_frequencies(*folded_bytes(batch.column("text")))
        totals[FEATURES] += len(batch)
    features = np.flatnonzero(totals).astype(np.int32)
    yield pa.RecordBatch.from_arrays([pa.array(features), pa.array(totals[features])], names=["feature", "documents"])


def _embed_batches(batches: Iterable[pa.RecordBatch], inverse: np.ndarray, dimension: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        vectors = hashed_vectors(*folded_bytes(batch.column("text")), inverse, dimension)
        yield pa.RecordBatch.from_arrays([batch.column("doc_id"), as_lists(vectors)], names=["doc_id", "vector"])
