"""The table that people came for: kept documents with text, tokens and weight."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.stages.result import Result
from brickyard.stages.tokenise import kept_records


def curate(records: DataFrame, decisions: DataFrame, tokens: DataFrame) -> Result:
    """One row per kept document; its weight is the number of records it stands for in the end."""
    weights = decisions.groupBy(F.col("final_representative_id").alias("doc_id")).agg(F.count(F.lit(1)).alias("weight"))
    kept = kept_records(records, decisions).drop("batch_id", "position", "byte_length", "char_count")
    counted = kept.join(tokens.select("doc_id", "token_count"), "doc_id", "left")
    return Result((counted.join(weights, "doc_id"),))
