"""Signatures of documents, kept in their table: a later batch is compared with them without reading a text again."""

from collections.abc import Iterable, Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.arrays import as_binary
from brickyard.config import NearDuplicates
from brickyard.stages.joins import new_to, only
from brickyard.text.minhash import band_keys, signatures, sketches
from brickyard.text.words import folded_bytes

_SIGNED = "doc_id string, size int, sketch binary, bands binary"


def new_signatures(records: DataFrame, known: DataFrame) -> DataFrame:
    """Rows of `signatures` for the documents of `records`, read with their signatures, that have none yet."""
    signed = records.where("shingle_count > 0").select("doc_id", "batch_id", "shingle_count", "sketch", "bands")
    return new_to(signed.dropDuplicates(["doc_id"]), "doc_id", known.select("doc_id"))


def signatures_again(records: DataFrame, batch_id: str, config: NearDuplicates) -> DataFrame:
    """Rows of `signatures` for all documents of `records`, as if `batch_id` had brought them."""
    first = records.groupBy("doc_id").agg(F.min("record_id").alias("record_id")).select("record_id")
    signed = add_signatures(only(records.select("record_id", "doc_id", "text"), "record_id", first), config)
    return signed.withColumnRenamed("size", "shingle_count").withColumn("batch_id", F.lit(batch_id))


def add_signatures(texts: DataFrame, config: NearDuplicates) -> DataFrame:
    """(doc_id, size of the shingle set, sketch of the signature, packed band keys) of each text that has words."""
    sign = partial(_sign_batches, ngram=config.ngram, permutations=config.permutations, bands=config.bands)
    return texts.select("doc_id", "text").mapInArrow(sign, _SIGNED).where("size > 0")


def _sign_batches(batches: Iterable[pa.RecordBatch], ngram: int, permutations: int, bands: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        sizes, signed = signatures(*folded_bytes(batch.column("text")), ngram, permutations)
        yield pa.RecordBatch.from_arrays(
            [batch.column("doc_id"), pa.array(sizes), as_binary(sketches(signed)), as_binary(band_keys(signed, bands))],
            names=["doc_id", "size", "sketch", "bands"],
        )
