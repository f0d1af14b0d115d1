"""The tokenizers library alone: encode_batch_fast on Python strings, on one core."""

import time

import numpy as np
from tokenizers import Tokenizer

from tests.bench.measure import print_report
from tests.bench.signing import BATCH, corpus_argument
from tests.bench.tokens import digest_ids, read_corpus


def main() -> None:
    table, content, size = read_corpus(corpus_argument(__doc__))
    tokenizer, texts = Tokenizer.from_str(content), table["text"].to_pylist()
    tokenizer.encode_batch_fast(texts[:50], add_special_tokens=False)
    started, seconds, ids = 0.0, 0.0, list[np.ndarray]()
    for first in range(0, len(texts), BATCH):
        started = time.perf_counter()
        encodings = tokenizer.encode_batch_fast(texts[first : first + BATCH], add_special_tokens=False)
        seconds += time.perf_counter() - started
        ids += [np.array(encoding.ids, np.int32) for encoding in encodings]
    print_report(seconds=seconds, mb_per_core_second=size / 1e6 / seconds, digest=digest_ids(ids))


if __name__ == "__main__":
    main()
