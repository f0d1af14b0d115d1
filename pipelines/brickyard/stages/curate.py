"""The table that people came for: kept documents with text, tokens and weight."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.stages.joins import small
from brickyard.stages.result import Result
from brickyard.stages.tokenise import kept_records
from brickyard.stages.tokenizer_statistics import measure_tokenizer


def curate(records: DataFrame, decisions: DataFrame, tokens: DataFrame, folder: str) -> Result:
    """One row per kept document; its weight is the number of records it stands for in the end. And how well tokens fit.

    Tokenizers are in `folder`.
    """
    stood_for = decisions.where("NOT kept").groupBy(F.col("final_representative_id").alias("doc_id"))
    more = stood_for.agg(F.count(F.lit(1)).alias("_more"))
    records_kept, rows = kept_records(records, decisions), tokens.count()
    kept = records_kept.drop("batch_id", "position", "byte_length", "char_count")
    weighed = kept.join(small(more), "doc_id", "left").withColumn("weight", 1 + F.coalesce("_more", F.lit(0))).drop("_more")
    curated = weighed.join(small(tokens.select("doc_id", "token_count"), rows), "doc_id", "left")
    return Result((curated, measure_tokenizer(records_kept, tokens, rows, folder)))
