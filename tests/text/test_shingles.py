import itertools
from fractions import Fraction

import numpy as np
import pytest
from brickyard.text.shingles import distinct_in_place, jaccards, sorted_shingles, too_unequal
from brickyard.text.words import folded_bytes
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import oracles

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "A", "\u4e2d", "...", "long_word"]), max_size=25).map(" ".join)
ALL_PAIRS = 6


def shingle_sets(texts: list[str], ngram: int) -> list[list[int]]:
    flat, bounds = sorted_shingles(*folded_bytes(texts), ngram)
    return [flat[start:end].tolist() for start, end in itertools.pairwise(bounds)]


@given(st.lists(TEXTS, max_size=6), st.integers(1, 7))
@settings(deadline=None, max_examples=100)
def test_shingle_sets_have_the_sizes_of_the_definition(texts: list[str], ngram: int) -> None:
    found = shingle_sets(texts, ngram)
    assert [len(shingles) for shingles in found] == [len(oracles.shingles(text, ngram)) for text in texts]
    assert all(shingles == sorted(set(shingles)) for shingles in found)


@given(st.lists(TEXTS, min_size=1, max_size=ALL_PAIRS), st.integers(1, 7))
@settings(deadline=None, max_examples=150)
@example(["", "...", "a"], 5)
def test_jaccard_is_that_of_sets_of_word_tuples(texts: list[str], ngram: int) -> None:
    left, right = (side.ravel().astype(np.int64) for side in np.indices((len(texts), len(texts))))
    found = jaccards(*sorted_shingles(*folded_bytes(texts), ngram), left, right)
    sets = [oracles.shingles(text, ngram) for text in texts]
    assert found.tolist() == [round(oracles.jaccard(sets[i], sets[j]), 9) for i, j in zip(left, right, strict=True)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a b c d e f", "a b c d e f", 1.0),
        ("a b c d e f", "A, B; c d e f", 1.0),
        ("a b c d e f", "a b c d e x", 1 / 3),
        ("a b", "a b c", 0.0),  # fewer words than a shingle has: one shingle of all of them
        ("a b", "A B", 1.0),
        ("a b a b a b a b", "a b a b a b", 1.0),  # repeated runs count once
        ("", "", 0.0),
        ("", "a", 0.0),
    ],
)
def test_similarity_of_known_pairs(one: str, other: str, expected: float) -> None:
    flat, bounds = sorted_shingles(*folded_bytes([one, other]), 5)
    found = jaccards(flat, bounds, np.array([0]), np.array([1]))
    assert found[0] == round(expected, 9)


def test_order_of_words_within_a_shingle_matters() -> None:
    (one,), (other,) = shingle_sets(["a b c", "c b a"], 3)
    assert one != other


def test_texts_of_a_batch_do_not_touch_each_other() -> None:
    alone = [shingle_sets([text], 2)[0] for text in ("a b", "c", "", "d e f")]
    assert shingle_sets(["a b", "c", "", "d e f"], 2) == alone


@given(st.lists(st.sampled_from([0, 1, 2, 17, 33, 1 << 40, 2**64 - 1, *range(64, 64 * 40, 64)]), max_size=60))
@settings(deadline=None, max_examples=200)
def test_the_first_of_equal_hashes_is_kept_whatever_slots_they_share(values: list[int]) -> None:
    hashes, table = np.array(values, np.uint64), np.full(256, 17, np.uint64)
    kept = distinct_in_place(hashes, len(values), table)
    assert hashes[:kept].tolist() == list(dict.fromkeys(values))


@given(st.integers(0, 400), st.integers(1, 400), st.sampled_from([0.5, 0.7, 0.75, 0.8, 1.0]))
@example(7, 10, 0.7)
@example(75, 100, 0.7)
def test_sizes_rule_out_what_no_two_such_sets_can_reach(one: int, other: int, min_jaccard: float) -> None:
    best = Fraction(min(one, other), max(one, other))  # the smaller set lies within the other
    assert too_unequal(one, other, min_jaccard) == (best < Fraction(str(min_jaccard)))
    assert too_unequal(other, one, min_jaccard) == too_unequal(one, other, min_jaccard)
