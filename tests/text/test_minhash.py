import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from brickyard.text.minhash import (
    MISS_PROBABILITY,
    band_keys,
    count_and_sign,
    permutations,
    required_agreement,
    signatures,
    sketches,
)
from brickyard.text.words import folded_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles

TEXTS = st.lists(st.sampled_from("abcdefg"), max_size=20).map(" ".join)


def text_of(words: list[int]) -> str:
    return " ".join(f"w{word}" for word in words)


@given(st.lists(TEXTS, min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_signature_sizes_are_those_of_the_shingle_sets(texts: list[str]) -> None:
    sizes, _ = signatures(*folded_bytes(texts), 3, 16)
    assert sizes.tolist() == [len(oracles.shingles(text, 3)) for text in texts]


ODD_TEXTS = st.text(st.sampled_from("abAB  .\n_1\xe9\xc9e\u0301\u0130\u4e2d\u6587\u3042\u0e01\U00020000\u2028"), max_size=150)


@given(st.lists(st.one_of(TEXTS, ODD_TEXTS), min_size=1, max_size=4), st.integers(1, 6), st.integers(1, 13))
@settings(deadline=None, max_examples=150)
def test_counts_sizes_and_signatures_are_those_of_the_definition(texts: list[str], ngram: int, count: int) -> None:
    words, sizes, signed = count_and_sign(*folded_bytes(texts), ngram, count)
    assert words.tolist() == [len(oracles.words(text)) for text in texts]
    assert sizes.tolist() == [len(oracles.shingles(text, ngram)) for text in texts]
    assert signed.tolist() == [oracles.signature(text, ngram, count) for text in texts]


@pytest.mark.parametrize("words", [2047, 2048, 2049, 5000])
def test_signatures_of_long_texts_are_those_of_the_definition(words: int) -> None:
    text = text_of(list(range(words)))
    _, sizes, signed = count_and_sign(*folded_bytes(["a", text, "b c"]), 1, 6)
    assert sizes.tolist() == [1, words, 2]
    assert signed[1].tolist() == oracles.signature(text, 1, 6)


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=60)
def test_signature_of_a_union_is_the_minimum(one: str, other: str) -> None:
    _, signed = signatures(*folded_bytes([one, other, f"{one} {other}"]), 1, 64)
    assert (np.minimum(signed[0], signed[1]) == signed[2]).all()


@pytest.mark.parametrize("shared", [10, 30, 70, 95])
def test_share_of_equal_entries_estimates_jaccard_without_bias(shared: int) -> None:
    pairs, count, rng = 150, 128, random.Random(shared)
    agreements = []
    for _ in range(pairs):
        words = rng.sample(range(10**9), 100)
        only = (100 - shared) // 2
        _, (one, other) = signatures(*folded_bytes([text_of(words[only:]), text_of(words[: 100 - only])]), 1, count)
        agreements.append((one == other).mean())
    jaccard = (100 - 2 * ((100 - shared) // 2)) / 100
    assert abs(np.mean(agreements) - jaccard) < 5 * math.sqrt(jaccard * (1 - jaccard) / (pairs * count))


def exact_tail(count: int, jaccard: float, below: int) -> Fraction:
    """Probability that fewer than `below` of `count` independent entries are equal."""
    p = Fraction(jaccard)
    return sum((math.comb(count, k) * p**k * (1 - p) ** (count - k) for k in range(below)), Fraction(0))


@pytest.mark.parametrize("jaccard", [0.05, 0.3, 0.5, 0.7, 0.8, 0.95])
@pytest.mark.parametrize("count", [1, 16, 112, 128])
def test_required_agreement_is_the_largest_that_misses_rarely(count: int, jaccard: float) -> None:
    required = required_agreement(count, jaccard)
    assert exact_tail(count, jaccard, required) <= MISS_PROBABILITY < exact_tail(count, jaccard, required + 1)


@pytest.mark.parametrize("count", [1, 128, 4096])
def test_equal_sets_must_agree_everywhere(count: int) -> None:
    assert required_agreement(count, 1.0) == count


@pytest.mark.parametrize(("count", "jaccard"), [(2048, 0.7), (4096, 0.7), (4096, 0.3)])
def test_required_agreement_of_many_permutations_lies_five_deviations_below_the_mean(count: int, jaccard: float) -> None:
    deviation = math.sqrt(count * jaccard * (1 - jaccard))
    assert 4.5 < (count * jaccard - required_agreement(count, jaccard)) / deviation < 5.1


@given(st.integers(1, 8), st.integers(1, 8), st.data())
@settings(deadline=None, max_examples=60)
def test_band_keys_are_equal_where_all_rows_of_the_band_are(bands: int, rows: int, data: st.DataObject) -> None:
    entries = st.lists(st.integers(0, 1), min_size=bands * rows, max_size=bands * rows)
    signed = np.array([data.draw(entries) for _ in range(4)], np.uint32)
    keys = band_keys(signed, bands)
    for one, other in itertools.combinations(range(4), 2):
        equal = (signed[one] == signed[other]).reshape(bands, rows).all(axis=1)
        assert (keys[one] == keys[other]).tolist() == equal.tolist()


def test_equal_rows_in_different_bands_have_different_keys() -> None:
    assert len(set(band_keys(np.zeros((1, 64), np.uint32), 32)[0].tolist())) == 32


def test_sketches_never_show_less_agreement() -> None:
    signed = np.random.default_rng(1).integers(0, 512, (2, 4000)).astype(np.uint32)
    one, other = sketches(signed)
    assert ((one == other) | (signed[0] != signed[1])).all()
    assert (one == other).sum() > (signed[0] == signed[1]).sum()


def test_multipliers_are_odd_and_no_two_permutations_are_the_same() -> None:
    multipliers, addends = permutations(512)
    assert (multipliers % 2 == 1).all()
    assert len(set(zip(multipliers.tolist(), addends.tolist(), strict=True))) == 512
