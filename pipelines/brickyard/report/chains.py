"""Documents that chained matching would have deleted wrongly.

Chained matching keeps the best document of a connected component of pairs and deletes the rest, also those that are
joined to it only through others. The greedy rule keeps them: no kept document is similar to them.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.frames import frame_of
from brickyard.report.chaining import CANDIDATES, COLUMNS, SURVIVORS, find_survivors
from brickyard.report.frames import Frames
from brickyard.report.side_by_side import facts, side_by_side
from brickyard.report.texts import load_texts
from brickyard.stages.exact_duplicates import texts_of
from brickyard.text.shingles import jaccards, sorted_shingles
from brickyard.text.words import folded_bytes

SHOWN = 3
"""Documents shown."""


def chained_documents(pairs: DataFrame, frames: Frames, ngram: int | None) -> dict[str, Any]:
    """How many kept documents chains would have deleted, and three of them with their chain.

    Without `ngram` their Jaccard index to the component's best is not known (null): it is below the threshold.
    """
    found = pairs.select(COLUMNS).mapInArrow(find_survivors, SURVIVORS)
    ordered = found.orderBy("nth", F.desc("members"), F.desc("hops"), "doc_id").limit(CANDIDATES)
    candidates = [row.asDict() for row in ordered.collect()]
    measured = _measure(candidates, frames, ngram) if ngram and candidates else {}
    candidates.sort(key=lambda row: (row["nth"], measured.get(row["doc_id"], 0.0), row["doc_id"]))
    shown = candidates[:SHOWN]
    texts = load_texts(frames, (name for row in shown for name in (row["doc_id"], row["best_id"], *row["path"])))
    return {**count_chained(pairs), "rows": [_describe(row, measured.get(row["doc_id"]), texts) for row in shown]}


def count_chained(pairs: DataFrame) -> dict[str, int]:
    """Components, their documents, those kept by the greedy rule, and how many of these chains would have deleted."""
    sides = pairs.select("component", "a", "chosen").unionAll(pairs.select("component", "b", F.lit(False)))
    documents = sides.groupBy("component", "a").agg(F.max("chosen").alias("dropped"))
    row = documents.agg(
        F.countDistinct("component").alias("components"),
        F.count(F.lit(1)).alias("documents"),
        F.count(F.when(~F.col("dropped"), 1)).alias("kept"),
    ).collect()[0]
    return {**row.asDict(), "wrongly_deleted": row.kept - row.components}


def _describe(row: dict[str, Any], jaccard: float | None, texts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    chain = [{**facts(texts[name]), "begins": texts[name]["text"][:200]} for name in row["path"]]
    links = [None if value < 0 else value for value in row["similarities"]]
    pair = side_by_side(texts[row["doc_id"]], texts[row["best_id"]])
    return {"members": row["members"], "hops": row["hops"], "jaccard_to_best": jaccard, "chain": chain, "links": links, **pair}


def _measure(candidates: list[dict[str, Any]], frames: Frames, ngram: int) -> dict[str, float]:
    """doc_id -> Jaccard index to the best of its component, computed where the texts are."""
    spark = frames["documents"].sparkSession
    wanted = frame_of(spark, [(row["doc_id"], row["best_id"]) for row in candidates], "doc_id string, best_id string")
    ids = sorted({row[side] for row in candidates for side in ("doc_id", "best_id")})
    texts = texts_of(frames["documents"].where(F.col("doc_id").isin(ids)), frames["records"]).select("doc_id", "text")
    both = wanted.join(texts, "doc_id").join(
        texts.select(F.col("doc_id").alias("best_id"), F.col("text").alias("best_text")), "best_id"
    )
    compared = both.select("doc_id", "text", "best_text").mapInArrow(
        partial(_compare_batches, ngram=ngram), "doc_id string, similarity double"
    )
    return {row.doc_id: row.similarity for row in compared.collect()}


def _compare_batches(batches: Iterable[pa.RecordBatch], ngram: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        texts = pa.concat_arrays([batch.column("text"), batch.column("best_text")])
        flat, bounds = sorted_shingles(*folded_bytes(texts), ngram)
        left = np.arange(len(batch))
        similarity = pa.array(jaccards(flat, bounds, left, left + len(batch)))
        yield pa.RecordBatch.from_arrays([batch.column("doc_id"), similarity], names=["doc_id", "similarity"])
