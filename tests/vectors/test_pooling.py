"""Means of rows, and looking words up, against plain Python."""

import numpy as np
import pytest
from brickyard.text.words import folded_bytes
from brickyard.vectors.models.word2vec import places_in
from brickyard.vectors.pooling import mean_rows, unit_rows
from brickyard.vectors.word_hashes import word_hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles

TABLE = np.random.default_rng(5).normal(size=(7, 5)).astype(np.float32)
ROWS = st.lists(st.lists(st.integers(-1, 6), max_size=6), max_size=5)


@given(ROWS)
@settings(deadline=None, max_examples=100)
def test_means_leave_out_unknown_rows_and_have_unit_length(texts: list[list[int]]) -> None:
    flat = np.array([row for text in texts for row in text], np.int64)
    found = mean_rows(TABLE, flat, np.cumsum([0, *map(len, texts)], dtype=np.int64))
    for text, vector in zip(texts, found, strict=True):
        known = [TABLE[row].astype(np.float64) for row in text if row >= 0]
        total = sum(known, np.zeros(5))
        assert vector.tolist() == pytest.approx((total / (np.linalg.norm(total) or 1)).tolist(), abs=1e-6)


def test_unit_rows_leaves_zeros() -> None:
    assert unit_rows(np.array([[3.0, 4.0], [0, 0]])).tolist() == [pytest.approx([0.6, 0.8]), [0, 0]]


@given(st.lists(st.sampled_from(["a b a", "", "größe, 二二!", "...", "b"]), max_size=6))
@settings(deadline=None, max_examples=50)
def test_word_hashes_are_equal_where_words_are(texts: list[str]) -> None:
    hashes, offsets = word_hashes(*folded_bytes(texts))
    words = [oracles.words(text) for text in texts]
    assert np.diff(offsets).tolist() == [len(one) for one in words]
    flat = [word for one in words for word in one]
    assert len(set(zip(flat, hashes.tolist(), strict=True))) == len(set(flat)) == len(set(hashes.tolist()))


@given(st.sets(st.integers(0, 2**64 - 1), max_size=8), st.lists(st.integers(0, 2**64 - 1), max_size=8))
@settings(deadline=None, max_examples=100)
def test_places_are_those_in_the_sorted_vocabulary(vocabulary: set[int], others: list[int]) -> None:
    ordered, asked = sorted(vocabulary), [*others, *vocabulary]
    found = places_in(np.array(ordered, np.uint64), np.array(asked, np.uint64))
    assert found.tolist() == [ordered.index(one) if one in vocabulary else -1 for one in asked]
