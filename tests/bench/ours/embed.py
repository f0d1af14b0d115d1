"""Brickyard's `embed` inside Spark, from Parquet, Arrow hop included: a pass that is kept, then a timed one that is not.

python -m tests.bench.ours.embed MODEL TEXTS.parquet VECTORS.npy
"""

import sys
import tempfile
import time

import numpy as np
import pyarrow.parquet as pq
from brickyard.session import build_session, stop_session
from brickyard.stages.embed import text_embeddings

from tests.bench.measure import print_report


def main() -> None:
    setting, path, vectors = sys.argv[1:4]
    spark = build_session("embed", {"spark.sql.files.maxPartitionBytes": "1m"})
    cores = spark.sparkContext.defaultParallelism
    texts = spark.read.parquet(path).repartition(4 * cores)
    embeddings = text_embeddings(texts, setting, 256)
    with tempfile.TemporaryDirectory() as folder:
        embeddings.write.parquet(f"{folder}/kept")
        started = time.perf_counter()
        embeddings.write.format("noop").mode("overwrite").save()
        seconds = time.perf_counter() - started
        stop_session(spark)
        found = pq.read_table(f"{folder}/kept").sort_by("doc_id").column("vector").combine_chunks()
    matrix = found.flatten().to_numpy().reshape(len(found), -1)
    np.save(vectors, matrix)
    print_report(seconds=seconds, texts_per_second=len(matrix) / seconds)


if __name__ == "__main__":
    main()
