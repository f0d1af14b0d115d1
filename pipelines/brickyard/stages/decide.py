"""One verdict for each record, from the documents and the chosen pairs."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.reasons import DROP_STAGES
from brickyard.stages.joins import small
from brickyard.stages.result import Result


def decide(records: DataFrame, documents: DataFrame, pairs: DataFrame) -> Result:
    """Kept or dropped, with stage, reason, representative and similarity; the counts are drops per reason.

    A near duplicate's representative may itself have fallen as a semantic one: then that one's representative is final.
    """
    near, semantic = _chosen(pairs, "near"), _chosen(pairs, "semantic")
    onward = semantic.select(F.col("doc_id").alias("near_id"), F.col("semantic_id").alias("onward_id"))
    copied = documents.where("copies > 1").select("doc_id", "first_record_id")
    judged = records.select("record_id", "doc_id", "char_count")  # most are in none of these, and all stay in place
    for side in (copied, near, semantic, onward):
        judged = judged.join(small(side), side.columns[0], "left")
    empty = F.col("char_count") == 0
    reason = F.when(empty, "empty_text").when(F.col("near_id").isNotNull(), "near_duplicate")
    reason = reason.when(F.col("semantic_id").isNotNull(), "semantic_duplicate")
    copy = reason.isNull() & (F.col("record_id") != F.col("first_record_id"))
    similarity = F.coalesce("near_similarity", "semantic_similarity")
    decisions = judged.select(
        "record_id",
        "doc_id",
        F.when(copy, "exact_duplicate").otherwise(reason).alias("reason"),
        F.when(~empty, F.coalesce("near_id", "semantic_id", "doc_id")).alias("representative_id"),
        F.when(~empty, F.coalesce("onward_id", "near_id", "semantic_id", "doc_id")).alias("final_representative_id"),
        F.when(copy, 1.0).otherwise(similarity).alias("similarity"),
    )
    decisions = decisions.withColumn("kept", F.col("reason").isNull()).withColumn("stage", _stage(F.col("reason"))).persist()
    drops = decisions.where("NOT kept").groupBy("reason").count().collect()
    return Result((decisions,), {row.reason: row["count"] for row in drops})


def _chosen(pairs: DataFrame, kind: str) -> DataFrame:
    chosen = pairs.where(F.col("chosen") & (F.col("kind") == kind))
    return chosen.select("doc_id", F.col("other_id").alias(f"{kind}_id"), F.col("similarity").alias(f"{kind}_similarity"))


def _stage(reason: Column) -> Column:
    stage = F.lit(None).cast("string")
    for name, of_stage in DROP_STAGES.items():
        stage = F.when(reason == name, of_stage).otherwise(stage)
    return stage
