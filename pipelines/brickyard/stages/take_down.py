"""Remove records for good: a tombstone for each, which keeps a reload from bringing it back."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.stages.exact_duplicates import group
from brickyard.stages.joins import only, small, without
from brickyard.stages.result import Result


def remove_records(records: DataFrame, quarantine: DataFrame, wanted: DataFrame, name: str) -> Result:
    """Tombstones of the `wanted` records (record_id), their ids, and the quarantine without a byte of theirs.

    `name` is that of the take-down.
    """
    narrow = records.select("record_id", "doc_id", "source", "uri", "position", "external_id")
    gone = only(narrow, "record_id", wanted).withColumn("batch_id", F.lit(name)).persist()
    ids = gone.select("record_id")
    return Result((gone, ids, forget_bytes(quarantine, ids)), {"records_taken_down": gone.count()})


def forget_bytes(quarantine: DataFrame, ids: DataFrame) -> DataFrame:
    """Rows that were refused under one of the ids (record_id) say no more than that: they may hold the same text."""
    marked = quarantine.join(small(ids.select(F.col("record_id").alias("refused_id"), F.lit(True).alias("_gone"))),
                             "refused_id", "left")  # fmt: skip
    for column, value in (("head", F.lit("")), ("sha256", F.lit(None).cast("string"))):
        marked = marked.withColumn(column, F.when(F.col("_gone"), value).otherwise(F.col(column)))
    return marked.drop("_gone")


def regroup_documents(records: DataFrame, tombstones: DataFrame, earlier_documents: DataFrame, name: str) -> Result:
    """`documents` without what was taken down, the next record standing for each; and the documents that are gone."""
    touched = tombstones.where(F.col("batch_id") == name).select("doc_id").distinct().persist()
    left = group(only(records, "doc_id", touched)).persist()
    gone = touched.join(left.select("doc_id"), "doc_id", "left_anti").persist()
    documents = without(earlier_documents, "doc_id", touched).unionByName(left)
    return Result((documents, gone), {"documents_gone": gone.count()})
