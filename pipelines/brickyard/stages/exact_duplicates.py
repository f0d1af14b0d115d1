"""Group records by their normalised text: one document for each distinct text."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.stages.joins import only, without
from brickyard.stages.result import Result


def group_exact_duplicates(records: DataFrame, earlier_documents: DataFrame, batch_id: str, first: bool) -> Result:
    """One row per doc_id; only those that the batch brings, or adds a copy to, are grouped anew."""
    if first:
        return Result((group(records),))
    touched = records.where(F.col("batch_id") == batch_id).select("doc_id").distinct()
    return Result((without(earlier_documents, "doc_id", touched).unionByName(group(only(records, "doc_id", touched))),))


def group(records: DataFrame) -> DataFrame:
    """The rows of `documents`: the record with the smallest (source, uri, position) stands for each text."""
    first = F.min(F.struct("source", "uri", "position", "record_id", "word_count"))
    documents = records.groupBy("doc_id").agg(
        F.first("char_count").alias("char_count"), F.count(F.lit(1)).alias("copies"), first.alias("_first")
    )
    return documents.select(
        "doc_id",
        "char_count",
        F.col("_first.word_count").alias("word_count"),
        "copies",
        F.col("_first.record_id").alias("first_record_id"),
    )


def texts_of(documents: DataFrame, records: DataFrame) -> DataFrame:
    """(doc_id, char_count, text) of documents, from the record that stands for each."""
    wanted = documents.select(F.col("first_record_id").alias("record_id"))
    return only(records.select("record_id", "doc_id", "char_count", "text"), "record_id", wanted).drop("record_id")
