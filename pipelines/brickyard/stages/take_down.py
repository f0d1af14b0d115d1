"""Remove records for good: a tombstone for each, which keeps a reload from bringing it back."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.stages.exact_duplicates import group
from brickyard.stages.joins import only, without
from brickyard.stages.result import Result


def remove_records(records: DataFrame, wanted: Column, name: str) -> Result:
    """Tombstones of the records for which the condition holds, and their ids; `name` is that of the take-down."""
    gone = records.where(wanted).select("record_id", "doc_id", "source", "uri", "position", "external_id")
    gone = gone.withColumn("batch_id", F.lit(name)).persist()
    return Result((gone, gone.select("record_id")), {"records_taken_down": gone.count()})


def regroup_documents(records: DataFrame, tombstones: DataFrame, earlier_documents: DataFrame, name: str) -> Result:
    """`documents` without what was taken down, the next record standing for each; and the documents that are gone."""
    touched = tombstones.where(F.col("batch_id") == name).select("doc_id").distinct().persist()
    left = group(only(records, "doc_id", touched)).persist()
    gone = touched.join(left.select("doc_id"), "doc_id", "left_anti").persist()
    documents = without(earlier_documents, "doc_id", touched).unionByName(left)
    return Result((documents, gone), {"documents_gone": gone.count()})
