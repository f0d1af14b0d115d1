"""Find documents whose vectors lie close together: K-means cells, then exact cosines within a cell and its neighbours."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.ml.clustering import KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from brickyard.arrays import as_lists, as_matrix
from brickyard.config import SemanticDuplicates
from brickyard.graphs.choosing import CHOSEN, choose_partition
from brickyard.graphs.components import label_components
from brickyard.stages.result import Result
from brickyard.vectors.cells import cosines, nearest_cells, neighbour_cells, to_grid
from brickyard.vectors.groups import PAIRS, pair_groups

CELL_DOCUMENTS = 1000
"""Documents per cell that `clusters = "auto"` aims at."""

NEIGHBOURS = 2
"""Nearest cells, besides its own, with which a document is compared."""

SAMPLE_PER_CELL, SAMPLE_LEAST, SAMPLE_MOST = 256, 10_000, 50_000
"""Documents on which K-means is fitted."""

SEED, ITERATIONS = 20_260_131, 10


def pair_semantic_duplicates(embeddings: DataFrame, documents: DataFrame, config: SemanticDuplicates) -> Result:
    """Pairs of similar documents (dropped documents with one pair `chosen`), and the centroids."""
    if config.mode == "off":
        return Result((None, None))
    pairs, cells = semantic_pairs(embeddings, documents, config)
    cells = cells.persist()
    return Result((pairs.withColumn("kind", F.lit("semantic")), cells), {"cells": cells.count()})


def semantic_pairs(embeddings: DataFrame, documents: DataFrame, config: SemanticDuplicates) -> tuple[DataFrame, DataFrame]:
    """Pairs (doc_id, other_id, similarity, chosen, complete), and the rows of the `centroids` table.

    `embeddings`: doc_id, model, vector; `documents`: doc_id, char_count.
    """
    clusters = _cluster_count(embeddings.count(), config)
    centroids = fit_centroids(embeddings, clusters) if clusters else np.empty((0, 0))
    assigned = assign_cells(embeddings, documents, centroids, config.keep).persist(StorageLevel.DISK_ONLY)
    if config.mode == "one_per_cluster":
        pairs = keep_one_per_cell(assigned)
    else:
        pairs = choose(pair_neighbours(assigned, centroids, 1 - config.eps), config.mode == "threshold")
    return pairs, centroid_rows(assigned, centroids, embeddings)


def _cluster_count(documents: int, config: SemanticDuplicates) -> int:
    """As configured, or one per CELL_DOCUMENTS; 0 without documents. MLlib needs at least 2."""
    if documents == 0:
        return 0
    return max(2, -(-documents // CELL_DOCUMENTS)) if config.clusters == "auto" else config.clusters


def fit_centroids(embeddings: DataFrame, clusters: int) -> np.ndarray:
    """MLlib's K-means on a sample drawn by hash: float64 of shape (effective k, dimension).

    Distinct vectors in one partition, ordered by doc_id, fixed seed, random start, block solver: the same centroids
    wherever it runs.
    """
    size = min(SAMPLE_MOST, max(SAMPLE_LEAST, SAMPLE_PER_CELL * clusters))
    sample = embeddings.orderBy(F.xxhash64(F.lit("K-means"), "doc_id"), "doc_id").limit(size).select("doc_id", "vector")
    distinct = sample.coalesce(1).sortWithinPartitions("doc_id").mapInArrow(_distinct_batches, "vector array<float>")
    points = distinct.select(array_to_vector(F.col("vector")).alias("features")).persist(StorageLevel.MEMORY_AND_DISK)
    clusters = min(clusters, points.count())
    if clusters == 1:  # MLlib wants two
        return np.array([points.collect()[0].features.toArray()])
    estimator = KMeans(k=clusters, seed=SEED, maxIter=ITERATIONS, initMode="random", solver="block")
    centroids = np.array(estimator.fit(points).clusterCenters())
    points.unpersist()
    return centroids


def _distinct_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The vectors on the grid, equal ones once: with fewer distinct starts than k, MLlib's block solver fails."""
    seen: set[bytes] = set()
    for batch in batches:
        vectors = to_grid(as_matrix(batch.column("vector"))) + np.float32(0)  # -0 becomes 0
        new = []
        for row, vector in enumerate(vectors):
            if vector.tobytes() not in seen:
                seen.add(vector.tobytes())
                new.append(row)
        yield pa.RecordBatch.from_arrays([as_lists(vectors[new])], names=["vector"])


def assign_cells(embeddings: DataFrame, documents: DataFrame, centroids: np.ndarray, keep: str) -> DataFrame:
    """(doc_id, vector, cell, preference, char_count); preference: 0, or the distance to the centroid or its negative."""
    sign = {"longest": 0.0, "hard": 1.0, "easy": -1.0}[keep]
    schema = "doc_id string, vector array<float>, cell int, preference double"
    cells = embeddings.select("doc_id", "vector").mapInArrow(partial(_assign_batches, centroids=centroids, sign=sign), schema)
    return cells.join(documents.select("doc_id", "char_count"), "doc_id")


def _assign_batches(batches: Iterable[pa.RecordBatch], centroids: np.ndarray, sign: float) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        vectors = as_matrix(batch.column("vector"))
        cells = nearest_cells(vectors, centroids)
        distance = np.sqrt(((vectors - centroids[cells]) ** 2).sum(axis=1)) if len(cells) else np.empty(0)
        preference = pa.array(sign * np.round(distance, 9), pa.float64())
        yield pa.RecordBatch.from_arrays(
            [*batch.columns, pa.array(cells), preference], names=["doc_id", "vector", "cell", "preference"]
        )


def keep_one_per_cell(assigned: DataFrame) -> DataFrame:
    """In each cell the preferred document stands for all others, however far they are."""
    order = (F.desc("preference"), F.desc("char_count"), F.asc("doc_id"))
    best = Window.partitionBy("cell").orderBy(*order)
    ranked = assigned.withColumn("_rank", F.row_number().over(best))
    heads = ranked.where("_rank = 1").select("cell", F.col("doc_id").alias("other_id"), F.col("vector").alias("_other"))
    others = ranked.where("_rank > 1").select("cell", "doc_id", "vector").join(heads, "cell")
    pairs = others.select("doc_id", "other_id", "vector", "_other").mapInArrow(
        _cosine_batches, "doc_id string, other_id string, similarity double"
    )
    return pairs.withColumn("chosen", F.lit(True)).withColumn("complete", F.lit(False))


def _cosine_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        left, right = as_matrix(batch.column("vector")), as_matrix(batch.column("_other"))
        rows = np.arange(len(left))
        yield pa.RecordBatch.from_arrays(
            [batch.column("doc_id"), batch.column("other_id"), pa.array(cosines(left, right, rows, rows))],
            names=["doc_id", "other_id", "similarity"],
        )


def pair_neighbours(assigned: DataFrame, centroids: np.ndarray, min_cosine: float) -> DataFrame:
    """Pairs (PAIRS) at or above `min_cosine` within a cell, or between a cell and one of its nearest cells."""
    visits = {cell: [cell] for cell in range(len(centroids))}
    for cell, neighbours in enumerate(neighbour_cells(centroids, NEIGHBOURS)):
        for neighbour in neighbours:
            visits[neighbour].append(cell)
    groups = assigned.sparkSession.createDataFrame(list(visits.items()), "cell int, groups array<int>")
    members = assigned.join(F.broadcast(groups), "cell").withColumn("group", F.explode("groups"))
    members = members.withColumn("home", F.col("group") == F.col("cell")).drop("groups", "cell")
    tasks = max(assigned.sparkSession.sparkContext.defaultParallelism, len(centroids) // 16)
    ordered = members.repartition(tasks, "group").sortWithinPartitions("group", "home", "doc_id")
    return ordered.mapInArrow(partial(pair_groups, min_cosine=min_cosine), PAIRS).dropDuplicates(["doc_id", "other_id"])


def choose(pairs: DataFrame, drop: bool) -> DataFrame:
    """The pairs, each document that is to be dropped with one of them `chosen`; none if `drop` is false."""
    if not drop:
        return pairs.select("doc_id", "other_id", "similarity", F.lit(False).alias("chosen"), F.lit(True).alias("complete"))
    keyed = pairs.withColumn("a", F.xxhash64("doc_id")).withColumn("b", F.xxhash64("other_id")).persist(StorageLevel.DISK_ONLY)
    members, _ = label_components(keyed.select("a", "b"))
    labelled = keyed.withColumn("complete", F.lit(True)).join(members.withColumnRenamed("key", "a"), "a")
    tasks = pairs.sparkSession.sparkContext.defaultParallelism
    return labelled.repartition(tasks, "component").mapInArrow(choose_partition, CHOSEN)


def centroid_rows(assigned: DataFrame, centroids: np.ndarray, embeddings: DataFrame) -> DataFrame:
    """The rows of the `centroids` table."""
    spark = assigned.sparkSession
    rows = [(cell, vector.tolist()) for cell, vector in enumerate(centroids)]
    sizes = assigned.groupBy("cell").agg(F.count(F.lit(1)).alias("documents"))
    model = embeddings.agg(F.min("model").alias("model"))
    fitted = spark.createDataFrame(rows, "cell int, vector array<double>").join(sizes, "cell", "left").fillna(0, ["documents"])
    return fitted.crossJoin(model)
