"""One verdict for each record, from the documents and the chosen pairs."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.reasons import DROP_STAGES
from brickyard.stages.result import Result


def decide(records: DataFrame, documents: DataFrame, pairs: DataFrame) -> Result:
    """Kept or dropped, with stage, reason, representative and similarity; the counts are drops per reason."""
    verdicts = records.select("record_id", "doc_id").join(judge_documents(documents, pairs), "doc_id")
    copy = F.col("reason").isNull() & (F.col("record_id") != F.col("first_record_id"))
    verdicts = verdicts.withColumn("similarity", F.when(copy, 1.0).otherwise(F.col("similarity")))  # while reason is null
    verdicts = verdicts.withColumn("reason", F.when(copy, "exact_duplicate").otherwise(F.col("reason")))
    decisions = verdicts.withColumn("kept", F.col("reason").isNull()).withColumn("stage", _stage(F.col("reason")))
    decisions = decisions.drop("first_record_id").persist()
    drops = decisions.where("NOT kept").groupBy("reason").count().collect()
    return Result((decisions,), {row.reason: row["count"] for row in drops})


def judge_documents(documents: DataFrame, pairs: DataFrame) -> DataFrame:
    """(doc_id, first_record_id, reason, representative_id, final_representative_id, similarity) of each document.

    A near duplicate's representative may itself have fallen as a semantic one: then that one's representative is final.
    """
    near, semantic = _chosen(pairs, "near"), _chosen(pairs, "semantic")
    onward = semantic.select(F.col("doc_id").alias("near_id"), F.col("semantic_id").alias("_onward_id"))
    judged = documents.join(near, "doc_id", "left").join(semantic, "doc_id", "left").join(onward, "near_id", "left")
    empty = F.col("char_count") == 0
    reason = F.when(empty, "empty_text").when(F.col("near_id").isNotNull(), "near_duplicate")
    reason = reason.when(F.col("semantic_id").isNotNull(), "semantic_duplicate")
    return judged.select(
        "doc_id",
        "first_record_id",
        reason.alias("reason"),
        F.when(~empty, F.coalesce("near_id", "semantic_id", "doc_id")).alias("representative_id"),
        F.when(~empty, F.coalesce("_onward_id", "near_id", "semantic_id", "doc_id")).alias("final_representative_id"),
        F.coalesce("near_similarity", "semantic_similarity").alias("similarity"),
    )


def _chosen(pairs: DataFrame, kind: str) -> DataFrame:
    chosen = pairs.where(F.col("chosen") & (F.col("kind") == kind))
    return chosen.select("doc_id", F.col("other_id").alias(f"{kind}_id"), F.col("similarity").alias(f"{kind}_similarity"))


def _stage(reason: Column) -> Column:
    stage = F.lit(None).cast("string")
    for name, of_stage in DROP_STAGES.items():
        stage = F.when(reason == name, of_stage).otherwise(stage)
    return stage
