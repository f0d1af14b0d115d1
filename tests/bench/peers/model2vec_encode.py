"""model2vec's own `encode`, as it comes: its tokenizer uses all cores.

python -m tests.bench.peers.model2vec_encode FOLDER TEXTS.parquet VECTORS.npy
"""

import sys
import time

import numpy as np
import pyarrow.parquet as pq
from model2vec import StaticModel

from tests.bench.measure import print_report


def main() -> None:
    folder, path, vectors = sys.argv[1:4]
    model = StaticModel.from_pretrained(folder, quantize_to="float32")  # its float16 would round the vectors themselves
    texts = pq.read_table(path).column("text").to_pylist()
    model.encode(texts[:1000])
    started = time.perf_counter()
    matrix = model.encode(texts)
    seconds = time.perf_counter() - started
    np.save(vectors, np.asarray(matrix, np.float32))
    print_report(seconds=seconds, texts_per_second=len(texts) / seconds)


if __name__ == "__main__":
    main()
