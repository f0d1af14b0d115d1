"""A bare ONNX Runtime loop: 32 texts at a time, padded to the longest; one process with one thread for each core.

    python -m tests.bench.peers.bare_onnx FOLDER TEXTS.parquet VECTORS.npy in-order|sorted

`sorted`: the texts of a process by length, which pads less.
"""

import multiprocessing
import os
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from tests.bench.measure import print_report

BATCH, TOKENS = 32, 128

_loop: dict = {}


def open_model(folder: str) -> None:
    """In each process, before the clock starts."""
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    path = str(Path(folder) / "model.onnx")
    _loop["session"] = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    _loop["tokenizer"] = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    _loop["tokenizer"].enable_truncation(TOKENS)
    _loop["tokenizer"].enable_padding()
    embed_batch(["a first text"])


def embed_batch(texts: list[str]) -> np.ndarray:
    """Masked mean of the token vectors, of unit length."""
    encoded = _loop["tokenizer"].encode_batch(texts)
    ids, mask = (np.array([getattr(one, name) for one in encoded], np.int64) for name in ("ids", "attention_mask"))
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    hidden = _loop["session"].run(None, given)[0]
    mean = (hidden * mask[:, :, None].astype(np.float32)).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


def main() -> None:
    folder, path, vectors, order = sys.argv[1:5]
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    texts = pq.read_table(path).column("text").to_pylist()
    places = sorted(range(len(texts)), key=lambda place: len(texts[place])) if order == "sorted" else range(len(texts))
    batches = [list(places[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    cores = os.cpu_count() or 1
    with multiprocessing.get_context("spawn").Pool(cores, open_model, (folder,)) as pool:
        pool.map(embed_batch, [["a first text"]] * cores * 4)
        started = time.perf_counter()
        parts = pool.map(embed_batch, [[texts[place] for place in batch] for batch in batches], chunksize=1)
        seconds = time.perf_counter() - started
    matrix = np.empty((len(texts), parts[0].shape[1]), np.float32)
    for batch, part in zip(batches, parts, strict=True):
        matrix[batch] = part
    np.save(vectors, matrix)
    print_report(seconds=seconds, texts_per_second=len(texts) / seconds)


if __name__ == "__main__":
    main()
