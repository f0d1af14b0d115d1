"""The same model on raw text, copies included, and on curated text: the same bytes seen, the same texts held out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Row

from brickyard.gauge.language_model import Shape, Training, by_document, shuffled_passes, train, windows_of

SHAPE, TRAINING = Shape(), Training(steps=3000)

POOL = 400_000
"""Bytes of raw text after which no further group is taken: the training passes over them about twice."""

COPIES = 100
"""Copies of a text that are told apart at most."""

FEWEST_BYTES, FEWEST_HELD, MOST_HELD, HELD_BYTES = 20_000, 20, 300, 200

SEEDS = 4

ARMS = ("raw", "curated")

RESULTS = "arm string, seed int, seen bigint, pool bigint, held bigint, losses array<double>"
"""`pool`: bytes that the arm is trained on; `losses`: nats per byte of each held-out text after `seen` bytes, null if the
sample is too small to train on."""


@dataclass(frozen=True)
class Pools:
    """Windows of all training texts, the rows of them of each arm, and the held-out windows with their lengths."""

    windows: np.ndarray
    rows: dict[str, np.ndarray]
    held: np.ndarray
    held_lengths: np.ndarray


def compare(sample: DataFrame, training: Training = TRAINING, seeds: int = SEEDS) -> list[Row]:
    """RESULTS of each arm, seed and place of the training, from a sample in one partition: trained in one task."""
    return sample.mapInArrow(partial(_train_both, training=training, seeds=seeds), RESULTS).collect()


def _train_both(batches: Iterable[pa.RecordBatch], training: Training, seeds: int) -> Iterator[pa.RecordBatch]:
    texts = [row for batch in batches for row in batch.to_pylist()]
    pools = make_pools(texts)
    results = list(_results(pools, training, seeds)) if pools else [_untrained(texts)]
    kinds = {"seed": pa.int32()}
    names = [column.split()[0] for column in RESULTS.split(", ")]
    columns = [pa.array([row[name] for row in results], kinds.get(name, _TYPES.get(name))) for name in names]
    yield pa.RecordBatch.from_arrays(columns, names=names)


_TYPES = {name: pa.int64() for name in ("seen", "pool", "held")} | {"arm": pa.string(), "losses": pa.list_(pa.float64())}


def make_pools(texts: Sequence[dict]) -> Pools | None:
    """What is trained and tested on, from rows of a sample in their order; None if it is too little, or nothing is twice."""
    held = [row["text"].encode()[:HELD_BYTES] for row in texts if row["is_held"]][:MOST_HELD]
    trained = _first_groups([row for row in texts if not row["is_held"]])
    if len(held) < FEWEST_HELD or _bytes_of(trained) < FEWEST_BYTES or not _repeats(trained):
        return None
    windows, lengths = windows_of([row["text"].encode() for row in trained], SHAPE.context)
    times = [min(row["copies"], COPIES) for row in trained]
    kept = np.repeat([row["is_kept"] for row in trained], lengths)
    rows = {"raw": np.repeat(np.arange(len(windows), dtype=np.int32), np.repeat(times, lengths))}
    rows["curated"] = np.flatnonzero(kept).astype(np.int32)
    return Pools(windows, rows, *windows_of(held, SHAPE.context))


def _first_groups(texts: Sequence[dict]) -> list[dict]:
    """Whole groups, in order, until there are POOL raw bytes."""
    taken: list[dict] = []
    total = 0
    for row in texts:
        if total >= POOL and row["group_id"] != taken[-1]["group_id"]:
            break
        taken.append(row)
        total += _bytes_of([row])
    return taken


def _bytes_of(texts: Sequence[dict]) -> int:
    return sum(min(row["copies"], COPIES) * len(row["text"].encode()) for row in texts)


def _repeats(texts: Sequence[dict]) -> bool:
    return any(row["copies"] > 1 or not row["is_kept"] for row in texts)


def _untrained(texts: Sequence[dict]) -> dict:
    trained = _first_groups([row for row in texts if not row["is_held"]])
    pool = _bytes_of(trained) if _repeats(trained) else -1
    return {"arm": "raw", "seed": 0, "seen": 0, "pool": pool, "held": sum(row["is_held"] for row in texts), "losses": None}


def _results(pools: Pools, training: Training, seeds: int) -> Iterator[dict]:
    for seed in range(seeds):
        for arm in ARMS:
            order = shuffled_passes(pools.rows[arm], training.seen, seed)
            losses = train(pools.windows[order], pools.held, SHAPE, training, seed)
            seen = np.arange(1, training.places + 1) * training.seen // training.places
            for place, of_documents in zip(seen, by_document(losses, pools.held_lengths), strict=True):
                row = {"arm": arm, "seed": seed, "seen": int(place), "pool": len(pools.rows[arm])}
                yield row | {"held": len(of_documents), "losses": of_documents.tolist()}
