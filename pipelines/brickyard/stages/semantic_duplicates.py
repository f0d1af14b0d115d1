"""Find documents whose vectors lie close together: K-means cells, then exact cosines within a cell and its neighbours."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from brickyard.arrays import as_matrix
from brickyard.config import SemanticDuplicates
from brickyard.frames import frame_of
from brickyard.graphs.choosing import CHOSEN
from brickyard.graphs.choosing_vectors import choose_partition
from brickyard.graphs.components import label_components
from brickyard.graphs.vector_crowds import Adjacency
from brickyard.vectors.cells import cell_visits, cosines
from brickyard.vectors.fitting import assign_cells, fit_centroids
from brickyard.vectors.groups import PAIRS, pair_groups

CELL_DOCUMENTS = 1000
"""Documents per cell that `clusters = "auto"` aims at."""

NEIGHBOURS = 2
"""Nearest cells, besides its own, with which a document is compared."""

CROWD = 1000
"""Members of a connected group within a cell above which they are compared with kept members only."""


def semantic_pairs(embeddings: DataFrame, documents: DataFrame, config: SemanticDuplicates) -> tuple[DataFrame, DataFrame]:
    """Pairs (doc_id, other_id, similarity, chosen, complete), and the rows of the `centroids` table.

    `embeddings`: doc_id, model, vector; `documents`: doc_id, char_count.
    """
    clusters = _cluster_count(embeddings.count(), config)
    centroids = fit_centroids(embeddings, clusters) if clusters else np.empty((0, 0))
    assigned = assign_cells(embeddings, centroids, config.keep).persist(StorageLevel.DISK_ONLY)
    pairs = pair_members(members_of(assigned, embeddings, documents), centroids, config)
    return pairs, centroid_rows(assigned, centroids, embeddings)


def _cluster_count(documents: int, config: SemanticDuplicates) -> int:
    """As configured, or one per CELL_DOCUMENTS but two at least; 0 without documents."""
    if documents == 0:
        return 0
    return max(2, -(-documents // CELL_DOCUMENTS)) if config.clusters == "auto" else config.clusters


def members_of(assigned: DataFrame, embeddings: DataFrame, documents: DataFrame) -> DataFrame:
    """(doc_id, cell, preference, char_count, vector) of what was assigned."""
    narrow = assigned.select("doc_id", "cell", "preference").join(documents.select("doc_id", "char_count"), "doc_id")
    return narrow.join(embeddings.select("doc_id", "vector"), "doc_id")


def pair_members(members: DataFrame, centroids: np.ndarray, config: SemanticDuplicates) -> DataFrame:
    """Pairs (doc_id, other_id, similarity, chosen, complete) of all members with given centroids."""
    if config.mode == "one_per_cluster":
        return keep_one_per_cell(members)
    pairs = pair_neighbours(members, centroids, 1 - config.eps)
    return choose(pairs, members, centroids, config)


def keep_one_per_cell(members: DataFrame) -> DataFrame:
    """In each cell the preferred document stands for all others, however far they are."""
    order = (F.desc("preference"), F.desc("char_count"), F.asc("doc_id"))
    best = Window.partitionBy("cell").orderBy(*order)
    ranked = members.withColumn("_rank", F.row_number().over(best))
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


def pair_neighbours(members: DataFrame, centroids: np.ndarray, min_cosine: float, fresh: DataFrame | None = None) -> DataFrame:
    """Pairs (PAIRS) at or above `min_cosine` within a cell, or between a cell and one of its nearest cells.

    With `fresh` (doc_id): only pairs with at least one of these.
    """
    spark = members.sparkSession
    visits = frame_of(spark, cell_visits(centroids, NEIGHBOURS), "cell int, group int")
    if fresh is None:
        members = members.withColumn("fresh", F.lit(True))
    else:
        flagged = fresh.select("doc_id", F.lit(True).alias("fresh"))
        members = members.join(flagged, "doc_id", "left").fillna(False, ["fresh"])
        cells = members.where("fresh").select("cell").distinct()
        visits = visits.join(visits.join(cells, "cell").select("group").distinct(), "group", "left_semi")
    visiting = members.join(F.broadcast(visits), "cell").withColumn("home", F.col("group") == F.col("cell")).drop("cell")
    tasks = max(spark.sparkContext.defaultParallelism, len(centroids) // 16)
    ordered = visiting.repartition(tasks, "group").sortWithinPartitions("group", "home", "doc_id")
    return ordered.mapInArrow(partial(pair_groups, min_cosine=min_cosine, crowd=CROWD), PAIRS)


def choose(pairs: DataFrame, members: DataFrame, centroids: np.ndarray, config: SemanticDuplicates) -> DataFrame:
    """The pairs, each document that is to be dropped with one of them `chosen`; none if the mode only reports.

    `pairs`: PAIRS. Members of crowds are compared with kept ones only, or, in a report, with those that would be kept.
    """
    pairs = pairs.persist(StorageLevel.DISK_ONLY)
    drop = config.mode == "threshold"
    crowded = pairs.where("crowded")
    if not drop and crowded.isEmpty():
        return pairs.select("doc_id", "other_id", "similarity", F.lit(False).alias("chosen"), F.lit(True).alias("complete"))
    keyed = pairs.withColumn("a", F.xxhash64("doc_id")).withColumn("b", F.xxhash64("other_id"))
    labels, _ = label_components(keyed.select("a", "b"))
    rows = keyed.join(labels.withColumnRenamed("key", "a"), "a").drop("a", "b", "crowded")
    if not crowded.isEmpty():
        ids = crowded.select("doc_id").union(crowded.select("other_id")).distinct()
        in_crowds = members.join(ids, "doc_id", "left_semi").withColumn("key", F.xxhash64("doc_id"))
        rows = rows.unionByName(in_crowds.join(labels, "key").drop("key"), True)
    choosing = partial(choose_partition, min_cosine=1 - config.eps, adjacency=Adjacency(cell_visits(centroids, NEIGHBOURS)))
    tasks = pairs.sparkSession.sparkContext.defaultParallelism
    chosen = rows.repartition(tasks, "component").mapInArrow(choosing, CHOSEN)
    return chosen if drop else chosen.withColumn("chosen", F.lit(False))


def cell_sums() -> tuple[Column, Column]:
    """What `centroids` says of the documents in a cell."""
    return F.count(F.lit(1)).alias("documents"), F.sum("square").alias("squares")


def centroid_rows(assigned: DataFrame, centroids: np.ndarray, embeddings: DataFrame) -> DataFrame:
    """The rows of the `centroids` table, just fitted."""
    spark = assigned.sparkSession
    rows = [(cell, vector.tolist()) for cell, vector in enumerate(centroids)]
    sizes = assigned.groupBy("cell").agg(*cell_sums())
    fitted = frame_of(spark, rows, "cell int, vector array<double>").join(sizes, "cell", "left")
    fitted = fitted.fillna(0, ["documents", "squares"]).crossJoin(embeddings.agg(F.min("model").alias("model")))
    return fitted.withColumn("fit_documents", F.col("documents")).withColumn("fit_squares", F.col("squares"))
