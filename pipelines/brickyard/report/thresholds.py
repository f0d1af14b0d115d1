"""What other thresholds would have done: the exact greedy verdicts on the stored pairs, at each step of a fine grid."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.graphs.ordering import ranks_of_pairs
from brickyard.graphs.representatives import choose_representatives, group_by_later

STEPS = 100
"""The grid has multiples of 1 / STEPS, besides the stored threshold itself."""

TALLIES = ("pairs", "chosen_pairs", "dropped_documents", "dropped_records", "certain_documents")
_SCHEMA = "step int, " + ", ".join(f"{name} bigint" for name in TALLIES)
_COLUMNS = ["a", "b", "component", "similarity", "chosen", "complete", "copies"]


def near_thresholds(pairs: DataFrame, min_jaccard: float | None) -> dict[str, Any]:
    """For each threshold from the stored one to 1: pairs, and documents and records that would be dropped.

    Without `min_jaccard` the lowest stored similarity is where the grid begins: no pair is missing above it.
    `certain_documents` leaves out components in which some pairs were not stored (`complete` is false): above the stored
    threshold the documents dropped there are not known.
    """
    stored = pairs.agg(
        F.count(F.lit(1)).alias("pairs"),
        F.min("similarity").alias("lowest"),
        F.count(F.when(~F.col("complete"), 1)).alias("incomplete_pairs"),
    ).collect()[0]
    if not stored["pairs"]:
        return {"stored": min_jaccard, "incomplete_pairs": 0, "thresholds": [], "bins": []}
    start = stored["lowest"] if min_jaccard is None else min_jaccard
    rows = tally_thresholds(pairs, grid_from(start))
    return {"stored": start, "incomplete_pairs": stored["incomplete_pairs"], "thresholds": rows, "bins": _bins(rows)}


def grid_from(start: float) -> list[float]:
    """The stored threshold, and the multiples of 1 / STEPS above it, up to 1."""
    return [start, *(step / STEPS for step in range(1, STEPS + 1) if step / STEPS > start)]


def tally_thresholds(pairs: DataFrame, thresholds: list[float]) -> list[dict[str, Any]]:
    """A row of TALLIES for each threshold."""
    tallied = pairs.select(_COLUMNS).mapInArrow(partial(_tally_partition, thresholds=thresholds), _SCHEMA)
    sums = tallied.groupBy("step").agg(*(F.sum(name).alias(name) for name in TALLIES)).orderBy("step").collect()
    return [{"threshold": thresholds[row.step], **{name: row[name] for name in TALLIES}} for row in sums]


def _bins(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The histogram, as differences: pairs from one threshold up to the next; the last bin holds those equal to 1."""
    nothing = dict.fromkeys(("pairs", "chosen_pairs"), 0) | {"threshold": 1.0}
    return [
        {"from": low["threshold"], "to": high["threshold"], "pairs": low["pairs"] - high["pairs"],
         "chosen_pairs": low["chosen_pairs"] - high["chosen_pairs"]}
        for low, high in zip(rows, [*rows[1:], nothing], strict=True)
    ]  # fmt: skip


def _tally_partition(batches: Iterable[pa.RecordBatch], thresholds: list[float]) -> Iterator[pa.RecordBatch]:
    parts = [batch for batch in batches if len(batch)]
    if not parts:
        return
    columns = {name: column.to_numpy() for name, column in zip(_COLUMNS, pa.Table.from_batches(parts).columns, strict=True)}
    tallies = _tally(columns, thresholds)
    steps = pa.array(range(len(thresholds)), pa.int32())
    yield pa.RecordBatch.from_arrays([steps, *map(pa.array, tallies.T.copy())], names=["step", *TALLIES])


def _tally(columns: dict[str, np.ndarray], thresholds: list[float]) -> np.ndarray:
    """TALLIES of whole components, a row for each threshold."""
    keys, nodes = np.unique(np.concatenate([columns["a"], columns["b"]]), return_inverse=True)
    n, later, earlier = len(keys), nodes[: len(columns["a"])].copy(), nodes[len(columns["a"]) :].copy()
    ranks = ranks_of_pairs(n, later, earlier)
    order, _, later_ranks, earlier_ranks = group_by_later(n, ranks[later], ranks[earlier])
    similarity, chosen = columns["similarity"][order], columns["chosen"][order]
    copies, certain = np.zeros(n, np.int64), np.zeros(n, bool)
    copies[later_ranks] = columns["copies"][order]
    certain[later_ranks] = ~np.isin(columns["component"], columns["component"][~columns["complete"].astype(bool)])[order]
    rows = []
    for threshold in thresholds:
        near = similarity >= threshold
        starts = np.searchsorted(later_ranks[near], np.arange(n + 1))
        dropped = choose_representatives(starts, earlier_ranks[near], similarity[near]) >= 0
        rows.append((near.sum(), (near & chosen).sum(), dropped.sum(), copies[dropped].sum(), (dropped & certain).sum()))
    return np.array(rows, np.int64)
