import itertools
import random
from typing import NamedTuple

import numpy as np
import pytest
from brickyard.graphs.crowds import BY_LENGTH, BY_SIGNATURE, COMPARED, agreement, choose_in_crowds, examine
from brickyard.graphs.representatives import group_by_later
from brickyard.text.minhash import signatures, sketches
from brickyard.text.shingles import sorted_shingles
from brickyard.text.words import folded_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles


class Instance(NamedTuple):
    texts: list[str]
    crowds: list[set[int]]
    pairs: set[tuple[int, int]]  # compared outside crowds
    min_jaccard: float

    def similar(self) -> dict[tuple[int, int], float]:
        """All pairs (earlier, later) that are candidates and similar enough."""
        sets = [oracles.shingles(text, 1) for text in self.texts]
        candidates = self.pairs | {pair for crowd in self.crowds for pair in itertools.combinations(sorted(crowd), 2)}
        values = {(i, j): round(oracles.jaccard(sets[i], sets[j]), 9) for i, j in candidates}
        return {pair: value for pair, value in values.items() if value >= self.min_jaccard}


def random_instance(seed: int) -> Instance:
    rng = random.Random(seed)
    count = rng.randint(2, 14)
    texts = [" ".join(rng.sample("abcdefg", rng.randint(1, 7))) for _ in range(count)]
    crowds = [set(rng.sample(range(count), rng.randint(2, count))) for _ in range(rng.randint(1, 3))]
    pairs = {pair for pair in itertools.combinations(range(count), 2) if rng.random() < 0.2}
    return Instance(texts, crowds, pairs, rng.choice([1 / 7, 0.4, 0.5, 2 / 3, 0.7, 5 / 6, 1.0]))


def choose(instance: Instance, required: int = 0) -> tuple[np.ndarray, list, list, np.ndarray]:
    count, similar = len(instance.texts), instance.similar()
    verified = np.array([pair for pair in instance.pairs if pair in similar], np.int64).reshape(-1, 2)
    order, starts, _, earlier = group_by_later(count, verified[:, 0], verified[:, 1])
    similarity = np.array([similar[tuple(pair)] for pair in verified[order]], float)
    members = [[number for number, crowd in enumerate(instance.crowds) if rank in crowd] for rank in range(count)]
    crowd_starts = np.cumsum([0, *map(len, members)])
    offsets = np.cumsum([0, *map(len, instance.crowds)])
    data = folded_bytes(instance.texts)
    signed = sketches(signatures(*data, 1, 32)[1])
    return choose_in_crowds(
        starts, earlier, similarity, crowd_starts, np.concatenate(members).astype(np.int64), offsets,
        *sorted_shingles(*data, 1), signed, (instance.min_jaccard, required),
    )  # fmt: skip


@given(st.integers(0, 10**9))
@settings(deadline=None, max_examples=400)
def test_crowds_give_the_choice_of_comparing_all(seed: int) -> None:
    instance = random_instance(seed)
    representative, *_ = choose(instance)
    found = {rank: int(other) for rank, other in enumerate(representative) if other >= 0}
    assert found == oracles.representatives(len(instance.texts), instance.similar())


@given(st.integers(0, 10**9))
@settings(deadline=None, max_examples=100)
def test_pairs_found_in_crowds_are_similar_and_lead_to_kept_ones(seed: int) -> None:
    instance = random_instance(seed)
    representative, found, similarity, examined = choose(instance)
    similar = instance.similar()
    assert all(similar[earlier, later] == value for (later, earlier), value in zip(found, similarity, strict=True))
    assert all(representative[earlier] < 0 for _, earlier in found)
    assert len(set(found)) == len(found)
    assert examined[COMPARED] >= len(found)


def test_each_pair_is_examined_once_however_many_crowds_it_is_in() -> None:
    *_, examined = choose(Instance(["a", "b", "c"], [{0, 1, 2}, {0, 1}, {0, 1, 2}], set(), 0.5))
    assert examined.tolist() == [0, 0, 3]


def test_members_are_compared_with_kept_ones_only() -> None:
    *_, examined = choose(Instance(["a b c"] * 50, [set(range(50))], set(), 0.5))
    assert examined.tolist() == [0, 0, 49]


def test_signatures_that_agree_too_little_are_not_compared() -> None:
    representative, _, _, examined = choose(Instance(["a b c d", "e f g h", "a b c d"], [{0, 1, 2}], set(), 0.5), required=32)
    assert representative.tolist() == [-1, -1, 0]
    assert examined[[BY_LENGTH, BY_SIGNATURE, COMPARED]].tolist() == [0, 2, 1]


def examined_sizes(small: int, large: int, min_jaccard: float) -> tuple[int, float]:
    """A set of `large` numbers and its subset of `small`, examined: their Jaccard index is small / large."""
    flat = np.concatenate([np.arange(small), np.arange(large)]).astype(np.uint64)
    bounds = np.array([0, small, small + large])
    return examine(flat, bounds, np.zeros((2, 4), np.uint8), 0, 1, min_jaccard, 0)


@pytest.mark.parametrize("percent", range(1, 101))
def test_a_subset_exactly_at_the_threshold_is_similar(percent: int) -> None:
    assert examined_sizes(percent, 100, percent / 100) == (COMPARED, percent / 100)
    assert examined_sizes(percent, 101, percent / 100) == (BY_LENGTH, 0.0)


def test_the_length_bound_rejects_only_what_cannot_be_similar() -> None:
    for small, large in itertools.combinations_with_replacement(range(41), 2):
        for min_jaccard in (0.07, 1 / 3, 0.7, 0.9, 1.0):
            how, _ = examined_sizes(small, large, min_jaccard)
            assert (how == BY_LENGTH) == (round(small / max(large, 1), 9) < min_jaccard)


def test_agreement_counts_equal_entries() -> None:
    signed = np.random.default_rng(1).integers(0, 3, (2, 100)).astype(np.uint8)
    assert agreement(signed, 0, 1) == (signed[0] == signed[1]).sum()
