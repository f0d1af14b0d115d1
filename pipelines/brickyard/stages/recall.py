"""How many near copies would this run have found? Edited copies of its own documents are looked up, and never stored."""

import random
import re
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.config import NearDuplicates
from brickyard.stages.exact_duplicates import texts_of
from brickyard.stages.near_duplicates import near_pairs
from brickyard.stages.signatures import add_signatures
from brickyard.text.edits import EDITS
from brickyard.text.shingles import jaccards, sorted_shingles
from brickyard.text.words import UNSPACED_SCRIPTS, folded_bytes

STEP = 0.05
"""Width of a band of similarity in the report."""

_UNSPACED = "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED_SCRIPTS)
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
"""What an edit moves or changes: what stands between white space, in scripts without spaces a character."""

_PLANT = "doc_id string, original string, edit string, similarity double, text string, char_count bigint"


def measure_recall(
    documents: DataFrame, records: DataFrame, signatures: DataFrame, config: NearDuplicates, copies: int
) -> DataFrame:
    """Rows of `recall_meter` but for release_id: `copies` edited copies, looked up among all documents of the run."""
    plants = plant_copies(documents, records, config, copies).persist(StorageLevel.DISK_ONLY)
    named = documents.select("doc_id", F.col("first_record_id").alias("text_id"), "char_count")
    named = named.unionByName(plants.select("doc_id", F.col("doc_id").alias("text_id"), "char_count"))
    texts = records.select(F.col("record_id").alias("text_id"), "text")
    texts = texts.unionByName(plants.select(F.col("doc_id").alias("text_id"), "text"))
    signed = signatures.select("doc_id", F.col("shingle_count").alias("size"), "sketch", "bands", F.lit(False).alias("fresh"))
    signed = signed.unionByName(add_signatures(plants, config).withColumn("fresh", F.lit(True))).persist(StorageLevel.DISK_ONLY)
    pairs, _, _ = near_pairs(named.withColumn("preference", F.lit(0.0)), texts, signed, None, config)
    return _tally(plants, pairs, config)


def plant_copies(documents: DataFrame, records: DataFrame, config: NearDuplicates, copies: int) -> DataFrame:
    """Copies (doc_id, original, edit, similarity, text, char_count) of documents drawn by hash; similarity is exact."""
    long = documents.where(F.col("word_count") >= 8 * config.ngram)
    drawn = long.orderBy(F.xxhash64(F.lit("recall"), "doc_id"), "doc_id").limit(copies)
    plant = partial(_plant_batches, ngram=config.ngram, min_jaccard=config.min_jaccard)
    return texts_of(drawn, records).select("doc_id", "text").mapInArrow(plant, _PLANT)


def _plant_batches(batches: Iterable[pa.RecordBatch], ngram: int, min_jaccard: float) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        originals, texts = batch.column("doc_id").to_pylist(), batch.column("text").to_pylist()
        plants = [_plant(original, text, ngram, min_jaccard) for original, text in zip(originals, texts, strict=True)]
        copies = [text for _, text in plants]
        flat, bounds = sorted_shingles(*folded_bytes(texts + copies), ngram)
        numbers = np.arange(len(texts))
        columns = {
            "doc_id": [f"plant {original}" for original in originals],
            "original": originals,
            "edit": [edit for edit, _ in plants],
            "similarity": jaccards(flat, bounds, numbers, numbers + len(texts)),
            "text": copies,
            "char_count": pa.array([len(text) for text in copies], pa.int64()),
        }
        yield pa.RecordBatch.from_pydict(columns)


def _plant(doc_id: str, text: str, ngram: int, min_jaccard: float) -> tuple[str, str]:
    """An edit and what it makes of the text: a function of the document alone."""
    rng = random.Random(doc_id)
    edit = rng.choice(list(EDITS))
    return edit, " ".join(EDITS[edit](_PIECE.findall(text), rng.uniform(min_jaccard, 1), ngram, rng))


def _tally(plants: DataFrame, pairs: DataFrame, config: NearDuplicates) -> DataFrame:
    """A copy is found if it is paired with its document; in a crowd, if it is dropped."""
    a, b = F.col("doc_id"), F.col("other_id")
    seen = pairs.where(a.startswith("plant ") | b.startswith("plant ")).select(
        F.when(a.startswith("plant "), a).otherwise(b).alias("doc_id"),
        F.when(a.startswith("plant "), b).otherwise(a).alias("_other"),
        (~F.col("complete") & F.col("chosen") & a.startswith("plant ")).alias("_dropped"),
    )
    hits = seen.join(plants.select("doc_id", "original"), "doc_id")
    hits = hits.where("_dropped OR _other = original").select("doc_id", F.lit(1).alias("_hit")).distinct()
    start = F.floor(F.round((F.col("similarity") - config.min_jaccard) / STEP, 6)) * STEP + config.min_jaccard
    last = F.lit(1 - STEP)
    rows = config.permutations // config.bands
    theory = 1 - F.pow(1 - F.pow("similarity", F.lit(float(rows))), F.lit(float(config.bands)))
    exact = F.round(theory, 9).cast("decimal(18,9)")  # whose sum is the same in any order
    wanted = plants.where(F.col("similarity") >= config.min_jaccard).join(hits, "doc_id", "left")
    banded = wanted.withColumn("similarity_from", F.round(F.least(start, F.greatest(last, F.lit(config.min_jaccard))), 3))
    tallied = banded.groupBy("edit", "similarity_from").agg(
        F.count(F.lit(1)).alias("planted"), F.count("_hit").alias("found"), F.avg(exact).alias("expected")
    )
    tallied = tallied.withColumn("expected", F.col("expected").cast("double"))
    return tallied.withColumn("similarity_to", F.round(F.least(F.col("similarity_from") + STEP, F.lit(1.0)), 3))
