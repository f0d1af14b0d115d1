"""Semantic duplicates against cosines in float64."""

import itertools

import numpy as np
import pytest
from brickyard.config import SemanticDuplicates
from brickyard.stages import semantic_duplicates
from brickyard.stages.semantic_updates import pair_semantic_duplicates

from tests.tiny import choose_greedily, embeddings_of, sized_documents

EPS = 0.02


def random_vectors(families=8, members=4, dimension=8):
    """Unit vectors in families: within a family some cosines lie above 1 - EPS and some below."""
    source = np.random.default_rng(5)
    centres = source.normal(size=(families, 1, dimension))
    vectors = (centres + 0.16 * source.normal(size=(families, members, dimension))).reshape(-1, dimension)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return {f"d{i:02}": vector for i, vector in enumerate(vectors)}


VECTORS = random_vectors()
LENGTHS = {name: 100 + int(name[1:]) * 7 % 20 for name in VECTORS}


def cosine(one, other):
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return round(float(one @ other / np.sqrt((one @ one) * (other @ other))), 9)


def similar_pairs(vectors):
    cosines = {frozenset(pair): cosine(*(vectors[name] for name in pair)) for pair in itertools.combinations(vectors, 2)}
    return {pair: value for pair, value in cosines.items() if value >= 1 - EPS}


def found_in(spark, vectors=VECTORS, lengths=None, partitions=2, **settings):
    """Rows of pairs, and cell -> (centroid, documents)."""
    config = SemanticDuplicates(**{"eps": EPS, "clusters": 3} | settings)
    documents = sized_documents(spark, lengths or {name: LENGTHS.get(name, 1) for name in vectors})
    embeddings = embeddings_of(spark, vectors).repartition(partitions)
    pairs, centroids = pair_semantic_duplicates(embeddings, documents, None, None, None, config, same=False).frames
    cells = {row.cell: (np.array(row.vector), row.documents) for row in centroids.collect()}
    return pairs.collect(), cells


def cell_of(vector, cells):
    """The nearest centroid, vector and centroids rounded to 2^-11."""
    distances = {
        cell: np.square(np.rint(vector * 2048) - np.rint(centroid * 2048)).sum() for cell, (centroid, _) in cells.items()
    }
    return min(distances, key=distances.get)


def chosen_of(rows):
    return {row.doc_id: row.other_id for row in rows if row.chosen}


def test_report_finds_the_pairs_and_drops_nothing(spark):
    rows, _ = found_in(spark, mode="report")  # with three cells every cell is compared with every other
    wanted = similar_pairs(VECTORS)
    assert len(wanted) > 10
    assert {frozenset((row.doc_id, row.other_id)): row.similarity for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert {(row.kind, row.chosen, row.complete) for row in rows} == {("semantic", False, True)}


def test_threshold_drops_by_the_greedy_rule_in_order_of_length(spark):
    rows, _ = found_in(spark, mode="threshold", partitions=5)
    wanted = choose_greedily(sorted(VECTORS, key=lambda name: (-LENGTHS[name], name)), similar_pairs(VECTORS))
    assert len(wanted.representative) > 5
    assert chosen_of(rows) == wanted.representative
    assert {(row.doc_id, row.other_id): row.similarity for row in rows} == wanted.pairs


@pytest.mark.parametrize(("keep", "sign"), [("hard", -1), ("easy", 1)])
def test_hard_keeps_those_far_from_the_centroid_and_easy_those_near(spark, keep, sign):
    rows, cells = found_in(spark, mode="threshold", keep=keep)
    distance = {
        name: round(float(np.linalg.norm(vector.astype(np.float64) - cells[cell_of(vector, cells)][0])), 9)
        for name, vector in VECTORS.items()
    }
    ordered = sorted(VECTORS, key=lambda name: (sign * distance[name], -LENGTHS[name], name))
    assert chosen_of(rows) == choose_greedily(ordered, similar_pairs(VECTORS)).representative


def test_one_per_cluster_keeps_the_longest_of_each_cell(spark):
    rows, cells = found_in(spark, mode="one_per_cluster", clusters=5)
    members = {}
    for name in sorted(VECTORS, key=lambda name: (-LENGTHS[name], name)):
        members.setdefault(cell_of(VECTORS[name], cells), []).append(name)
    assert len(members) == 5
    assert chosen_of(rows) == {name: names[0] for names in members.values() for name in names[1:]}
    assert {row.doc_id: row.similarity for row in rows} == {
        row.doc_id: cosine(VECTORS[row.doc_id], VECTORS[row.other_id]) for row in rows
    }
    assert {cell: size for cell, (_, size) in cells.items()} == {cell: len(names) for cell, names in members.items()}


@pytest.mark.parametrize("mode", ["threshold", "report"])
def test_crowds_are_compared_with_kept_ones_only(spark, mode, monkeypatch):
    """Groups of more than five: the same choice, fewer pairs, and these say that they are incomplete."""
    monkeypatch.setattr(semantic_duplicates, "CROWD", 5)
    vectors = random_vectors(families=5, members=12)
    vectors = {name: vector for name, vector in vectors.items() if int(name[1:]) < 36 or int(name[1:]) % 12 < 4}
    lengths = {name: 100 + int(name[1:]) * 7 % 20 for name in vectors}
    rows, _ = found_in(spark, vectors, lengths, mode=mode, partitions=3)
    similar = similar_pairs(vectors)
    wanted = choose_greedily(sorted(vectors, key=lambda name: (-lengths[name], name)), similar)
    assert chosen_of(rows) == (wanted.representative if mode == "threshold" else {})
    pairs = {(row.doc_id, row.other_id): row.similarity for row in rows}
    assert len(pairs) == len(rows) < len(similar)
    assert pairs.items() <= wanted.pairs.items()
    to_kept = {pair for pair in wanted.pairs if pair[1] not in wanted.representative}
    assert to_kept <= pairs.keys()
    assert {row.complete for row in rows} == {False, True}
    in_crowds = {name for row in rows if not row.complete for name in (row.doc_id, row.other_id)}
    assert {pair for pair in wanted.pairs if not in_crowds.intersection(pair)} <= pairs.keys()


def test_vectors_of_texts_without_words_match_nothing(spark):
    zero = np.zeros(8, np.float32)
    rows, cells = found_in(spark, {"z1": zero, "z2": zero, **VECTORS}, mode="threshold")
    assert chosen_of(rows).keys().isdisjoint({"z1", "z2"})
    assert {frozenset((row.doc_id, row.other_id)) for row in rows} == set(similar_pairs(VECTORS))
    assert sum(size for _, size in cells.values()) == len(VECTORS) + 2


@pytest.mark.parametrize("mode", ["report", "threshold", "one_per_cluster"])
def test_no_documents_give_no_pairs_and_no_centroids(spark, mode):
    assert found_in(spark, {}, {}, mode=mode) == ([], {})


@pytest.mark.parametrize("mode", ["threshold", "one_per_cluster"])
def test_one_document_is_a_cell_of_its_own(spark, mode):
    rows, cells = found_in(spark, {"d00": VECTORS["d00"]}, mode=mode)
    assert rows == []
    assert [size for _, size in cells.values()] == [1]


def test_fewer_documents_than_clusters_keep_one_each(spark):
    few = {name: VECTORS[name] for name in ("d00", "d04", "d08")}
    rows, cells = found_in(spark, few, mode="one_per_cluster", clusters=9)
    assert rows == []
    assert sorted(size for _, size in cells.values()) == [1, 1, 1]


def test_equal_vectors_are_one_cell_whose_longest_stands(spark):
    same = dict.fromkeys(("a", "b", "c"), VECTORS["d00"])
    rows, _ = found_in(spark, same, {"a": 1, "b": 3, "c": 3}, mode="threshold", clusters="auto")
    assert chosen_of(rows) == {"a": "b", "c": "b"}
    assert {row.similarity for row in rows} == {1.0}


def test_mode_off_pairs_nothing(spark):
    config = SemanticDuplicates(mode="off")
    assert pair_semantic_duplicates(None, None, None, None, None, config, same=False).frames == (None, None)
