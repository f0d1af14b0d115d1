"""The largest groups: what their kept document stands for, beside the member that resembles it least."""

from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from brickyard.report.frames import Frames
from brickyard.report.side_by_side import side_by_side
from brickyard.report.texts import load_texts

MOST = 10
"""Groups shown."""


def largest_groups(frames: Frames) -> list[dict[str, Any]]:
    """Groups of at least two documents, those with most records first: their size, and two of their texts."""
    rows = [row.asDict() for row in list_groups(frames).collect()]
    texts = load_texts(frames, (row[side] for row in rows for side in ("doc_id", "other_id")))
    return [{**row, **side_by_side(texts[row["doc_id"]], texts[row["other_id"]])} for row in rows]


def list_groups(frames: Frames) -> DataFrame:
    """(doc_id kept, records, documents, other_id, reason, similarity) of the MOST largest groups.

    `other_id` is the group's member of the lowest similarity to the document that represents it in its stage.
    """
    members = frames["decisions"].where("final_representative_id IS NOT NULL").groupBy("final_representative_id", "doc_id").agg(
        F.count(F.lit(1)).alias("_records"),
        F.min(F.struct("similarity", "reason")).alias("_verdict"),
    )  # fmt: skip
    least = Window.partitionBy("final_representative_id").orderBy(
        F.col("final_representative_id") == F.col("doc_id"), F.col("_verdict.similarity"), "doc_id"
    )
    whole = Window.partitionBy("final_representative_id")
    ranked = members.select(
        F.col("final_representative_id").alias("doc_id"),
        F.sum("_records").over(whole).alias("records"),
        F.count(F.lit(1)).over(whole).alias("documents"),
        F.col("doc_id").alias("other_id"),
        F.col("_verdict.reason").alias("reason"),
        F.col("_verdict.similarity").alias("similarity"),
        F.row_number().over(least).alias("_rank"),
    )
    return ranked.where("_rank = 1 AND documents > 1").drop("_rank").orderBy(F.desc("records"), "doc_id").limit(MOST)
