"""MLlib alone on all vectors: its default solver, 10 iterations, random start; fitted, then transformed; session started."""

import time

import numpy as np
import pandas as pd
from brickyard.session import build_session, stop_session
from pyspark.ml.clustering import KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import functions as F

from tests.bench.measure import print_report
from tests.bench.vectors import arguments, inertia, read_vectors


def main() -> None:
    folder, cells = arguments(__doc__)
    spark = build_session("k-means", {"spark.driver.memory": "6g"})
    spark.range(1).count()
    started = time.perf_counter()
    points = spark.read.parquet(str(folder)).select("doc_id", array_to_vector(F.col("vector")).alias("features"))
    model = KMeans(k=cells, seed=1, maxIter=10, initMode="random").fit(points)
    fitted = time.perf_counter() - started
    assigned: pd.DataFrame = model.transform(points).select("doc_id", "prediction").toPandas()
    seconds = time.perf_counter() - started
    centroids = np.array(model.clusterCenters())
    stop_session(spark)
    cell = assigned.sort_values("doc_id")["prediction"].to_numpy()
    print_report(seconds=seconds, fitting=fitted, inertia=inertia(read_vectors(folder), centroids, cell))


if __name__ == "__main__":
    main()
