"""Brickyard's token ids from an Arrow column, on one core: first with nothing learnt, then once more."""

import time

import numpy as np
import pyarrow as pa
from brickyard.text.tokens import TokenEncoder

from tests.bench.measure import print_report
from tests.bench.signing import corpus_argument
from tests.bench.tokens import digest_ids, read_corpus


def encode_all(encoder: TokenEncoder, batches: list[pa.RecordBatch]) -> tuple[list[np.ndarray], float]:
    """Ids of every document, and the seconds they took."""
    started = time.perf_counter()
    encoded = [encoder.encode(batch.column("text")) for batch in batches]
    seconds = time.perf_counter() - started
    return [one for ids, starts in encoded for one in np.split(ids, starts[1:-1])], seconds


def main() -> None:
    table, tokenizer, size = read_corpus(corpus_argument(__doc__))
    batches = table.to_batches(max_chunksize=500)
    TokenEncoder(tokenizer).encode(pa.array(["compile"]))
    encoder = TokenEncoder(tokenizer)
    _, first = encode_all(encoder, batches)
    ids, seconds = encode_all(encoder, batches)
    print_report(seconds=seconds, mb_per_core_second=size / 1e6 / seconds, first=size / 1e6 / first, digest=digest_ids(ids))


if __name__ == "__main__":
    main()
