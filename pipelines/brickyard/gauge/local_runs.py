"""Small language models of several sizes on several amounts of this text, each text seen once, for a local law."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Row

from brickyard.gauge.language_model import Shape, Training, parameter_count, shuffled_passes, train, windows_of
from brickyard.gauge.raw_and_curated import FEWEST_HELD, HELD_BYTES, MOST_HELD

HIDDEN = (4, 16, 64)
PARTS = (8, 4, 2, 1)
"""Each amount is the sample's over one of these."""

MOST_BYTES, FEWEST_BYTES = 400_000, 100_000
BATCH = 128

RUNS = "parameters bigint, seen bigint, loss double"
"""`loss`: nats per byte on the held-out texts; null if the sample is too small, and then `seen` says what it holds."""


def runs_on(sample: DataFrame, seed: int) -> list[Row]:
    """RUNS of all sizes and amounts on a sample in one partition (see raw_sample), trained in one task."""
    return sample.mapInArrow(partial(_run_all, seed=seed), RUNS).collect()


def _run_all(batches: Iterable[pa.RecordBatch], seed: int) -> Iterator[pa.RecordBatch]:
    texts = [row for batch in batches for row in batch.to_pylist()]
    rows = list(runs_of(texts, seed))
    types = (pa.int64(), pa.int64(), pa.float64())
    columns = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(types)]
    yield pa.RecordBatch.from_arrays(columns, names=["parameters", "seen", "loss"])


def runs_of(texts: Sequence[dict], seed: int) -> Iterator[tuple[int, int, float | None]]:
    """(parameters, bytes seen, held-out loss) of each run; one row without a loss if there is too little text."""
    held = [row["text"].encode()[:HELD_BYTES] for row in texts if row["is_held"]][:MOST_HELD]
    kept = [row["text"].encode() for row in texts if row["is_kept"] and not row["is_held"]]
    total = sum(map(len, kept))
    if total < FEWEST_BYTES or len(held) < FEWEST_HELD:
        yield 0, total, None
        return
    windows, tested = windows_of(kept, Shape().context)[0], windows_of(held, Shape().context)[0]
    order = shuffled_passes(np.arange(len(windows)), min(len(windows), MOST_BYTES), seed)
    for part in PARTS:
        training = Training(steps=len(order) // part // BATCH, batch=BATCH, places=1)
        for hidden in HIDDEN:
            shape = Shape(hidden=hidden)
            losses = train(windows[order[: training.seen]], tested, shape, training, seed)
            yield parameter_count(shape), training.seen, float(losses[-1].mean(dtype=np.float64))
