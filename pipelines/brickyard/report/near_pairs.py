"""The stored near pairs of a release, labelled with their connected component."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.graphs.components import label_components
from brickyard.report.frames import Frames

PAIRS_AT_ONCE = 2_000_000
"""Pairs that one task holds, unless one component has more."""

_OTHERS = ("other_id", "other_char_count", "other_copies")


def connected_pairs(frames: Frames, min_jaccard: float | None = None) -> DataFrame:
    """The pairs at or above `min_jaccard` (all, if it is not known), with `component`, and length and copies of both sides.

    `a` and `b` are 64-bit keys of doc_id and other_id. Components lie whole in partitions.
    """
    pairs = frames["duplicate_pairs"].where((F.col("kind") == "near") & (F.col("similarity") >= (min_jaccard or 0.0)))
    keyed = pairs.withColumn("a", F.xxhash64("doc_id")).withColumn("b", F.xxhash64("other_id"))
    members, _ = label_components(keyed.select("a", "b"))
    known = frames["documents"].select("doc_id", "char_count", "copies")
    others = known.select(*(F.col(name).alias(new) for name, new in zip(known.columns, _OTHERS, strict=True)))
    joined = keyed.join(members.withColumnRenamed("key", "a"), "a").join(known, "doc_id").join(others, "other_id")
    tasks = max(pairs.sparkSession.sparkContext.defaultParallelism, pairs.count() // PAIRS_AT_ONCE)
    return joined.repartition(tasks, "component")
