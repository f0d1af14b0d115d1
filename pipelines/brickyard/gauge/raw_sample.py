"""A sample of duplicate groups, whole, some of them held out: what a model is trained on raw, on curated, and tested on."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

GROUPS = 3000
"""Groups that are drawn at most."""

TEXTS_OF_GROUP, TEXTS, CHARACTERS = 100, 6000, 2000
"""Distinct texts at most, of a group and in all, and how much of each: so a sample is 12 million characters at most."""

HELD_OUT_OF = 5
"""One in so many groups is held out."""

SAMPLE = "doc_id string, text string, copies bigint, is_kept boolean, is_held boolean, group_id string"


def draw(records: DataFrame, decisions: DataFrame, pairs: DataFrame, seed: int) -> DataFrame:
    """SAMPLE, in one partition, in an order that seed and ids give: groups by hash, in each the kept text first.

    `copies`: records that have the text. A held-out group is there with its kept text only, and not at all if a verified
    pair, near or semantic, joins one of its texts to a text of the sample that is trained on.
    """
    chosen = _choose(_texts_of(decisions), seed).persist()
    tied = _tied(chosen, pairs)
    wanted = chosen.where("NOT is_held OR is_kept").join(tied, "group_id", "left_anti")
    texts = records.select("record_id", F.substring("text", 1, CHARACTERS).alias("text"))
    placed = texts.join(F.broadcast(wanted), "record_id").repartition(1)
    return placed.sortWithinPartitions(*_order(seed)).select("doc_id", "text", "copies", "is_kept", "is_held", "group_id")


def _texts_of(decisions: DataFrame) -> DataFrame:
    """(group_id, doc_id, copies, record_id of one of them, is_kept) of each distinct text that has words."""
    of_text = decisions.where(F.col("final_representative_id").isNotNull()).groupBy(
        F.col("final_representative_id").alias("group_id"), "doc_id"
    )
    kept = F.max("kept").alias("is_kept")
    return of_text.agg(F.count(F.lit(1)).alias("copies"), F.min("record_id").alias("record_id"), kept)


def _order(seed: int) -> tuple[Column, ...]:
    group = F.xxhash64(F.lit(seed), F.lit("group"), F.col("group_id"))
    text = F.xxhash64(F.lit(seed), F.lit("text"), F.col("doc_id"))
    return group, F.col("group_id"), F.desc("is_kept"), text, F.col("doc_id")


def _choose(texts: DataFrame, seed: int) -> DataFrame:
    group = _order(seed)[:2]
    groups = texts.where("is_kept").select("group_id").orderBy(*group).limit(GROUPS)
    place = F.row_number().over(Window.partitionBy("group_id").orderBy(*_order(seed)[2:]))
    held = F.pmod(F.xxhash64(F.lit(seed), F.lit("held out"), F.col("group_id")), F.lit(HELD_OUT_OF)) == 0
    ranked = texts.join(F.broadcast(groups), "group_id").withColumn("_place", place)
    bounded = ranked.where(F.col("_place") <= TEXTS_OF_GROUP).drop("_place")
    return bounded.orderBy(*_order(seed)).limit(TEXTS).withColumn("is_held", held)


def _tied(chosen: DataFrame, pairs: DataFrame) -> DataFrame:
    """group_id of the held-out groups that a pair joins to a training text."""
    held = chosen.where("is_held").select("doc_id", "group_id")
    trained = chosen.where("NOT is_held").select(F.col("doc_id").alias("other_id"))
    ends = pairs.select("doc_id", "other_id")
    both = ends.unionByName(ends.select(F.col("other_id").alias("doc_id"), F.col("doc_id").alias("other_id")))
    joined = both.join(F.broadcast(held), "doc_id").join(F.broadcast(trained), "other_id", "left_semi")
    return joined.select("group_id").distinct()
