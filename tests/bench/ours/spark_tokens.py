"""Brickyard's tokenizing inside Spark: Parquet in, Arrow to the Python workers, ids back to Spark; all cores.

The first pass, which learns, writes the ids to be compared. The time is that of a second one, reading included.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
from brickyard.session import build_session, stop_session
from brickyard.stages.tokenise import tokenize
from pyspark.sql import DataFrame

from tests.bench.measure import print_report
from tests.bench.signing import corpus_argument
from tests.bench.tokens import digest_ids, read_corpus


def ids_of(folder: str) -> list[np.ndarray]:
    """Ids of every document, by name."""
    table = pq.read_table(folder).sort_by("doc_id")
    return [one.values.to_numpy() for one in table["token_ids"]]


def passed(tokens: DataFrame) -> float:
    """Seconds of a pass that keeps nothing."""
    started = time.perf_counter()
    tokens.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - started


def main() -> None:
    corpus: Path = corpus_argument(__doc__)
    _, tokenizer, size = read_corpus(corpus)
    spark = build_session("tokens", {})
    texts = spark.read.parquet(f"{corpus}/part-*.parquet").withColumnRenamed("id", "doc_id")
    tokens = tokenize(texts, tokenizer)
    with TemporaryDirectory() as folder:
        tokens.write.parquet(f"{folder}/ids")
        digest = digest_ids(ids_of(f"{folder}/ids"))
    passed(tokens)
    seconds, cores = passed(tokens), spark.sparkContext.defaultParallelism
    stop_session(spark)
    print_report(seconds=seconds, mb_per_core_second=size / 1e6 / seconds / cores, digest=digest)


if __name__ == "__main__":
    main()
