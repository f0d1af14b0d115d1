"""Brickyard trains a BPE tokenizer on a corpus: Spark counts pre-tokens, one task trains; from Parquet, session started."""

import hashlib
import time

from brickyard.session import build_session, stop_session
from brickyard.stages.train_tokenizer import count_pre_tokens, train_tokenizer

from tests.bench.measure import print_report
from tests.bench.signing import corpus_argument
from tests.bench.tokens import VOCABULARY


def main() -> None:
    corpus = corpus_argument(__doc__)
    spark = build_session("training", {})
    spark.range(1).count()
    texts = spark.read.parquet(f"{corpus}/part-*.parquet")
    started = time.perf_counter()
    trained = train_tokenizer(texts, "train", VOCABULARY) or ""
    seconds = time.perf_counter() - started
    distinct = count_pre_tokens(texts).count()
    stop_session(spark)
    print_report(seconds=seconds, distinct=distinct, digest=hashlib.sha256(trained.encode()).hexdigest())


if __name__ == "__main__":
    main()
