"""Give every document that is still kept a vector: hashed TF-IDF, document frequencies counted by Spark."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
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


@dataclass(frozen=True)
class VectorModel:
    """What a vector depends on besides its text: how many documents there were, and in how many each feature occurred."""

    dimension: int
    documents: int
    frequencies: np.ndarray  # int64 of shape (FEATURES,)

    @property
    def name(self) -> str:
        """Kind, dimension and digest of the frequencies."""
        counts = np.append(self.frequencies, self.documents)
        return f"hashed-{self.dimension}-{hashlib.sha256(counts.tobytes()).hexdigest()[:12]}"


VECTOR_MODEL = "model string, dimension int, documents bigint, frequencies binary"
"""A row is a frozen model; frequencies: zlib of little-endian int64, one for each feature."""


def fit_vectors(texts: DataFrame, dimension: int) -> VectorModel:
    """Count the document frequencies of `texts` (text)."""
    counted = texts.select("text").mapInArrow(_count_batches, "feature int, documents bigint")
    totals: pd.DataFrame = counted.groupBy("feature").agg(F.sum("documents").alias("documents")).toPandas()
    frequencies = np.zeros(FEATURES + 1, np.int64)  # the last one counts all documents
    frequencies[totals["feature"].to_numpy()] = totals["documents"].to_numpy()
    return VectorModel(dimension, int(frequencies[FEATURES]), frequencies[:FEATURES])


def embed_texts(texts: DataFrame, model: VectorModel) -> DataFrame:
    """(doc_id, model, vector) of `texts` (doc_id, text)."""
    inverse = inverse_frequencies(model.frequencies, model.documents)
    vectors = texts.select("doc_id", "text").mapInArrow(
        partial(_embed_batches, inverse=inverse, dimension=model.dimension), "doc_id string, vector array<float>"
    )
    return vectors.withColumn("model", F.lit(model.name))


def hashed_embeddings(texts: DataFrame, dimension: int) -> DataFrame:
    """(doc_id, model, vector) of `texts` (doc_id, text), with their own document frequencies."""
    return embed_texts(texts, fit_vectors(texts, dimension))


def model_row(spark: SparkSession, model: VectorModel) -> DataFrame:
    """The model as a row of VECTOR_MODEL."""
    packed = zlib.compress(model.frequencies.astype("<i8").tobytes(), 6)
    return spark.createDataFrame([(model.name, model.dimension, model.documents, bytearray(packed))], VECTOR_MODEL)


def load_model(models: DataFrame, name: str) -> VectorModel:
    """The model of that name; ValueError if it is not there, or if its frequencies are not those it is named for."""
    row = models.where(F.col("model") == name).first()
    if row is None:
        raise ValueError(f"no vector model {name}")
    frequencies = np.frombuffer(zlib.decompress(row.frequencies), "<i8").astype(np.int64)
    model = VectorModel(row.dimension, row.documents, frequencies)
    if model.name != name:
        raise ValueError(f"vector model {name}: its frequencies give {model.name}; the row is damaged")
    return model


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
