"""How well the tokenizer fits: per source, tokens per word and bytes per token, and what it has no entry for."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.reading.listing import open_filesystem
from brickyard.stages.joins import small
from brickyard.text.tokenizer_files import vocabulary_of


def measure_tokenizer(kept: DataFrame, tokens: DataFrame, rows: int, folder: str) -> DataFrame | None:
    """A row per source of the `kept` records, by their `tokens` (`rows` of them); None without tokens.

    The tokenizer is read from `<folder>/<digest>.json`.
    """
    first = tokens.select("tokenizer").first()
    if first is None:
        return None
    size, unknown = vocabulary_of(_read(f"{folder}/{first.tokenizer}.json"))
    counted = tokens.select("doc_id", "tokenizer", "token_count", _occurrences(unknown).alias("_unknown"))
    documents = kept.select("doc_id", "source", "word_count", F.octet_length("text").alias("_bytes"))
    sums = documents.join(small(counted, rows), "doc_id").groupBy("tokenizer", "source").agg(
        F.count(F.lit(1)).alias("documents"),
        F.sum("word_count").alias("words"),
        F.sum("_bytes").alias("bytes"),
        F.sum("token_count").alias("tokens"),
        F.sum("_unknown").alias("unknown"),
    )  # fmt: skip
    ratios = {"fertility": "tokens / words", "bytes_per_token": "bytes / tokens", "unknown_share": "unknown / tokens"}
    return sums.withColumn("vocabulary", F.lit(size)).withColumns({name: F.expr(ratio) for name, ratio in ratios.items()})


def _occurrences(token: int | None) -> Column:
    """How often a token id occurs in `token_ids`; these are not read for None."""
    if token is None:
        return F.lit(0)
    return F.size(F.filter("token_ids", lambda one: one == token))


def _read(path: str) -> str:
    filesystem, inner = open_filesystem(path)
    with filesystem.open_input_stream(inner) as stream:
        return str(stream.read(), "utf-8")
