"""Brickyard's `embed` inside Spark, Parquet in, Parquet out; a first pass over some texts loads the model, untimed.

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
    with tempfile.TemporaryDirectory() as folder:
        text_embeddings(texts.limit(32).repartition(cores), setting, 256).write.parquet(f"{folder}/warm")
        started = time.perf_counter()
        text_embeddings(texts, setting, 256).write.parquet(f"{folder}/timed")
        seconds = time.perf_counter() - started
        stop_session(spark)
        found = pq.read_table(f"{folder}/timed").sort_by("doc_id").column("vector").combine_chunks()
    matrix = found.flatten().to_numpy().reshape(len(found), -1)
    np.save(vectors, matrix)
    print_report(seconds=seconds, texts_per_second=len(matrix) / seconds)


if __name__ == "__main__":
    main()
