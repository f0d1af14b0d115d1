"""What the manifest counts: of the whole export, and of each epoch."""

from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from brickyard.errors import InputError


def count_pieces(plan: DataFrame, size: int) -> tuple[dict[str, Any], list[dict[str, int]], int, int]:
    """Counts of all, counts of each epoch, and the numbers of shards and of pieces; `size` is the tokens of a sequence, or 0.

    A needless cut is one of a document that fits a sequence. Raises InputError if there is no piece.
    """
    rows = _by_epoch(plan, size)
    if not any(row.last is not None for row in rows):
        raise InputError("nothing is left to export: no document has a token, or --mix gives all of them a ratio of 0")
    ends = [row.last + 1 for row in rows if row.last is not None]
    total = sum(row.tokens for row in rows)
    counts = {"documents": plan.select("doc_id").distinct().count(), "copies": sum(row.copies for row in rows), "tokens": total}
    counts |= {"rows": ends[-1], "cut_documents": sum(row.cut for row in rows)}
    if size:
        counts |= {"needless_cuts": sum(row.needless for row in rows), "fill": round(total / (ends[-1] * size), 6)}
    shards = max(row.shard for row in rows if row.shard is not None) + 1
    return counts, _epochs(rows), shards, sum(row.pieces for row in rows)


def _by_epoch(plan: DataFrame, size: int) -> list[Row]:
    """`last` is the last row of the epoch, counted through all; rows of epochs follow one another."""
    tokens = F.aggregate("length", F.lit(0).cast("bigint"), lambda total, one: total + one)
    is_cut = F.size("length") > 1
    counted = plan.groupBy("epoch").agg(
        F.count(F.lit(1)).alias("copies"),
        F.sum(tokens).alias("tokens"),
        F.sum(F.size("length")).alias("pieces"),
        F.sum(is_cut.cast("int")).alias("cut"),
        F.sum((is_cut & (tokens <= size)).cast("int")).alias("needless"),
        F.max(F.array_max("sequence")).alias("last"),
        F.max(F.array_max("shard")).alias("shard"),
    )
    return sorted(counted.collect(), key=lambda row: row.epoch)


def _epochs(rows: list[Row]) -> list[dict[str, int]]:
    found, before = [], 0
    for row in rows:
        end = before if row.last is None else row.last + 1
        found.append({"epoch": row.epoch, "copies": row.copies, "tokens": row.tokens, "rows": end - before})
        before = end
    return found
