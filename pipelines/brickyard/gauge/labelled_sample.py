"""The labelled documents that classifiers are compared on: a bounded sample, classes with rows enough, parts to hold out."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

LEAST_ROWS = 10
"""Of a class, in the sample: below, its recall is a matter of a single document."""

MOST_CLASSES = 100
FOLDS = 3
MANY_CLASSES = 20
"""Beyond, one part is held out, not each in turn: trees and regressions cost more with each class."""


@dataclass(frozen=True)
class LabelledSample:
    """`rows`: rank, doc_id, text, label (double, its place in `classes`), weight (1), part; a part is held out in turn.

    `rank`: the hash by which rows are drawn and ordered. `classes`: names, those with most rows first; `sizes`: their rows;
    `left_out`: how many classes are not in it. `parts`: which are held out; with a split of the user's, that of test rows.
    """

    rows: DataFrame
    classes: Sequence[str]
    sizes: Sequence[int]
    left_out: int
    parts: Sequence[int]
    split: bool


def draw_labelled(labelled: DataFrame, curated: DataFrame, size: int, seed: int) -> LabelledSample:
    """At most `size` documents, the first by hash of (seed, doc_id)."""
    role = F.lower(F.trim("split")).alias("split")
    documents = labelled.select(F.xxhash64(F.lit(seed), "doc_id").alias("rank"), "doc_id", "label", role)
    drawn = documents.orderBy("rank", "doc_id").limit(size).persist()
    split = drawn.where(_IN_SPLIT).select("split").distinct().count() == 2
    parted = _by_split(drawn) if split else _by_turns(drawn)
    counted = parted.groupBy("label").agg(F.count(F.lit(1)).alias("rows"), F.sum("part").alias("tested")).collect()
    enough = [row for row in counted if _has_enough(row.rows, row.tested if split else None)]
    kept = sorted(enough, key=lambda row: (-row.rows, row.label))[:MOST_CLASSES]
    classes = [row.label for row in kept]
    chosen = parted.where(F.col("label").isin(classes)).select(
        "rank", "doc_id", "part", F.lit(1.0).alias("weight"), _place(classes)
    )
    rows = curated.select("doc_id", "text").join(chosen, "doc_id")
    parts = [1] if split or len(classes) > MANY_CLASSES else list(range(FOLDS))
    return LabelledSample(rows, classes, [row.rows for row in kept], len(counted) - len(kept), parts, split)


_IN_SPLIT = "split IN ('train', 'test')"


def _by_split(documents: DataFrame) -> DataFrame:
    """Part 1 is the user's test rows, part 0 the training rows; all others are left out."""
    return documents.where(_IN_SPLIT).withColumn("part", (F.col("split") == "test").cast("int"))


def _by_turns(documents: DataFrame) -> DataFrame:
    """The rows of each class in turns, so that every part has its share."""
    turn = F.row_number().over(Window.partitionBy("label").orderBy("rank", "doc_id")) - 1
    return documents.withColumn("part", (turn % FOLDS).cast("int"))


def _has_enough(rows: int, tested: int | None) -> bool:
    """LEAST_ROWS, and with a split one of them to test on and half of them to train on."""
    return rows >= LEAST_ROWS and (tested is None or 0 < tested <= rows - LEAST_ROWS // 2)


def _place(classes: Sequence[str]) -> Column:
    """The label's place in `classes`, as MLlib wants it."""
    places = [F.lit(one) for place, name in enumerate(classes) for one in (name, float(place))]
    return (F.create_map(*places)[F.col("label")] if classes else F.lit(None).cast("double")).alias("label")
