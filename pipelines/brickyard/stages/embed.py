"""Give every document that is still kept a vector: hashed TF-IDF, document frequencies counted by Spark."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from brickyard.arrays import as_lists
from brickyard.config import Embed
from brickyard.frames import frame_of
from brickyard.stages.exact_duplicates import texts_of
from brickyard.stages.result import Result
from brickyard.tables import VECTOR_MODELS
from brickyard.text.words import folded_bytes
from brickyard.vectors.drift import drift_of, needs_refit
from brickyard.vectors.hashed import FEATURES, document_frequencies, hashed_vectors, inverse_frequencies


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


def add_embeddings(
    documents: DataFrame,
    records: DataFrame,
    pairs: DataFrame,
    earlier: DataFrame,
    earlier_models: DataFrame,
    earlier_centroids: DataFrame,
    config: Embed,
    refit: str,
    same: bool,
) -> Result:
    """One vector for each document that no earlier stage dropped, and the model; none if the model is off.

    With the settings of the release before (`same`), its model stays until the rule of `refit` asks for another; then only
    documents without a vector are embedded.
    """
    if config.model == "off":
        return Result((None, None))
    kept = survivors(documents, pairs)
    model = frozen_model(kept, earlier_models, earlier_centroids, refit) if same else None
    if model is None:
        texts = texts_of(kept, records)
        model = fit_vectors(texts, config.dimension)
        return Result((embed_texts(texts, model), model_row(records.sparkSession, model)), {"documents_embedded": kept.count()})
    stay = earlier.join(kept.select("doc_id"), "doc_id", "left_semi")
    new = kept.join(earlier.select("doc_id"), "doc_id", "left_anti").persist()
    vectors = stay.unionByName(embed_texts(texts_of(new, records), model))
    return Result((vectors, earlier_models), {"documents_embedded": new.count()})


def frozen_model(kept: DataFrame, models: DataFrame, centroids: DataFrame, refit: str) -> VectorModel | None:
    """The model of the release before; None if there is none, or if it is to be fitted again."""
    row = models.select("model", "documents").first()
    if row is None:
        return None
    drift = drift_of(centroids)
    drift = replace(drift, growth=max(drift.growth, kept.count() / max(row.documents, 1)))
    return None if needs_refit(drift, refit) else load_model(models, row.model)


def survivors(documents: DataFrame, pairs: DataFrame) -> DataFrame:
    """Documents with a text that no chosen pair drops."""
    dropped = pairs.where("chosen").select("doc_id")
    return documents.where("char_count > 0").join(dropped, "doc_id", "left_anti")


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
    """The model as a row of `vector_models`."""
    packed = zlib.compress(model.frequencies.astype("<i8").tobytes(), 6)
    return frame_of(spark, [(model.name, model.dimension, model.documents, bytearray(packed))], VECTOR_MODELS.schema)


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
