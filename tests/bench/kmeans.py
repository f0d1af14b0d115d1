"""Seconds and inertia of K-means with assignment of all rows: ours, MLlib alone, scikit-learn.

    python tests/bench/kmeans.py data FOLDER --documents 100000
    python tests/bench/kmeans.py ours FOLDER --clusters 300        (or mllib, or sklearn in an environment that has it)

Data: unit vectors around topics of unequal size, so that cells are neither pure noise nor clean balls. Every method reads
the same Parquet files; the inertia of each is computed here, in the same way, on all rows. One JSON line per run.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROWS_PER_FILE = 50_000
SETTINGS = {"spark.driver.memory": "4g", "spark.master": "local[2]"}


def write_vectors(folder: str, documents: int, dimension: int, topics: int = 3000) -> None:
    """Parquet files of (doc_id, model, vector)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = np.random.default_rng(20_260_131)
    centres = source.normal(size=(topics, dimension)) + 1.5 * source.normal(size=(topics // 20, dimension)).repeat(20, axis=0)
    shares = 1 / np.arange(1, topics + 1) ** 0.7
    Path(folder).mkdir(parents=True, exist_ok=True)
    for start in range(0, documents, ROWS_PER_FILE):
        rows = min(ROWS_PER_FILE, documents - start)
        topic = source.choice(topics, rows, p=shares / shares.sum())
        vectors = centres[topic] + 1.5 * source.normal(size=(rows, dimension))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        ids = pa.array([f"{number * 2654435761 % 2**32:032x}" for number in range(start, start + rows)])
        lists = pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * dimension), pa.array(vectors.ravel()))
        table = pa.table({"doc_id": ids, "model": pa.array(["bench"] * rows), "vector": lists})
        pq.write_table(table, f"{folder}/{start:08}.parquet", compression="zstd")


def read_parts(folder: str) -> Iterator[np.ndarray]:
    """The vectors, file by file."""
    import pyarrow.parquet as pq

    for path in sorted(Path(folder).glob("*.parquet")):
        lists = pq.read_table(path, columns=["vector"])["vector"].combine_chunks()
        yield lists.flatten().to_numpy().reshape(len(lists), -1)


def inertia(folder: str, centroids: np.ndarray) -> float:
    """Sum of squared distances of all rows to the nearest centroid."""
    centroids, total = centroids.astype(np.float32), 0.0
    halves = (centroids.astype(np.float64) ** 2).sum(axis=1) / 2
    for part in read_parts(folder):
        for start in range(0, len(part), 4096):
            tile = part[start : start + 4096]
            nearest = np.argmax(tile @ centroids.T - halves, axis=1)
            total += float(((tile.astype(np.float64) - centroids[nearest]) ** 2).sum())
    return total


def cpu_seconds() -> float:
    """User and system time of this process and of all that it started."""
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{name}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(name))
        used[int(name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    pending, total = [os.getpid()], 0.0
    while pending:
        process = pending.pop()
        total += used.get(process, 0.0)
        pending += children.get(process, [])
    return total


class Clock:
    """Seconds since the last reading: wall clock and CPU."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.monotonic(), cpu_seconds()

    def read(self) -> dict[str, float]:
        before = self.wall, self.cpu
        self.wall, self.cpu = time.monotonic(), cpu_seconds()
        return {"wall": round(self.wall - before[0], 2), "cpu": round(self.cpu - before[1], 2)}


def run_ours(folder: str, clusters: int) -> dict:
    """What the semantic stage does, from Parquet to (doc_id, cell) of all rows."""
    from brickyard.session import build_session
    from brickyard.vectors.fitting import assign_cells, fit_centroids
    from pyspark.sql import functions as F

    spark = build_session("bench", SETTINGS)
    embeddings = spark.read.parquet(folder)
    embeddings.agg(F.max("doc_id")).collect()  # start workers and classes
    clock = Clock()
    centroids = fit_centroids(embeddings, clusters)
    fit = clock.read()
    assign_cells(embeddings, centroids, "longest").write.format("noop").mode("overwrite").save()
    return {"fit": fit, "assign": clock.read(), "inertia": inertia(folder, centroids)}


def run_mllib(folder: str, clusters: int) -> dict:
    """MLlib with its defaults but for ten iterations and a random start, on all rows."""
    from brickyard.session import build_session
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.functions import array_to_vector

    spark = build_session("bench", SETTINGS)
    points = spark.read.parquet(folder).select("doc_id", array_to_vector("vector").alias("features")).persist()
    clock = Clock()
    model = KMeans(k=clusters, seed=1, maxIter=10, initMode="random").fit(points)
    fit = clock.read()
    model.transform(points).select("doc_id", "prediction").write.format("noop").mode("overwrite").save()
    return {"fit": fit, "assign": clock.read(), "inertia": inertia(folder, np.array(model.clusterCenters()))}


def run_sklearn(folder: str, clusters: int, start: str) -> dict:
    """scikit-learn, ten iterations at most, all rows in memory; its own labels are the assignment."""
    from sklearn.cluster import KMeans

    vectors = np.concatenate(list(read_parts(folder)))
    clock = Clock()
    model = KMeans(clusters, init=start, n_init=1, max_iter=10, random_state=1).fit(vectors)
    return {"fit": clock.read(), "iterations": model.n_iter_, "inertia": inertia(folder, model.cluster_centers_)}


def main() -> None:
    """One run, as told on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["data", "ours", "mllib", "sklearn"])
    parser.add_argument("folder")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--clusters", type=int, default=300)
    parser.add_argument("--start", choices=["random", "k-means++"], default="k-means++", help="scikit-learn's init")
    given = parser.parse_args()
    if given.what == "data":
        write_vectors(given.folder, given.documents, given.dimension)
        return
    runs = {"ours": run_ours, "mllib": run_mllib}
    if given.what == "sklearn":
        found = run_sklearn(given.folder, given.clusters, given.start)
    else:
        found = runs[given.what](given.folder, given.clusters)
    print(json.dumps({"what": given.what, "clusters": given.clusters, **found}))  # noqa: T201


if __name__ == "__main__":
    main()
