"""K-means on frames of vectors: MLlib fits a sample, exact steps on a larger one improve it, then all rows are assigned.

Everything is on the grid, where sums are exact: the centroids depend on the documents alone.
"""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.mllib.clustering import KMeans, KMeansModel
from pyspark.mllib.linalg import DenseVector
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.arrays import as_binary, as_matrix, from_binary
from brickyard.vectors.cells import GRID, add_to_sums, nearest_on_grid, to_grid
from brickyard.vectors.seeds import seed_centroids

SEED = 20_260_131
SEEDED = (32, 10_000, 50_000)
"""Documents among which seeds are sought: per cell, at least, at most. MLlib fits on half of them: it takes a microsecond
for each distance, the matrix products of the steps after it a hundredth of that."""

REFINED = (100, 50_000, 200_000)
"""Documents of the exact steps after that: likewise."""

ITERATIONS, STEPS = 2, 3
"""Iterations of MLlib; exact steps."""

ASSIGNED = "doc_id string, cell int, preference double, square bigint"
"""square: squared distance to the centroid, both on the grid, in units of 2^-22. preference: see `assign_cells`."""

_SLICES_OF = 4096


def fit_centroids(embeddings: DataFrame, clusters: int) -> np.ndarray:
    """Float64 of shape (cells, dimension): at most `clusters` cells, no more than there are distinct vectors."""
    seeded, refined = (min(most, max(least, per_cell * clusters)) for per_cell, least, most in (SEEDED, REFINED))
    sample = draw_sample(embeddings, refined).persist(StorageLevel.DISK_ONLY)
    first = sample.orderBy("hash", "doc_id").limit(seeded).select("grid").collect()
    grid = np.frombuffer(b"".join(row.grid for row in first), np.int16).reshape(len(first), -1)
    vectors = grid.astype(np.float32) / np.float32(GRID)
    centroids = fit_by_mllib(embeddings.sparkSession, vectors, clusters)
    for _ in range(STEPS):
        centroids = refine(sample, centroids)
    sample.unpersist()
    return centroids


def draw_sample(embeddings: DataFrame, size: int) -> DataFrame:
    """(hash, doc_id, grid) of the `size` documents with the smallest hashes; grid: int16 multiples of 1 / GRID.

    The hashes are ordered without the vectors; then the vectors up to the last one are read.
    """
    keyed = embeddings.withColumn("hash", F.xxhash64(F.lit("K-means"), "doc_id"))
    smallest = keyed.select("hash", "doc_id").orderBy("hash", "doc_id").limit(size)
    last = smallest.agg(F.max(F.struct("hash", "doc_id")).alias("last")).select("last.*").first()
    if last is None or last.hash is None:
        raise ValueError("no vectors to fit centroids on")
    drawn = keyed.where((F.col("hash") < last.hash) | ((F.col("hash") == last.hash) & (F.col("doc_id") <= last.doc_id)))
    rows = drawn.select("hash", "doc_id", "vector").mapInArrow(_grid_batches, "hash bigint, doc_id string, grid binary")
    return rows.coalesce(embeddings.sparkSession.sparkContext.defaultParallelism)  # a sum per task goes to the driver


def _grid_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        grid = np.rint(as_matrix(batch.column("vector")) * GRID).astype(np.int16)
        yield pa.RecordBatch.from_arrays(
            [batch.column("hash"), batch.column("doc_id"), as_binary(grid)], names=["hash", "doc_id", "grid"]
        )


def fit_by_mllib(spark, vectors: np.ndarray, clusters: int) -> np.ndarray:
    """MLlib's K-means from seeds of ours; slices by size alone, sums exact on the grid: the same result everywhere."""
    seeds = seed_centroids(vectors, clusters, SEED)
    vectors = vectors[: (len(vectors) + 1) // 2]
    rows = (DenseVector(vector) for vector in vectors.astype(np.float64))
    points = spark.sparkContext.parallelize(rows, 1 + len(vectors) // _SLICES_OF).persist(StorageLevel.MEMORY_AND_DISK)
    start = KMeansModel([DenseVector(seed) for seed in seeds.astype(np.float64)])
    model = KMeans.train(points, len(seeds), maxIterations=ITERATIONS, seed=SEED, initialModel=start)
    points.unpersist()
    return np.array([np.asarray(centre) for centre in model.clusterCenters])


def refine(sample: DataFrame, centroids: np.ndarray) -> np.ndarray:
    """One step of Lloyd's: the means of the sample's vectors in each cell; an empty cell keeps its centroid."""
    parts = sample.select("grid").mapInArrow(partial(_sum_batches, centroids=centroids), "sums binary, counts binary").collect()
    sums = sum((np.frombuffer(part.sums, np.int64) for part in parts), np.zeros(centroids.size, np.int64))
    counts = sum((np.frombuffer(part.counts, np.int64) for part in parts), np.zeros(len(centroids), np.int64))
    means = sums.reshape(centroids.shape) / np.maximum(counts, 1)[:, None] / GRID
    return np.where(counts[:, None] > 0, means, centroids)


def _sum_batches(batches: Iterable[pa.RecordBatch], centroids: np.ndarray) -> Iterator[pa.RecordBatch]:
    """One row per task: the sum and the number of the vectors nearest to each centroid."""
    sums, counts = np.zeros(centroids.shape, np.int64), np.zeros(len(centroids), np.int64)
    centroids = to_grid(centroids)
    for batch in batches:
        grid = from_binary(batch.column("grid"), 2 * centroids.shape[1]).view(np.int16)
        vectors = grid.astype(np.float32) / np.float32(GRID)
        add_to_sums(vectors, nearest_on_grid(vectors, centroids)[0], sums, counts)
    yield pa.RecordBatch.from_pydict({"sums": [sums.tobytes()], "counts": [counts.tobytes()]})


def assign_cells(embeddings: DataFrame, centroids: np.ndarray, keep: str) -> DataFrame:
    """ASSIGNED of each vector; preference: 0 (longest), or the distance to the centroid (hard) or its negative (easy)."""
    sign = {"longest": 0.0, "hard": 1.0, "easy": -1.0}[keep]
    assign = partial(_assign_batches, centroids=centroids, sign=sign)
    return embeddings.select("doc_id", "vector").mapInArrow(assign, ASSIGNED)


def _assign_batches(batches: Iterable[pa.RecordBatch], centroids: np.ndarray, sign: float) -> Iterator[pa.RecordBatch]:
    on_grid = to_grid(centroids)
    for batch in batches:
        vectors = as_matrix(batch.column("vector"))
        if not len(vectors):
            continue
        cells, squares = nearest_on_grid(to_grid(vectors), on_grid)
        distance = np.sqrt(((vectors - centroids[cells]) ** 2).sum(axis=1)) if sign else np.zeros(len(cells))
        columns = [batch.column("doc_id"), pa.array(cells), pa.array(sign * np.round(distance, 9)), pa.array(squares)]
        yield pa.RecordBatch.from_arrays(columns, names=["doc_id", "cell", "preference", "square"])
