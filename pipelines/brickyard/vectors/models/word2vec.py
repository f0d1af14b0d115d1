"""Word2Vec (Mikolov et al. 2013, skip-gram), trained on the corpus by MLlib; a text's vector is a weighted mean of its words'.

MLlib gets the 64-bit hashes of words instead of the words: they are what the kernels find in a text. Its result depends on
the order of sentences and on partitions: it is given one partition, in a fixed order, of a sample drawn by hash. Words of
equal count it orders as its own hash tables do, over as many partitions as spark.default.parallelism says if that is set;
then this model is refused.

Weights are a / (a + p), p being the word's share of the sample (Arora, Liang, Ma 2017, "smooth inverse frequency").
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.errors import ConfigError
from brickyard.text.words import folded_bytes
from brickyard.vectors.models.model import VectorModel, fitted
from brickyard.vectors.pooling import mean_rows
from brickyard.vectors.word_hashes import word_hashes

SAMPLE_CHARACTERS = 4 * 2**20
"""Text on which words are learned, about."""

LEAST_COUNT = 5
"""A word occurs so often in the sample, or as often as the most frequent one, or it is not learned."""

ITERATIONS, SEED, SMOOTHING = 5, 20_260_131, 1e-3


def fit(texts: DataFrame, dimension: int) -> VectorModel:
    """Learn word vectors from `texts` (doc_id, char_count, text)."""
    _refuse_parallelism(texts)
    drawn, documents = _draw_sample(texts)
    ordered = drawn.repartition(1).sortWithinPartitions("doc_id").select("text")
    sentences = ordered.mapInArrow(_hash_batches, "words array<string>").persist(StorageLevel.DISK_ONLY)
    counted: pd.DataFrame = sentences.select(F.explode("words").alias("word")).groupBy("word").count().toPandas()
    words, vectors = _train(sentences, dimension, min(LEAST_COUNT, counted["count"].max())) if len(counted) else ([], [])
    sentences.unpersist()
    shares = counted.set_index("word")["count"] / max(1, counted["count"].sum())
    weights = np.array([SMOOTHING / (SMOOTHING + shares[word]) for word in words])
    table = np.array(vectors, np.float64).reshape(len(words), dimension) * weights[:, None]
    hashes = np.array(words, np.uint64)
    order = np.argsort(hashes)
    parameters = hashes[order].astype("<u8").tobytes() + table[order].astype("<f4").tobytes()
    return fitted("word2vec", dimension, documents, parameters)


def _refuse_parallelism(texts: DataFrame) -> None:
    setting = "spark.default.parallelism"
    if texts.sparkSession.sparkContext.getConf().get(setting) is not None:
        raise ConfigError(f"embed.model = word2vec: its vectors would depend on {setting}: leave that setting out")


def _draw_sample(texts: DataFrame) -> tuple[DataFrame, int]:
    """About SAMPLE_CHARACTERS of text, documents drawn by hash; and how many documents."""
    size = texts.agg(F.sum("char_count").alias("characters"), F.count(F.lit(1)).alias("documents")).collect()[0]
    share = min(1.0, SAMPLE_CHARACTERS / max(size.characters or 0, 1))
    count = max(1, int(share * size.documents))
    smallest = texts.select("doc_id").orderBy(F.xxhash64(F.lit("word2vec"), "doc_id"), "doc_id").limit(count)
    return texts.join(smallest, "doc_id", "left_semi").select("doc_id", "text"), size.documents


def _hash_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        hashes, offsets = word_hashes(*folded_bytes(batch.column("text")))
        words = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(hashes).cast(pa.string()))
        yield pa.RecordBatch.from_arrays([words], names=["words"])


def _train(sentences: DataFrame, dimension: int, least_count: int) -> tuple[list[str], list[list[float]]]:
    from pyspark.ml.feature import Word2Vec

    learner = Word2Vec(vectorSize=dimension, minCount=int(least_count), numPartitions=1, maxIter=ITERATIONS, seed=SEED)
    model = learner.setInputCol("words").fit(sentences)
    rows = model.getVectors().collect()
    return [row.word for row in rows], [row.vector.toArray() for row in rows]


def load(model: VectorModel) -> Callable[[pa.Array], np.ndarray]:
    """The function from texts to vectors."""
    count = len(model.parameters) // (8 + 4 * model.dimension)
    vocabulary = np.frombuffer(model.parameters, "<u8", count)
    table = np.frombuffer(model.parameters, "<f4", offset=8 * count).reshape(count, model.dimension)

    def embed(texts: pa.Array) -> np.ndarray:
        hashes, offsets = word_hashes(*folded_bytes(texts))
        return mean_rows(table, places_in(vocabulary, hashes), offsets)

    return embed


def places_in(vocabulary: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """For each hash its place in the sorted vocabulary, -1 if it is not there; int64."""
    if not len(vocabulary):
        return np.full(len(hashes), -1, np.int64)
    places = np.minimum(np.searchsorted(vocabulary, hashes), len(vocabulary) - 1)
    return np.where(vocabulary[places] == hashes, places, -1).astype(np.int64)
