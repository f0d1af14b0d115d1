"""Find near duplicates: MinHash bands, exact verification, one greedy choice per group; only what a batch touches.

Candidates share a band. The exact length bound and the full signature rule out most; the rest are compared exactly.
Verified pairs are kept in their table: a later batch compares its own documents with all others, and choices are made
anew from the pairs.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.config import NearDuplicates
from brickyard.errors import InputError
from brickyard.graphs.candidates import Rule, candidates
from brickyard.graphs.choosing import CHOSEN, choose_partition
from brickyard.graphs.components import label_components
from brickyard.graphs.verifying import MISSED_BY, VERIFIED, verify_partition
from brickyard.stages.joins import only, small
from brickyard.stages.result import Result
from brickyard.text.minhash import required_agreement

DOCUMENTS_AT_ONCE = 20_000
"""Documents that one task verifies together, unless one group of similar documents is larger."""


def pair_near_duplicates(
    documents: DataFrame,
    records: DataFrame,
    signed: DataFrame,
    earlier_pairs: DataFrame,
    earlier_misses: DataFrame,
    config: NearDuplicates,
    batch_id: str,
    start_over: bool,
) -> Result:
    """Verified near-duplicate pairs among the distinct texts, each dropped document with one pair `chosen`; near misses.

    `signed` are rows of `signatures`, those of `batch_id` not yet compared; `earlier_pairs` are those of the release
    before, which hold unless the whole corpus is to be compared again.
    """
    if batch_id:  # without a new batch, what is left need not have the field
        require_field(records, config.keep)
    named = _with_preference(documents, records, config.keep).withColumnRenamed("first_record_id", "text_id")
    texts = records.select(F.col("record_id").alias("text_id"), "text")
    fresh = signed.withColumn("fresh", F.col("batch_id") == batch_id).withColumnRenamed("shingle_count", "size")
    known = None if start_over else earlier_pairs.where("kind = 'near'")
    found, compared, counts = near_pairs(named, texts, fresh, known, config)
    misses = just_below(compared, config.min_jaccard)
    if known is not None:
        columns = ("doc_id", "other_id", "similarity")
        earlier = known.select(*columns).union(earlier_misses.select(*columns))
        misses = in_order(misses.unionByName(just_below(earlier, config.min_jaccard)), named)
    return Result((found.withColumn("kind", F.lit("near")), misses), counts)


def near_pairs(
    documents: DataFrame, texts: DataFrame, signed: DataFrame, known: DataFrame | None, config: NearDuplicates
) -> tuple[DataFrame, DataFrame, dict[str, int]]:
    """Pairs (doc_id, other_id, similarity, chosen, complete) of documents; at least one of each is fresh, or it is known.

    And what was compared (doc_id, other_id, similarity), with pairs that are not similar enough by little; and counts.

    `documents`: doc_id, text_id, char_count, preference; `texts`: text_id, text; `signed`: doc_id, size, sketch, bands,
    fresh; `known`: pairs of an earlier run.
    """
    signed = signed.withColumn("key", F.xxhash64("doc_id"))
    if known is not None:
        known, signed = _still_known(known, signed, config.min_jaccard)
        if signed.where("fresh").isEmpty():
            return choose(known, documents), known.drop("complete").limit(0), _count_outcomes(None, None)
    required = required_agreement(config.permutations, config.min_jaccard)
    rule = Rule(config.permutations, required, config.min_jaccard)
    rated, crowds = candidates(signed, config.bands, rule)
    verified = _verify(documents, texts, signed, rated.where("a IS NOT NULL"), crowds, known, config, required)
    verified = verified.localCheckpoint()  # narrow rows; their long lineage would make each plan after it slower
    compared = verified.where("doc_id IS NOT NULL").select("doc_id", "other_id", "similarity", "complete")
    found = compared.where(F.col("similarity") >= config.min_jaccard)
    if known is not None:
        now = found.select(_unordered().alias("_pair"))  # an earlier run may have had another order of preference
        found = found.unionByName(known.join(now, _unordered() == F.col("_pair"), "left_anti"))
    chosen = choose(found.localCheckpoint(), documents)
    return chosen, compared.drop("complete"), _count_outcomes(rated, verified)


def just_below(compared: DataFrame, min_jaccard: float) -> DataFrame:
    """The pairs that fall short of the threshold by at most MISSED_BY."""
    least = round(min_jaccard - MISSED_BY, 9)
    return compared.where((F.col("similarity") < min_jaccard) & (F.col("similarity") >= least))


def in_order(pairs: DataFrame, documents: DataFrame) -> DataFrame:
    """Pairs (doc_id, other_id, similarity) of `documents`, each once, the less preferred document first.

    Whatever the order of preference was when they were compared; pairs of documents that are gone go too.
    """
    pairs = pairs.localCheckpoint()
    place = F.struct(-F.col("preference"), -F.col("char_count"), "doc_id")
    sides = only(documents.select("doc_id", place.alias("_place")), "doc_id", _ends(pairs)).localCheckpoint()
    placed = pairs.join(small(sides), "doc_id").join(small(sides.toDF("other_id", "_other_place")), "other_id")
    later, earlier = F.greatest("_place", "_other_place"), F.least("_place", "_other_place")
    return placed.select(later["doc_id"].alias("doc_id"), earlier["doc_id"].alias("other_id"), "similarity").distinct()


def _unordered() -> Column:
    """A pair, whichever of its two documents comes first."""
    return F.array_sort(F.array("doc_id", "other_id"))


def _still_known(known: DataFrame, signed: DataFrame, min_jaccard: float) -> tuple[DataFrame, DataFrame]:
    """Pairs that hold without another look, and `signed` where documents of incomplete groups are fresh again.

    In an incomplete group members were compared with kept ones only: whatever changes there, they must be compared anew.
    """
    pairs = known.select("doc_id", "other_id", "similarity", "complete").localCheckpoint()
    incomplete = _ends(pairs.where("NOT complete")).withColumn("_again", F.lit(True))
    signed = signed.join(small(incomplete), "doc_id", "left")
    signed = signed.withColumn("fresh", F.col("fresh") | F.col("_again").isNotNull()).drop("_again")
    return _among(pairs.where(F.col("complete") & (F.col("similarity") >= min_jaccard)), signed), signed


def _among(pairs: DataFrame, documents: DataFrame) -> DataFrame:
    """The pairs of which both documents are there still: all, but for what was taken down."""
    present = only(documents.select("doc_id"), "doc_id", _ends(pairs)).localCheckpoint()
    for side in ("doc_id", "other_id"):
        pairs = pairs.join(small(present.toDF(side)), side, "left_semi")
    return pairs


def _ends(pairs: DataFrame) -> DataFrame:
    return pairs.select(F.explode(F.array("doc_id", "other_id")).alias("doc_id")).distinct()


def _with_preference(documents: DataFrame, records: DataFrame, keep: str) -> DataFrame:
    """`preference`: 0 for all, or the largest number that a record of the document holds in the named field."""
    if keep == "longest":
        return documents.withColumn("preference", F.lit(0.0))
    highest = records.groupBy("doc_id").agg(F.max(_number_in(keep)).alias("preference"))
    return documents.join(highest, "doc_id").fillna(float("-inf"), ["preference"])


def _number_in(keep: str) -> Column:
    return F.get_json_object("metadata", f"$['{keep.removeprefix('priority:')}']").cast("double")


def require_field(records: DataFrame, keep: str) -> None:
    """Raise InputError if no record has a number in the field that is to be preferred by."""
    if keep != "longest" and not records.isEmpty() and records.where(_number_in(keep).isNotNull()).isEmpty():
        field = keep.removeprefix("priority:")
        raise InputError(
            f"near_duplicates.keep = {keep}: no record has a number in a field {field!r} (see `metadata` in the table records;"
            " text, label and id are not in it)"
        )


def _verify(
    documents: DataFrame,
    texts: DataFrame,
    signed: DataFrame,
    pairs: DataFrame,
    crowds: DataFrame,
    known: DataFrame | None,
    config: NearDuplicates,
    required: int,
) -> DataFrame:
    """Bring the documents of each connected group into one partition, and compare them there."""
    crowded = crowds.mapInArrow(_crowd_members, "key bigint, first bigint, bucket bigint").persist(StorageLevel.DISK_ONLY)
    edges = pairs.select("a", "b")
    if not crowded.isEmpty():
        edges = edges.union(crowded.select(F.col("key").alias("a"), F.col("first").alias("b")))
        if known is not None:
            pairs = pairs.select("a", "b").union(_known_around(crowded, known, edges)).distinct().localCheckpoint()
            edges = edges.union(pairs)
    members, count = label_components(edges)
    members = small(members, count)
    named = documents.withColumn("key", F.xxhash64("doc_id")).join(members, "key")
    named = named.join(small(signed.join(members, "key").select("key", "sketch"), count), "key")
    with_text = texts.join(small(named, count), "text_id")  # so that the texts of others are not moved
    with_text = with_text.select("component", "key", "doc_id", "preference", "char_count", "sketch", "text")
    labelled_pairs = pairs.join(members.withColumnRenamed("key", "a"), "a").select(
        "component", F.col("a").alias("key"), F.col("b").alias("other")
    )
    everything = with_text.unionByName(labelled_pairs, True).unionByName(crowded.drop("first").join(members, "key"), True)
    tasks = max(2 * pairs.sparkSession.sparkContext.defaultParallelism, count // DOCUMENTS_AT_ONCE)
    verify = partial(
        verify_partition,
        ngram=config.ngram,
        min_jaccard=config.min_jaccard,
        required=required,
        permutations=config.permutations,
    )
    return everything.repartition(tasks, "component").mapInArrow(verify, VERIFIED)


def _known_around(crowded: DataFrame, known: DataFrame, edges: DataFrame) -> DataFrame:
    """The `known` pairs, as keys a < b, of groups that hold a crowd: who is kept there depends on all pairs of the group."""
    one, other = F.xxhash64("doc_id"), F.xxhash64("other_id")
    keyed = known.select(F.least(one, other).alias("a"), F.greatest(one, other).alias("b"))
    labels, _ = label_components(edges.union(keyed))
    groups = labels.join(crowded.select("key").distinct(), "key", "left_semi").select("component").distinct()
    around = labels.join(groups, "component", "left_semi").select(F.col("key").alias("a"))
    return keyed.join(around, "a", "left_semi")


def _crowd_members(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """(key, first member, bucket): a bucket is named by a digest of its members."""
    for batch in batches:
        for data in batch.column("data").to_pylist():
            keys = np.frombuffer(data, np.int64)
            name = np.frombuffer(hashlib.sha256(data).digest()[:8], np.int64)
            columns = [pa.array(keys), *(pa.array(np.broadcast_to(one, len(keys))) for one in (keys[:1], name))]
            yield pa.RecordBatch.from_arrays(columns, names=["key", "first", "bucket"])


def choose(pairs: DataFrame, documents: DataFrame) -> DataFrame:
    """The verified pairs, `chosen` where one drops its doc_id; both ends in order of preference.

    `pairs`: doc_id, other_id, similarity, complete; `documents`: doc_id, preference, char_count.
    """
    keyed = pairs.withColumn("a", F.xxhash64("doc_id")).withColumn("b", F.xxhash64("other_id"))
    members, count = label_components(keyed.select("a", "b"))
    nodes = documents.select("doc_id", "preference", "char_count").withColumn("a", F.xxhash64("doc_id"))
    nodes = nodes.join(small(members.withColumnRenamed("key", "a"), count), "a").drop("a")
    others = nodes.drop("component").toDF("other_id", "other_preference", "other_char_count")
    labelled = pairs.join(small(nodes, count), "doc_id").join(small(others, count), "other_id")
    tasks = max(pairs.sparkSession.sparkContext.defaultParallelism, count // DOCUMENTS_AT_ONCE)
    return labelled.repartition(tasks, "component").mapInArrow(choose_partition, CHOSEN)


def _count_outcomes(rated: DataFrame | None, verified: DataFrame | None) -> dict[str, int]:
    """The three counters of examined pairs; none were if there are no frames."""
    if rated is None or verified is None:
        return dict.fromkeys(("pairs_rejected_by_length", "pairs_rejected_by_signature", "pairs_compared"), 0)
    rejected = rated.agg(F.sum("by_length"), F.sum("by_signature"), F.count("a")).collect()[0]
    crowds = verified.where("doc_id IS NULL").agg(F.sum("by_length"), F.sum("by_signature"), F.sum("compared")).collect()[0]
    by_length, by_signature, compared = (int(one or 0) + int(other or 0) for one, other in zip(rejected, crowds, strict=True))
    return {"pairs_rejected_by_length": by_length, "pairs_rejected_by_signature": by_signature, "pairs_compared": compared}
