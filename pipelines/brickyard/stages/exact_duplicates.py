"""Group records by their normalised text: one document for each distinct text."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.stages.result import Result


def group_exact_duplicates(records: DataFrame) -> Result:
    """One row per doc_id; the record with the smallest (source, uri, position) stands for it."""
    first = F.min(F.struct("source", "uri", "position", "record_id", "word_count"))
    documents = records.groupBy("doc_id").agg(
        F.first("char_count").alias("char_count"), F.count(F.lit(1)).alias("copies"), first.alias("_first")
    )
    return Result(
        (
            documents.select(
                "doc_id",
                "char_count",
                F.col("_first.word_count").alias("word_count"),
                "copies",
                F.col("_first.record_id").alias("first_record_id"),
            ),
        )
    )


def texts_of(documents: DataFrame, records: DataFrame) -> DataFrame:
    """Documents with the text of the record that stands for each."""
    texts = records.select(F.col("record_id").alias("first_record_id"), "text")
    return documents.join(texts, "first_record_id")
