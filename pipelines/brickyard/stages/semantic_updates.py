"""Semantic duplicates of a corpus that has changed, with the vector model and the centroids of an earlier fit.

Only new members are compared, and only the groups are decided again in which a member came or went. The verdicts are those
of `pair_members` on all members with the same centroids.
"""

from dataclasses import asdict, dataclass

import numpy as np
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.config import SemanticDuplicates
from brickyard.graphs.components import label_components
from brickyard.stages.embed import vectors_are_of_texts
from brickyard.stages.result import Result
from brickyard.stages.semantic_duplicates import (
    cell_sums,
    choose,
    keep_one_per_cell,
    members_of,
    pair_members,
    pair_neighbours,
    semantic_pairs,
)
from brickyard.vectors.drift import Drift, drift_of, refit_is_due
from brickyard.vectors.fitting import assign_cells


def pair_semantic_duplicates(
    embeddings: DataFrame,
    documents: DataFrame,
    earlier_pairs: DataFrame,
    earlier_embeddings: DataFrame,
    earlier_centroids: DataFrame,
    config: SemanticDuplicates,
    same: bool,
) -> Result:
    """Pairs of similar documents (dropped documents with one pair `chosen`), and the centroids.

    With the settings (`same`) and the vector model of the release before, its centroids stay until the rule of `refit` asks
    for others: a model from a folder is never fitted, its centroids are. All pairs are found
    anew if a document may have another vector than before.
    """
    if config.mode == "off":
        return Result((None, None))
    row = embeddings.select("model").first() if same else None
    model = row.model if row else ""
    centroids = load_centroids(earlier_centroids, model) if model else np.empty((0, 0))
    if not len(centroids) or refit_is_due(earlier_centroids, _growth(earlier_centroids, embeddings), config.refit):
        pairs, cells = semantic_pairs(embeddings, documents, config)
        cells = cells.persist()
        return Result((pairs.withColumn("kind", F.lit("semantic")), cells), {"cells": cells.count()})
    assigned = assign_cells(embeddings, centroids, config.keep).persist(StorageLevel.DISK_ONLY)
    known = assign_cells(earlier_embeddings, centroids, config.keep).select("doc_id", "cell").persist(StorageLevel.DISK_ONLY)
    stored = earlier_pairs.where("kind = 'semantic'")
    members = members_of(assigned, embeddings, documents)
    if vectors_are_of_texts(model):
        pairs = update_pairs(stored, known, members, centroids, config).pairs
    else:
        pairs = pair_members(members, centroids, config)
    fresh = assigned.join(known, "doc_id", "left_anti").select("doc_id")
    cells, drift = update_centroids(earlier_centroids, assigned, fresh)
    return Result((pairs.withColumn("kind", F.lit("semantic")), cells), {"cells": len(centroids), **in_percent(drift)})


def _growth(centroids: DataFrame, embeddings: DataFrame) -> float:
    """Vectors now, for each when the centroids were fitted."""
    fitted = centroids.agg(F.sum("fit_documents").alias("documents")).collect()[0].documents
    return embeddings.count() / max(fitted or 0, 1)


def in_percent(drift: Drift) -> dict[str, int]:
    """The drift since the fit as whole percents, to be shown."""
    return {f"drift_{name}_percent": round(100 * min(value, 1e6)) for name, value in asdict(drift).items()}


@dataclass(frozen=True)
class Updated:
    """All pairs now: those of `untouched` groups, as they were stored, and those that were decided `again`."""

    untouched: DataFrame
    again: DataFrame

    @property
    def pairs(self) -> DataFrame:
        """(doc_id, other_id, similarity, chosen, complete)."""
        return self.untouched.unionByName(self.again)


def update_pairs(
    stored: DataFrame, known: DataFrame, members: DataFrame, centroids: np.ndarray, config: SemanticDuplicates
) -> Updated:
    """The pairs of `members` (doc_id, cell, preference, char_count, vector), all that take part now.

    `stored`: the pairs (doc_id, other_id, similarity, chosen, complete) of the members before, which were `known`
    (doc_id, cell). Who is in `members` and not known is new or came back; who is known and not there fell out.
    """
    stored = stored.select("doc_id", "other_id", "similarity", "chosen", "complete")
    fresh = members.join(known, "doc_id", "left_anti").select("doc_id", "cell").persist(StorageLevel.DISK_ONLY)
    fallen = known.join(members, "doc_id", "left_anti").select("doc_id", "cell")
    if config.mode == "one_per_cluster":
        return _update_cells(stored, known, members, fresh.union(fallen))
    found = pair_neighbours(members, centroids, 1 - config.eps, fresh).persist(StorageLevel.DISK_ONLY)
    groups = _groups(stored, found, fresh.union(fallen))
    return _decide(stored, found, groups, members, centroids, config)


def _update_cells(stored: DataFrame, known: DataFrame, members: DataFrame, changed: DataFrame) -> Updated:
    cells = changed.select("cell").distinct()
    old = known.join(cells, "cell", "left_semi").select("doc_id")
    again = keep_one_per_cell(members.join(cells, "cell", "left_semi"))
    return Updated(stored.join(old, "doc_id", "left_anti"), again)


def _groups(stored: DataFrame, found: DataFrame, changed: DataFrame) -> DataFrame:
    """(key, whole) of the documents of touched groups; whole: none of the group's pairs are left unlisted."""
    edges = stored.select("doc_id", "other_id", "complete").union(
        found.select("doc_id", "other_id", (~F.col("crowded")).alias("complete"))
    )
    keyed = edges.select(F.xxhash64("doc_id").alias("a"), F.xxhash64("other_id").alias("b"), "complete")
    labels, _ = label_components(keyed.select("a", "b"))
    touched = labels.join(changed.select(F.xxhash64("doc_id").alias("key")), "key", "left_semi").select("component").distinct()
    partial_groups = (
        keyed.where("NOT complete").join(labels, F.col("a") == F.col("key")).select("component", F.lit(False).alias("_whole"))
    ).distinct()
    groups = labels.join(touched, "component").join(partial_groups, "component", "left")
    return groups.select("key", F.coalesce("_whole", F.lit(True)).alias("whole")).persist(StorageLevel.DISK_ONLY)


def _decide(
    stored: DataFrame,
    found: DataFrame,
    groups: DataFrame,
    members: DataFrame,
    centroids: np.ndarray,
    config: SemanticDuplicates,
) -> Updated:
    keys = groups.select(F.col("key").alias("_key"), "whole")
    labelled = stored.withColumn("_key", F.xxhash64("doc_id")).join(keys, "_key", "left").drop("_key")
    untouched = labelled.where("whole IS NULL").drop("whole")
    standing = _with_sides(labelled.where("whole").select("doc_id", "other_id", "similarity"), members)
    new = found.withColumn("_key", F.xxhash64("doc_id")).join(keys.where("whole"), "_key", "left_semi").drop("_key")
    crowds = members.withColumn("_key", F.xxhash64("doc_id")).join(keys.where("NOT whole"), "_key", "left_semi").drop("_key")
    pairs = standing.unionByName(new).unionByName(pair_neighbours(crowds, centroids, 1 - config.eps))
    return Updated(untouched, choose(pairs, members, centroids, config))


def _with_sides(pairs: DataFrame, members: DataFrame) -> DataFrame:
    """Stored pairs of which both documents are still members, as PAIRS."""
    sides = members.select("doc_id", "preference", "char_count")
    others = sides.select([F.col(name).alias(f"other_{name}".replace("_doc", "")) for name in sides.columns])
    return pairs.join(sides, "doc_id").join(others, "other_id").withColumn("crowded", F.lit(False))


def update_centroids(stored: DataFrame, assigned: DataFrame, fresh: DataFrame) -> tuple[DataFrame, Drift]:
    """The rows of `centroids` for all that is assigned now (ASSIGNED), and how far it has moved since the fit.

    `fresh`: doc_id of the newest documents.
    """
    sizes = assigned.groupBy("cell").agg(*cell_sums())
    rows = stored.drop("documents", "squares").join(sizes, "cell", "left").fillna(0, ["documents", "squares"])
    newest = assigned.join(fresh.select("doc_id"), "doc_id", "left_semi").agg(*cell_sums()).first()
    counted = (int(newest.documents or 0), int(newest.squares or 0)) if newest else (0, 0)
    return rows, drift_of(rows, counted)


def load_centroids(rows: DataFrame, model: str) -> np.ndarray:
    """The stored centroids of a model, float64, by number of the cell; shape (0, 0) if there are none."""
    found = rows.where(F.col("model") == model).select("cell", "vector").orderBy("cell").collect()
    return np.array([row.vector for row in found], np.float64) if found else np.empty((0, 0))
