"""Crowds of vectors: the same choice as by comparing all, with kept ones compared only."""

import itertools

import numpy as np
import pytest
from brickyard.graphs import vector_crowds
from brickyard.graphs.representatives import group_by_later
from brickyard.graphs.vector_crowds import Adjacency, choose_among_vectors
from brickyard.vectors.crowds import similar_pairs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles


def cosine(one, other):
    one, other = one.astype(float), other.astype(float)
    return round(float(one @ other / np.sqrt((one @ one) * (other @ other))), 9)


def random_instance(seed):
    """Unit vectors in three cells, of which 0 and 1 are neighbours; and the similar pairs of comparable ones."""
    source = np.random.default_rng(seed)
    count = int(source.integers(2, 30))
    vectors = source.normal(size=(count, 3)).astype(np.float32)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[source.integers(0, count, count // 3)] = vectors[0]
    cells = source.integers(0, 3, count)
    pairs = ((i, j) for i, j in itertools.combinations(range(count), 2) if cells[i] == cells[j] or cells[i] + cells[j] == 1)
    return vectors, cells, {(i, j): value for i, j in pairs if (value := cosine(vectors[i], vectors[j])) >= 0.6}


@given(st.integers(0, 10**6), st.sampled_from([0, 0.3]), st.sampled_from([1, 5, 512]))
@settings(deadline=None, max_examples=200)
def test_the_choice_is_that_of_comparing_all(seed, listed, block):
    vectors, cells, similar = random_instance(seed)
    source = np.random.default_rng(seed)
    given_pairs = [pair for pair in similar if source.random() < listed]
    sides = np.array(given_pairs, np.int64).reshape(-1, 2)
    order, starts, _, earlier = group_by_later(len(vectors), sides[:, 0], sides[:, 1])
    similarity = np.array([similar[given_pairs[number]] for number in order], float)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_crowds, "_BLOCK", block)
        found = choose_among_vectors(
            (starts, earlier, similarity), np.arange(len(vectors)), vectors, cells, 0.6, Adjacency([(0, 0), (1, 0), (2, 2)])
        )
    wanted = oracles.representatives(len(vectors), similar)
    assert {rank: int(other) for rank, other in enumerate(found.representative) if other >= 0} == wanted
    listed_here = dict(zip(zip(found.earlier.tolist(), found.later.tolist(), strict=True), found.similarity, strict=True))
    assert len(listed_here) == len(found.later)
    assert listed_here == {pair: similar[pair] for pair in similar if pair[0] not in wanted and pair not in given_pairs}


@given(st.integers(0, 10**6), st.sampled_from([0, 3, 10**6]), st.sampled_from([1, 4, 99]))
@settings(deadline=None, max_examples=200)
def test_of_a_crowd_a_spanning_tree_is_listed_and_of_others_all_pairs(seed, held, crowd):
    vectors, _, _ = random_instance(seed)
    pairs = itertools.combinations(range(len(vectors)), 2)
    similar = {(i, j): value for i, j in pairs if (value := cosine(vectors[i], vectors[j])) >= 0.6}
    everyone = range(len(vectors))
    found = [
        (int(a), int(b), float(value), crowded)
        for i, j, cosines, crowded in similar_pairs(vectors, [(everyone, everyone)], 0.6, crowd, held)
        for a, b, value in zip(i, j, cosines, strict=True)
    ]
    labels = oracles.components(len(vectors), [*similar])
    sizes = np.bincount(labels)[labels]
    assert sorted(row[:2] for row in found if not row[3]) == [pair for pair in sorted(similar) if sizes[pair[0]] <= crowd]
    assert all(similar[a, b] == value and (sizes[a] > crowd) == crowded for a, b, value, crowded in found)
    assert oracles.components(len(vectors), [row[:2] for row in found]) == labels
    trees = [row for row in found if row[3]]
    assert len(trees) == sum(int(sizes[root]) - 1 for root in set(labels) if sizes[root] > crowd)
