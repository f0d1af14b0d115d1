"""Brickyard's signatures and bands inside Spark: Parquet in, Arrow to the Python workers and back; all cores.

The time is that of a pass over the whole corpus, reading included, in a session that has made one pass before.
"""

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from brickyard.arrays import as_binary, from_binary
from brickyard.session import build_session, stop_session
from brickyard.text.minhash import band_keys, signatures
from brickyard.text.words import folded_bytes
from pyspark.sql import DataFrame, SparkSession

from tests.bench.accuracy import document_ids
from tests.bench.ours.kernel_signatures import BANDS, NGRAM, PERMUTATIONS
from tests.bench.signing import corpus_argument, report_signing


def sign_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows of (id, text) in, (id, signature, bands) out."""
    for batch in batches:
        _, signed = signatures(*folded_bytes(batch.column("text")), NGRAM, PERMUTATIONS)
        signature = as_binary(signed.view(np.uint8))
        columns = [batch.column("id"), signature, as_binary(band_keys(signed, BANDS))]
        yield pa.RecordBatch.from_arrays(columns, names=["id", "signature", "bands"])


def signed_frame(spark: SparkSession, corpus: Path) -> DataFrame:
    """(id, signature, bands) of every document."""
    return spark.read.parquet(f"{corpus}/part-*.parquet").mapInArrow(sign_batches, "id string, signature binary, bands binary")


def main() -> None:
    corpus = corpus_argument(__doc__)
    spark = build_session("signatures", {})
    frame = signed_frame(spark, corpus)
    rows = {row.id: row.signature for row in frame.collect()}  # the first pass
    started = time.perf_counter()
    frame.write.format("noop").mode("overwrite").save()
    seconds = time.perf_counter() - started
    cores = spark.sparkContext.defaultParallelism
    stop_session(spark)
    column = pa.array([rows[one] for one in document_ids(corpus)], pa.binary())
    signed = np.ascontiguousarray(from_binary(column, 4 * PERMUTATIONS)).view(np.uint32)
    size = json.loads((corpus / "corpus.json").read_text())["bytes"]
    report_signing(corpus, signed, seconds, size, cores)


if __name__ == "__main__":
    main()
