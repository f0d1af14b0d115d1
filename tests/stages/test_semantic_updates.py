"""A corpus that changes, against the same corpus from scratch with the same centroids."""

import numpy as np
import pytest
from brickyard.config import SemanticDuplicates
from brickyard.stages import semantic_duplicates
from brickyard.stages.semantic_duplicates import centroid_rows, members_of, pair_members
from brickyard.stages.semantic_updates import load_centroids, pair_semantic_duplicates, update_centroids, update_pairs
from brickyard.vectors.drift import measure_drift, needs_refit
from brickyard.vectors.fitting import assign_cells
from pyspark.sql import functions as F

from tests.stages.test_semantic_duplicates import random_vectors
from tests.tiny import embeddings_of, sized_documents

VECTORS = random_vectors(families=9, members=9)
CENTROIDS = np.array(list(VECTORS.values()))[::14].astype(float)


def members_in(spark, names, keep="longest"):
    vectors = {name: VECTORS[name] for name in names}
    embeddings = embeddings_of(spark, vectors)
    documents = sized_documents(spark, {name: 100 + int(name[1:]) * 7 % 20 for name in names})
    return members_of(assign_cells(embeddings, CENTROIDS, keep), embeddings, documents)


def facts(pairs):
    """The choice, and the pairs that are complete."""
    rows = pairs.collect()
    assert len({(row.doc_id, row.other_id) for row in rows}) == len(rows)
    chosen = {row.doc_id: (row.other_id, row.similarity) for row in rows if row.chosen}
    return chosen, {(row.doc_id, row.other_id, row.similarity) for row in rows if row.complete}


@pytest.mark.parametrize(
    ("seed", "settings", "crowd", "updates"),
    [(2, {"keep": "hard"}, 1000, 2), (3, {}, 3, 1), (4, {"mode": "report"}, 1000, 1),
     (5, {"mode": "one_per_cluster", "clusters": 6}, 1000, 1)],
)  # fmt: skip
def test_updates_lead_where_starting_from_scratch_does(spark, seed, settings, crowd, updates, monkeypatch):
    """Some documents come and some fall out; in a second update some of these come back."""
    monkeypatch.setattr(semantic_duplicates, "CROWD", crowd)
    config = SemanticDuplicates(**{"mode": "threshold", "eps": 0.03} | settings)
    source = np.random.default_rng(seed)
    present = {name for name in VECTORS if source.random() < 0.7}
    members = members_in(spark, sorted(present), config.keep)
    stored = pair_members(members, CENTROIDS, config).localCheckpoint()
    for _ in range(updates):
        known = members.select("doc_id", "cell")
        present ^= set(source.choice(sorted(VECTORS), 6, replace=False).tolist())
        members = members_in(spark, sorted(present), config.keep)
        stored = update_pairs(stored, known, members, CENTROIDS, config).pairs.localCheckpoint()
        wanted = facts(pair_members(members, CENTROIDS, config))
        assert facts(stored) == wanted
        assert sum(map(len, wanted)) > 5


def test_groups_that_nothing_touches_are_not_decided_again(spark):
    config = SemanticDuplicates(mode="threshold", eps=0.03)
    before, after = members_in(spark, sorted(VECTORS)[:40]), members_in(spark, sorted(VECTORS)[:41])
    stored = pair_members(before, CENTROIDS, config).localCheckpoint()
    found = update_pairs(stored, before.select("doc_id", "cell"), after, CENTROIDS, config)
    again = {name for row in found.again.collect() for name in (row.doc_id, row.other_id)}
    assert found.untouched.count() > 5
    assert again <= {name for name in VECTORS if int(name[1:]) // 9 == 4}  # the family of the newcomer


def test_centroids_keep_the_numbers_of_the_fit(spark):
    names = sorted(VECTORS)
    first, every = (
        assign_cells(embeddings_of(spark, {n: VECTORS[n] for n in some}), CENTROIDS, "longest") for some in (names[:30], names)
    )
    stored = centroid_rows(first, CENTROIDS, embeddings_of(spark, VECTORS))
    assert np.array_equal(load_centroids(stored, "tiny"), CENTROIDS)
    rows, drift = update_centroids(stored, every, spark.createDataFrame([(n,) for n in names[30:]], "doc_id string"))
    totals = rows.groupBy().sum("documents", "fit_documents", "squares", "fit_squares").first()
    assert totals[0] == len(names) and totals[1] == 30
    assert drift.growth == len(names) / 30
    assert drift.spread == pytest.approx(totals[2] / len(names) / (totals[3] / 30))
    assert drift.fresh_spread == pytest.approx((totals[2] - totals[3]) / (len(names) - 30) / (totals[3] / 30))


@pytest.mark.parametrize(
    ("refit", "now", "fitted"), [("never", 40, 20), ("auto", 39, 20), ("auto", 40, 40), ("always", 20, 20)]
)
def test_centroids_are_fitted_again_by_the_rule_though_the_model_stays(spark, refit, now, fitted):
    names = sorted(VECTORS)
    config = SemanticDuplicates(mode="threshold", eps=0.03, clusters=3, refit=refit)

    def run(count, *earlier, same):
        embeddings = embeddings_of(spark, {name: VECTORS[name] for name in names[:count]})
        documents = sized_documents(spark, dict.fromkeys(names[:count], 9))
        pairs, centroids = pair_semantic_duplicates(embeddings, documents, *earlier, config, same=same).frames
        return pairs.withColumn("kind", F.lit("semantic")).localCheckpoint(), embeddings, centroids.localCheckpoint()

    _, _, centroids = run(now, *run(20, None, None, None, same=False), same=True)
    assert centroids.agg(F.sum("fit_documents")).first()[0] == fitted


def drift_of(documents, squares, fit_documents=(50, 50), fit_squares=(100, 100)):
    return measure_drift(*(np.array(column) for column in (documents, squares, fit_documents, fit_squares)))


def test_drift_is_one_one_and_none_where_nothing_moved():
    drift = drift_of((50, 50), (100, 100))
    assert (drift.growth, drift.spread, drift.fresh_spread, drift.shift) == (1, 1, 1, 0)
    assert not needs_refit(drift, "auto")
    assert needs_refit(drift, "always")


@pytest.mark.parametrize(
    ("documents", "squares", "due"),
    [
        ((99, 100), (198, 200), False),
        ((100, 100), (200, 200), True),  # doubled
        ((50, 50), (110, 110), False),
        ((50, 50), (111, 110), True),  # farther away
        ((75, 25), (150, 50), False),
        ((76, 24), (152, 48), True),  # other cells
    ],
)
def test_refit_is_due_by_growth_spread_or_shift(documents, squares, due):
    assert needs_refit(drift_of(documents, squares), "auto") == due
    assert not needs_refit(drift_of(documents, squares), "never")
