"""K-means: MLlib from our seeds, then exact steps; the same wherever it runs."""

import numpy as np
import pytest
from brickyard.vectors import fitting
from brickyard.vectors.cells import GRID
from brickyard.vectors.fitting import ITERATIONS, STEPS, assign_cells, fit_centroids
from brickyard.vectors.seeds import seed_centroids
from pyspark.mllib.clustering import KMeans, KMeansModel

from tests.tiny import embeddings_of


def topics(count=600, dimension=16, seed=1):
    """Unit vectors around ten centres, on the grid."""
    source = np.random.default_rng(seed)
    vectors = source.normal(size=(10, dimension))[source.integers(0, 10, count)] + 0.5 * source.normal(size=(count, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return (np.rint(vectors * GRID) / GRID).astype(np.float32)


VECTORS = {f"d{number:03}": vector for number, vector in enumerate(topics())}


def cells_of(vectors, centroids):
    """Nearest centroids by plain subtraction, both on the grid, in whole numbers: (cell, squared distance)."""
    points, centres = (np.rint(np.asarray(array, np.float64) * GRID).astype(np.int64) for array in (vectors, centroids))
    squares = ((points[:, None] - centres[None]) ** 2).sum(axis=2)
    return squares.argmin(axis=1), squares.min(axis=1)


def inertia(vectors, centroids):
    return cells_of(vectors, centroids)[1].sum() / GRID**2


def test_centroids_are_those_of_mllib_and_the_steps_after_it(spark):
    found = fit_centroids(embeddings_of(spark, VECTORS), 7)
    order = spark.createDataFrame([(name,) for name in VECTORS], "doc_id string")
    names = [row.doc_id for row in order.orderBy(fitting.F.expr("xxhash64('K-means', doc_id)")).collect()]
    vectors = np.array([VECTORS[name] for name in names])
    seeds = seed_centroids(vectors, 7, fitting.SEED)
    points = spark.sparkContext.parallelize(vectors[:300].astype(float).tolist(), 3)
    model = KMeans.train(points, 7, ITERATIONS, seed=fitting.SEED, initialModel=KMeansModel(seeds.astype(float).tolist()))
    wanted = np.array(model.clusterCenters)
    for _ in range(STEPS):
        cells, _ = cells_of(vectors, wanted)
        wanted = np.array([vectors[cells == cell].astype(float).mean(axis=0) for cell in range(7)])
    assert np.abs(found - wanted).max() < 1e-12
    assert not np.array_equal(found, seeds)


def test_partitions_and_their_order_do_not_matter(spark, monkeypatch):
    monkeypatch.setattr(fitting, "SEEDED", (20, 1, 10**6))
    monkeypatch.setattr(fitting, "REFINED", (40, 1, 10**6))
    monkeypatch.setattr(fitting, "_SLICES_OF", 30)
    embeddings = embeddings_of(spark, VECTORS)
    one = fit_centroids(embeddings.repartition(1), 10)
    other = fit_centroids(embeddings.orderBy(fitting.F.desc("doc_id")).repartition(7), 10)
    assert np.array_equal(one, other)


def test_inertia_is_no_worse_than_that_of_many_iterations_from_a_random_start(spark):
    found = fit_centroids(embeddings_of(spark, VECTORS), 10)
    vectors = np.array(list(VECTORS.values()))
    plain = vectors[:10].astype(float)
    for _ in range(20):
        cells, _ = cells_of(vectors, plain)
        plain = np.array([vectors[cells == cell].mean(axis=0) if (cells == cell).any() else plain[cell] for cell in range(10)])
    assert inertia(vectors, found) <= 1.01 * inertia(vectors, plain)


@pytest.mark.parametrize("clusters", [1, 3, 50])
def test_seeds_are_distinct_rows_far_apart(clusters):
    vectors = np.repeat(topics(40), 2, axis=0)
    seeds = seed_centroids(vectors, clusters, 5)
    assert len(np.unique(seeds, axis=0)) == len(seeds) == min(clusters, 40)
    assert {tuple(seed) for seed in seeds} <= {tuple(vector) for vector in vectors}


def test_an_empty_cell_keeps_its_centroid(spark):
    sample = fitting.draw_sample(embeddings_of(spark, VECTORS), 100)
    far = np.full((1, 16), -9.0)
    centroids = fitting.refine(sample, np.concatenate([far, topics(3)]))
    assert np.array_equal(centroids[0], far[0])


def test_the_sample_is_drawn_by_hash(spark):
    embeddings = embeddings_of(spark, VECTORS)
    small, large = ({row.doc_id for row in fitting.draw_sample(embeddings, size).collect()} for size in (50, 200))
    assert len(small) == 50 and len(large) == 200 and small < large
    assert max(small) > "d500"


def test_assigned_squares_are_whole_numbers_of_the_grid(spark):
    centroids = topics(9, seed=4).astype(float) * 0.7
    rows = assign_cells(embeddings_of(spark, VECTORS), centroids, "hard").collect()
    found = {row.doc_id: (row.cell, row.square) for row in rows}
    cells, squares = cells_of(np.array(list(VECTORS.values())), centroids)
    assert found == dict(zip(VECTORS, zip(cells.tolist(), squares.tolist(), strict=True), strict=True))
