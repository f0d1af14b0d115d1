"""What all programs that only make signatures share: the texts, the clock, and how well the signatures estimate."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from tests.bench.accuracy import Planted, document_ids
from tests.bench.measure import print_report

BATCH = 1000
"""Texts that a program is given at once."""

_MOST_PAIRS = 5000


def corpus_argument(description: str | None) -> Path:
    """The only argument."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("corpus", type=Path)
    return Path(parser.parse_args().corpus)


def read_texts(corpus: Path) -> list[str]:
    """All texts of a corpus as Python strings."""
    return [text for file in sorted(corpus.glob("part-*.parquet")) for text in pq.read_table(file)["text"].to_pylist()]


def time_signing(corpus: Path, sign: Callable[[list[str]], np.ndarray]) -> None:
    """Time `sign` (texts to signatures, a row each) over the corpus, on one core, reading not included."""
    texts = read_texts(corpus)
    sign(texts[:50])
    started, busy = time.perf_counter(), time.process_time()
    signed = np.concatenate([sign(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)])
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    size = sum(map(len, texts))
    report_signing(corpus, signed, seconds, size, cores=1, mb_per_cpu_second=size / 1e6 / busy)


def report_signing(corpus: Path, signed: np.ndarray, seconds: float, size: int, cores: int, **more: float) -> None:
    """Megabytes per second and core, and the mean error of the estimated similarity beside what theory allows."""
    planted, rows = Planted.of(corpus), {one: row for row, one in enumerate(document_ids(corpus))}
    near = np.flatnonzero(planted.similarity < 1)[:_MOST_PAIRS]
    left, right = (signed[[rows[side[place]] for place in near]] for side in (planted.left, planted.right))
    true = planted.similarity[near]
    error = np.abs((left == right).mean(axis=1) - true).mean()
    expected = np.sqrt(2 / np.pi * true * (1 - true) / signed.shape[1]).mean()
    print_report(
        seconds=seconds,
        mb_per_core_second=size / 1e6 / seconds / cores,
        permutations=signed.shape[1],
        error=float(error),
        expected_error=float(expected),
        accurate=bool(error <= 1.1 * expected),
        **more,
    )
