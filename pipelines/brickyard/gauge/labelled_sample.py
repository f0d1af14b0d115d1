"""The labelled documents that classifiers are compared on: a bounded sample, classes with rows enough, parts to hold out."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

LEAST_ROWS = 10
"""Of a class, in the sample: below, its recall is a matter of a single document."""

MOST_CLASSES = 100
FOLDS = 3


@dataclass(frozen=True)
class LabelledSample:
    """`rows`: doc_id, text, label (double, its place in `classes`), weight (1), part; a part is held out in turn.

    `classes`: names, those with most rows first; `sizes`: their rows; `left_out`: how many classes are not in it.
    `parts`: the parts that are held out. With the release's own split it is the one of its test rows.
    """

    rows: DataFrame
    classes: Sequence[str]
    sizes: Sequence[int]
    left_out: int
    parts: Sequence[int]
    split: bool


def draw_labelled(labelled: DataFrame, curated: DataFrame, size: int, seed: int) -> LabelledSample:
    """At most `size` documents, the first by hash of (seed, doc_id)."""
    documents = labelled.select("doc_id", "label", "split").join(curated.select("doc_id", "text"), "doc_id")
    order = _order(seed)
    drawn = documents.orderBy(*order).limit(size).coalesce(1).persist()
    split = drawn.where("split IN ('train', 'test')").select("split").distinct().count() == 2
    parted = _by_split(drawn) if split else _by_turns(drawn, order)
    counted = parted.groupBy("label").agg(F.count(F.lit(1)).alias("rows"), F.sum("part").alias("later")).collect()
    enough = [row for row in counted if row.rows >= LEAST_ROWS and (not split or 0 < row.later <= row.rows - LEAST_ROWS // 2)]
    kept = sorted(enough, key=lambda row: (-row.rows, row.label))[:MOST_CLASSES]
    classes = [row.label for row in kept]
    rows = parted.where(F.col("label").isin(classes)).select(
        "doc_id", "text", "part", F.lit(1.0).alias("weight"), _place(classes)
    )
    parts = [1] if split else list(range(FOLDS))
    return LabelledSample(rows, classes, [row.rows for row in kept], len(counted) - len(kept), parts, split)


def _order(seed: int) -> tuple[Column, Column]:
    return F.xxhash64(F.lit(seed), "doc_id"), F.col("doc_id")


def _by_split(documents: DataFrame) -> DataFrame:
    """Part 1 is the release's test rows, part 0 its training rows; all others are left out."""
    return documents.where("split IN ('train', 'test')").withColumn("part", (F.col("split") == "test").cast("int"))


def _by_turns(documents: DataFrame, order: tuple[Column, Column]) -> DataFrame:
    """The rows of each class in turns, so that every part has its share."""
    turn = F.row_number().over(Window.partitionBy("label").orderBy(*order)) - 1
    return documents.withColumn("part", (turn % FOLDS).cast("int"))


def _place(classes: Sequence[str]) -> Column:
    """The label's place in `classes`, as MLlib wants it."""
    places = [F.lit(one) for place, name in enumerate(classes) for one in (name, float(place))]
    return (F.create_map(*places)[F.col("label")] if classes else F.lit(None).cast("double")).alias("label")
