"""Brickyard's K-means: MLlib fitted on a sample, every vector assigned by matrix products; from Parquet, session started."""

import time

import numpy as np
import pandas as pd
from brickyard.session import build_session, stop_session
from brickyard.vectors.fitting import assign_cells, fit_centroids

from tests.bench.measure import print_report
from tests.bench.vectors import arguments, inertia, read_vectors


def main() -> None:
    folder, cells = arguments(__doc__)
    spark = build_session("k-means", {})
    spark.range(1).count()
    started = time.perf_counter()
    embeddings = spark.read.parquet(str(folder))
    centroids = fit_centroids(embeddings, cells)
    fitted = time.perf_counter() - started
    assigned: pd.DataFrame = assign_cells(embeddings, centroids, "longest").select("doc_id", "cell").toPandas()
    seconds = time.perf_counter() - started
    stop_session(spark)
    cell = assigned.sort_values("doc_id")["cell"].to_numpy()
    print_report(seconds=seconds, fitting=fitted, inertia=inertia(read_vectors(folder), np.asarray(centroids), cell))


if __name__ == "__main__":
    main()
