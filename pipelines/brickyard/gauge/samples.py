"""A bounded sample of documents with their vectors, on the driver, in the order of a hash."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.gauge.material import Choices, Material
from brickyard.stages.embed import text_embeddings

HASHED_DIMENSION = 256
"""Of the vectors that are made of texts where the release has none."""


@dataclass(frozen=True)
class Sample:
    """Documents in the order of (hash of seed and doc_id, doc_id), so that the first rows are a sample too.

    `doc_ids`, `labels`: of shape (n,), labels "" where they were not asked for; `vectors`: float64 of shape (n, d).
    `model`: what made the vectors, in words.
    """

    doc_ids: np.ndarray
    labels: np.ndarray
    vectors: np.ndarray
    model: str


def draw(documents: DataFrame, material: Material, choices: Choices) -> Sample:
    """At most `choices.sample` of `documents` (doc_id, label) that have vectors.

    Vectors are the release's embeddings; without any, hashed ones of the texts drawn.
    """
    if material.embeddings is None:
        return _collected(*_of_texts(documents, material.curated, choices), choices.seed)
    drawn = _first(documents.join(material.embeddings.select("doc_id"), "doc_id", "left_semi"), choices)
    vectors = material.embeddings.select("doc_id", "vector").join(F.broadcast(drawn), "doc_id")
    return _collected(vectors, "the release's embeddings", choices.seed)


def _of_texts(documents: DataFrame, curated: DataFrame, choices: Choices) -> tuple[DataFrame, str]:
    drawn = _first(documents, choices)
    texts = curated.select("doc_id", "text").join(drawn, "doc_id", "left_semi")
    vectors = text_embeddings(texts, "hashed", HASHED_DIMENSION).select("doc_id", "vector")
    return drawn.join(vectors, "doc_id", "inner"), "hashed vectors of the texts"


def _order(seed: int) -> list:
    return [F.xxhash64(F.lit(seed), "doc_id"), F.col("doc_id")]


def _first(documents: DataFrame, choices: Choices) -> DataFrame:
    return documents.orderBy(*_order(choices.seed)).limit(choices.sample)


def _collected(documents: DataFrame, model: str, seed: int) -> Sample:
    rows: pd.DataFrame = documents.orderBy(*_order(seed)).select("doc_id", "label", "vector").toPandas()
    vectors = np.stack(rows["vector"].to_list()).astype(np.float64) if len(rows) else np.empty((0, 0))
    usable = np.isfinite(vectors).all(axis=1)
    if not usable.all():
        model += f"; {np.count_nonzero(~usable):,} with a value that is no number are left out"
    return Sample(rows["doc_id"].to_numpy(object)[usable], rows["label"].to_numpy(object)[usable], vectors[usable], model)
