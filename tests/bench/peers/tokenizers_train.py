"""The tokenizers library alone trains a BPE tokenizer on a corpus, in one process."""

import hashlib
import time

from tests.bench.measure import print_report
from tests.bench.signing import corpus_argument
from tests.bench.tokens import read_corpus, train_by_library


def main() -> None:
    table, _, _ = read_corpus(corpus_argument(__doc__))
    texts = table["text"].to_pylist()
    started = time.perf_counter()
    trained = train_by_library(texts)
    seconds = time.perf_counter() - started
    print_report(seconds=seconds, digest=hashlib.sha256(trained.encode()).hexdigest())


if __name__ == "__main__":
    main()
