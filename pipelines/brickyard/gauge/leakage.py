"""Records outside of training that training has seen: by their text, by a near duplicate of it, or by a semantic one.

A record's group are the records with the same final representative. A record leaks as

- exact, if a training record has its text (the same doc_id);
- near, if its text is, or was dropped for, one that a training record's is or was dropped for, as a near duplicate, or if the
  two texts are a verified near pair;
- semantic, if a training record is in its group for another reason, or a verified semantic pair joins their groups;

by the first of these that holds. Chains of pairs do not count, but for groups: members of a group too large for all its
pairs are pairs of their representative only. Records without text are nobody's duplicates and are left out.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.gauge.fields import field_of, filled

TRAINING = ("train", "training")
"""What the split of training records is called, in small letters; every other split is held out."""

KINDS = ("exact", "near", "semantic")


def split_records(records: DataFrame, decisions: DataFrame, split_column: str) -> DataFrame:
    """(record_id, doc_id, near_id, group_id, split, is_training) of the records that have a split and a text.

    `near_id`: the text for which near duplicates of it were dropped, or which it was dropped for.
    """
    splits = records.select("record_id", filled(field_of(F.col("metadata"), split_column)).alias("split"))
    near_id = F.when(F.col("reason") == "near_duplicate", F.col("representative_id")).otherwise(F.col("doc_id"))
    groups = decisions.select(
        "record_id", "doc_id", near_id.alias("near_id"), F.col("final_representative_id").alias("group_id")
    )
    placed = splits.join(groups, "record_id").where(F.col("split").isNotNull() & F.col("group_id").isNotNull())
    return placed.withColumn("is_training", F.lower(F.trim("split")).isin(*TRAINING))


def leaks_of(placed: DataFrame, pairs: DataFrame) -> DataFrame:
    """(record_id, doc_id, group_id, split, leak) of the held-out records; leak: one of KINDS, or null."""
    trained = placed.where("is_training")
    texts, near_groups, groups = (trained.select(name).distinct() for name in ("doc_id", "near_id", "group_id"))
    near = _neighbours(pairs, "near", texts, "doc_id")
    pairs_of_groups = _between_groups(pairs.where("kind = 'semantic'"), placed)
    semantic = _neighbours(pairs_of_groups, "semantic", groups, "group_id")
    marked = placed.where("NOT is_training").drop("is_training")
    found = {"_text": texts, "_near_group": near_groups, "_near": near, "_group": groups, "_semantic": semantic}
    for flag, keys in found.items():
        marked = marked.join(keys.withColumn(flag, F.lit(True)), keys.columns[0], "left")
    leak = F.when(F.col("_text"), "exact").when(F.col("_near_group") | F.col("_near"), "near")
    leak = leak.when(F.col("_group") | F.col("_semantic"), "semantic")
    return marked.select("record_id", "doc_id", "group_id", "split", leak.alias("leak"))


def _neighbours(pairs: DataFrame, kind: str, trained: DataFrame, key: str) -> DataFrame:
    """What is in a pair with one of `trained`; a pair has no direction here."""
    of_kind = pairs.where(F.col("kind") == kind)
    ends = of_kind.select(F.col("doc_id").alias(key), F.col("other_id").alias("_other"))
    ends = ends.unionByName(ends.select(F.col("_other").alias(key), F.col(key).alias("_other")))
    return ends.join(trained.withColumnRenamed(key, "_other"), "_other", "left_semi").select(key).distinct()


def _between_groups(pairs: DataFrame, placed: DataFrame) -> DataFrame:
    """The pairs with groups in place of documents."""
    groups = placed.select("doc_id", "group_id").distinct()
    of_other = groups.select(F.col("doc_id").alias("other_id"), F.col("group_id").alias("_other_group"))
    joined = pairs.join(groups, "doc_id").join(of_other, "other_id")
    return joined.select(F.col("group_id").alias("doc_id"), F.col("_other_group").alias("other_id"), "kind")
