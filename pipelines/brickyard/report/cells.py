"""The semantic cells: their sizes, the pairs found in them, and how similar those are."""

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.arrays import as_matrix
from brickyard.report.frames import Frames
from brickyard.vectors.cells import nearest_cells

MOST = 100
"""Cells shown one by one, the largest first; the rest are summed."""

BINS = 20


def semantic_cells(frames: Frames) -> dict[str, Any]:
    """Cells with their documents and pairs (a pair counts in the cell of its later document), and cosines in bins."""
    centroids = frames["centroids"].orderBy("cell").collect()
    pairs = frames["duplicate_pairs"].where("kind = 'semantic'")
    found = _pairs_by_cell(pairs, frames["embeddings"], np.array([row.vector for row in centroids])) if centroids else {}
    cells = [{"cell": row.cell, "documents": row.documents, "pairs": found.get(row.cell, 0)} for row in centroids]
    cells.sort(key=lambda cell: (-cell["documents"], cell["cell"]))
    others = {name: sum(cell[name] for cell in cells[MOST:]) for name in ("documents", "pairs")}
    return {
        "rows": cells[:MOST],
        "others": {"cells": len(cells) - MOST, **others} if len(cells) > MOST else None,
        "pairs": sum(found.values()),
        "bins": cosine_bins(pairs),
    }


def _pairs_by_cell(pairs: DataFrame, embeddings: DataFrame, centroids: np.ndarray) -> dict[int, int]:
    later = pairs.groupBy("doc_id").agg(F.count(F.lit(1)).alias("pairs")).join(embeddings, "doc_id").select("vector", "pairs")
    assigned = later.mapInArrow(partial(_assign_batches, centroids=centroids), "cell int, pairs bigint")
    return {row.cell: row.pairs for row in assigned.groupBy("cell").agg(F.sum("pairs").alias("pairs")).collect()}


def _assign_batches(batches: Iterable[pa.RecordBatch], centroids: np.ndarray) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        cells = nearest_cells(as_matrix(batch.column("vector")), centroids)
        yield pa.RecordBatch.from_arrays([pa.array(cells), batch.column("pairs")], names=["cell", "pairs"])


def cosine_bins(pairs: DataFrame) -> list[dict[str, Any]]:
    """BINS equal bins from just below the lowest cosine to 1; empty ones too."""
    lowest = pairs.agg(F.min("similarity")).collect()[0][0]
    if lowest is None:
        return []
    start = min(math.floor(lowest * 1000) / 1000, 0.999)
    edges = [start + (1 - start) * number / BINS for number in range(BINS + 1)]
    number = sum((F.col("similarity") >= edge).cast("int") for edge in edges[1:-1])
    counted = pairs.groupBy(F.lit(number).alias("bin")).agg(
        F.count(F.lit(1)).alias("pairs"), F.count(F.when(F.col("chosen"), 1)).alias("chosen_pairs")
    )
    found = {row.bin: row for row in counted.collect()}
    return [
        {"from": edges[bin], "to": edges[bin + 1],
         "pairs": found[bin].pairs if bin in found else 0, "chosen_pairs": found[bin].chosen_pairs if bin in found else 0}
        for bin in range(BINS)
    ]  # fmt: skip
