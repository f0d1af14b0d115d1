"""Find documents whose shingle sets overlap, and choose which of them stand for the others.

signatures and bands -> buckets -> candidate pairs -> rejected by length, by signature, or compared exactly -> chosen.
"""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.arrays import as_binary, as_lists, from_binary
from brickyard.config import NearDuplicates
from brickyard.graphs.components import label_components
from brickyard.graphs.verifying import VERIFIED, verify_partition
from brickyard.stages.exact_duplicates import texts_of
from brickyard.stages.result import Result
from brickyard.text.minhash import band_keys, required_agreement, signatures, sketches
from brickyard.text.words import folded_bytes

CROWD = 1000
"""Members of a bucket above which they are compared with kept members only."""

DOCUMENTS_AT_ONCE = 20_000
"""Documents that one task verifies together, unless one group of similar documents is larger."""

BANDS_AT_ONCE = 4_000_000
"""Band keys that one task sorts together."""

_SIGNED = "key bigint, size int, sketch binary, bands array<bigint>"


def pair_near_duplicates(documents: DataFrame, records: DataFrame, config: NearDuplicates) -> Result:
    """Verified near-duplicate pairs among the distinct texts, each dropped document with one pair `chosen`."""
    texts = _with_preference(texts_of(documents.where("word_count > 0"), records), records, config.keep)
    pairs, counts = near_pairs(texts, config)
    return Result((pairs.withColumn("kind", F.lit("near")),), counts)


def near_pairs(texts: DataFrame, config: NearDuplicates) -> tuple[DataFrame, dict[str, int]]:
    """Pairs (doc_id, other_id, similarity, chosen, complete) of `texts` (doc_id, text, char_count, preference)."""
    texts = texts.withColumn("key", F.xxhash64("doc_id"))
    signed = add_signatures(texts, config).persist(StorageLevel.DISK_ONLY)
    buckets = list_buckets(signed, config.bands).persist(StorageLevel.DISK_ONLY)
    rated = rate_candidates(pair_members(buckets), signed, config).persist(StorageLevel.DISK_ONLY)
    crowds = buckets.where(F.size("members") > CROWD).select(F.explode("members").alias("key"), "bucket", "members")
    verified = _verify(texts, signed, rated.where("outcome = 'open'"), crowds, config).persist(StorageLevel.DISK_ONLY)
    return verified.where("doc_id IS NOT NULL").select("doc_id", "other_id", "similarity", "chosen", "complete"), (
        _count_outcomes(rated, verified)
    )


def _with_preference(texts: DataFrame, records: DataFrame, keep: str) -> DataFrame:
    """`preference`: 0 for all, or the largest number that a record of the document holds in the named field."""
    if keep == "longest":
        return texts.withColumn("preference", F.lit(0.0))
    number = F.get_json_object("metadata", f"$['{keep.removeprefix('priority:')}']").cast("double")
    highest = records.groupBy("doc_id").agg(F.max(number).alias("preference"))
    return texts.join(highest, "doc_id").fillna(float("-inf"), ["preference"])


def add_signatures(texts: DataFrame, config: NearDuplicates) -> DataFrame:
    """(key, size of the shingle set, sketch of the signature, band keys) of each text that has words."""
    sign = partial(_sign_batches, ngram=config.ngram, permutations=config.permutations, bands=config.bands)
    return texts.select("key", "text").mapInArrow(sign, _SIGNED).where("size > 0")


def _sign_batches(batches: Iterable[pa.RecordBatch], ngram: int, permutations: int, bands: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        sizes, signed = signatures(*folded_bytes(batch.column("text")), ngram, permutations)
        yield pa.RecordBatch.from_arrays(
            [batch.column("key"), pa.array(sizes), as_binary(sketches(signed)), as_lists(band_keys(signed, bands))],
            names=["key", "size", "sketch", "bands"],
        )


def list_buckets(signed: DataFrame, bands: int) -> DataFrame:
    """(bucket, members): the keys that share a band, ascending; buckets with equal members are listed once."""
    rows = signed.select("key", F.explode("bands").alias("band"))
    tasks = max(signed.sparkSession.sparkContext.defaultParallelism, signed.count() * bands // BANDS_AT_ONCE)
    shared = rows.repartition(tasks, "band").mapInArrow(_bucket_batches, "bucket bigint, members array<bigint>")
    return shared.groupBy("members").agg(F.min("bucket").alias("bucket"))


def _bucket_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """All rows of a partition, sorted by band: the runs of at least two."""
    parts = [np.stack([batch.column("band").to_numpy(), batch.column("key").to_numpy()]) for batch in batches]
    bands, keys = np.concatenate([np.empty((2, 0), np.int64), *parts], axis=1)
    order = np.lexsort((keys, bands))
    bands, keys = bands[order], keys[order]
    starts = np.flatnonzero(np.diff(bands, prepend=bands[:1] - 1))
    ends = np.append(starts[1:], len(bands))
    starts, ends = starts[ends - starts > 1], ends[ends - starts > 1]
    members = np.concatenate([np.empty(0, np.int64), *(keys[start:end] for start, end in zip(starts, ends, strict=True))])
    offsets = np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(members))
    yield pa.RecordBatch.from_arrays([pa.array(bands[starts]), lists], names=["bucket", "members"])


def pair_members(buckets: DataFrame) -> DataFrame:
    """Distinct pairs (a, b), a < b, of the members of each bucket that is no crowd."""
    small = buckets.where(F.size("members") <= CROWD).select("members")
    return small.mapInArrow(_pair_batches, "a bigint, b bigint").distinct()


def _pair_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for members in batch.column("members"):
            keys = members.values.to_numpy()
            i, j = np.triu_indices(len(keys), 1)
            yield pa.RecordBatch.from_arrays([pa.array(keys[i]), pa.array(keys[j])], names=["a", "b"])


def rate_candidates(pairs: DataFrame, signed: DataFrame, config: NearDuplicates) -> DataFrame:
    """(a, b, outcome): `length` or `signature` if that rules the pair out, `open` if it must be compared exactly."""
    left = signed.select(F.col("key").alias("a"), F.col("size").alias("_size_a"), F.col("sketch").alias("_sketch_a"))
    right = signed.select(F.col("key").alias("b"), F.col("size").alias("_size_b"), F.col("sketch").alias("_sketch_b"))
    joined = pairs.join(left, "a").join(right, "b")
    rate = partial(
        _rate_batches,
        min_jaccard=config.min_jaccard,
        required=required_agreement(config.permutations, config.min_jaccard),
        permutations=config.permutations,
    )
    return joined.mapInArrow(rate, "a bigint, b bigint, outcome string")


def _rate_batches(
    batches: Iterable[pa.RecordBatch], min_jaccard: float, required: int, permutations: int
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        small, large = (_column(batch, name) for name in ("_size_a", "_size_b"))
        small, large = np.minimum(small, large), np.maximum(small, large)
        left, right = (from_binary(batch.column(name), permutations) for name in ("_sketch_a", "_sketch_b"))
        outcome = np.where((left == right).sum(axis=1) < required, "signature", "open")
        bound = np.rint(small / large * 1e9) / 1e9  # the Jaccard index if one set held the other, rounded as it is
        outcome = np.where(bound < min_jaccard, "length", outcome)
        yield pa.RecordBatch.from_arrays([batch.column("a"), batch.column("b"), pa.array(outcome, pa.string())],
                                         names=["a", "b", "outcome"])  # fmt: skip


def _column(batch: pa.RecordBatch, name: str) -> np.ndarray:
    return batch.column(name).to_numpy()


def _verify(texts: DataFrame, signed: DataFrame, pairs: DataFrame, crowds: DataFrame, config: NearDuplicates) -> DataFrame:
    """Bring the documents of each connected group into one partition, and compare and choose there."""
    stars = crowds.select("key", F.col("members")[0].alias("b")).withColumnRenamed("key", "a")
    members = label_components(pairs.select("a", "b").union(stars)).persist(StorageLevel.DISK_ONLY)
    documents = texts.join(members, "key").join(signed.select("key", "sketch"), "key")
    documents = documents.select("component", "key", "doc_id", "preference", "char_count", "sketch", "text")
    labelled_pairs = pairs.join(members.withColumnRenamed("key", "a"), "a").select(
        "component", F.col("a").alias("key"), F.col("b").alias("other")
    )
    labelled_crowds = crowds.join(members, "key").select("component", "key", "bucket")
    everything = documents.unionByName(labelled_pairs, True).unionByName(labelled_crowds, True)
    tasks = max(texts.sparkSession.sparkContext.defaultParallelism, members.count() // DOCUMENTS_AT_ONCE)
    verify = partial(
        verify_partition,
        ngram=config.ngram,
        min_jaccard=config.min_jaccard,
        required=required_agreement(config.permutations, config.min_jaccard),
        permutations=config.permutations,
    )
    return everything.repartition(tasks, "component").mapInArrow(verify, VERIFIED)


def _count_outcomes(rated: DataFrame, verified: DataFrame) -> dict[str, int]:
    """The three counters of examined pairs."""
    crowds = verified.where("doc_id IS NULL").agg(F.sum("by_length"), F.sum("by_signature"), F.sum("compared")).first()
    by_length, by_signature, compared = (int(value or 0) for value in crowds or (0, 0, 0))
    outcomes = {row.outcome: row["count"] for row in rated.groupBy("outcome").count().collect()}
    return {
        "pairs_rejected_by_length": outcomes.get("length", 0) + by_length,
        "pairs_rejected_by_signature": outcomes.get("signature", 0) + by_signature,
        "pairs_compared": outcomes.get("open", 0) + compared,
    }
