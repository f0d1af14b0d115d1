"""The stages as functions on any DataFrame: no warehouse, no configuration file.

Each returns a row per input row: `id`, `kept`, `representative` (the id that stands for it; its own if kept) and
`similarity` (null if kept). Ids must be unique and not null; the smallest id is the
first one as text. A null text is no duplicate of anything.
"""

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.config import Embed, NearDuplicates, SemanticDuplicates
from brickyard.stages.embed import text_embeddings
from brickyard.stages.near_duplicates import near_pairs
from brickyard.stages.semantic_duplicates import semantic_pairs
from brickyard.stages.signatures import add_signatures
from brickyard.text.columns import normalised_length, text_id


def exact_duplicates(documents: DataFrame, id: str = "id", text: str = "text") -> DataFrame:
    """Rows whose normalised texts are equal; the smallest id stands for each of them."""
    keyed = documents.select(F.col(id).alias("id"), text_id(F.col(text)).alias("_doc_id"))
    first = keyed.where("_doc_id IS NOT NULL").groupBy("_doc_id").agg(F.min(F.col("id").cast("string")).alias("_first"))
    joined = keyed.join(first, "_doc_id", "left").withColumn(
        "representative", F.coalesce(F.col("_first").cast(keyed.schema["id"].dataType), "id")
    )
    kept = F.col("representative") == F.col("id")
    return joined.select("id", kept.alias("kept"), "representative", F.when(~kept, 1.0).alias("similarity"))


def near_duplicates(
    documents: DataFrame, id: str = "id", text: str = "text", min_jaccard: float = 0.7, **settings
) -> DataFrame:
    """Rows whose shingle sets have a Jaccard index of at least `min_jaccard`; the longest stands, then the smallest id.

    `settings`: `ngram`, `permutations`, `bands`, as in `[near_duplicates]`.
    """
    config = NearDuplicates(min_jaccard=min_jaccard, **settings)
    named = _as_texts(documents, id, text).withColumn("preference", F.lit(0.0)).withColumn("text_id", F.col("doc_id"))
    signed = add_signatures(named, config).withColumn("fresh", F.lit(True)).persist(StorageLevel.DISK_ONLY)
    pairs, _, _ = near_pairs(named.drop("text"), named.select("text_id", "text"), signed, None, config)
    return _verdicts(documents, id, pairs)


def semantic_duplicates(
    documents: DataFrame,
    id: str = "id",
    text: str = "text",
    eps: float = 0.02,
    model: str = "hashed",
    dimension: int = 256,
    **settings,
) -> DataFrame:
    """Rows whose vectors have a cosine of at least 1 - `eps`; the longest stands, then the smallest id.

    `model`, `dimension`: as in `[embed]`; `settings`: `clusters`, `keep`, as in `[semantic_duplicates]`.
    """
    config = SemanticDuplicates(mode="threshold", eps=eps, **settings)
    embed, texts = Embed(model=model, dimension=dimension), _as_texts(documents, id, text)
    pairs, _ = semantic_pairs(text_embeddings(texts, embed.model, embed.dimension), texts, config)
    return _verdicts(documents, id, pairs)


def _as_texts(documents: DataFrame, id: str, text: str) -> DataFrame:
    """The frame as the stages want it; ids as strings."""
    content = F.col(text)
    return documents.where(content.isNotNull()).select(
        F.col(id).cast("string").alias("doc_id"), content.alias("text"), normalised_length(content).alias("char_count")
    )


def _verdicts(documents: DataFrame, id: str, pairs: DataFrame) -> DataFrame:
    kind = documents.schema[id].dataType
    chosen = pairs.where("chosen").select(
        F.col("doc_id").cast(kind).alias("id"), F.col("other_id").cast(kind).alias("representative"), "similarity"
    )
    joined = documents.select(F.col(id).alias("id")).join(chosen, "id", "left")
    kept = F.col("representative").isNull()
    return joined.select("id", kept.alias("kept"), F.coalesce("representative", "id").alias("representative"), "similarity")
