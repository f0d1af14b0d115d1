import math
import random
from collections import Counter

import numpy as np
import pytest
from brickyard.text.words import character_classes, folded_bytes, hash_words
from brickyard.vectors.hashed import FEATURES, PROJECTIONS, document_frequencies, hashed_vectors, inverse_frequencies
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles

TEXTS = st.lists(st.sampled_from(["a", "b", "cat", "dog", "\u4e2d", "..."]), max_size=12).map(" ".join)
MASK = 2**64 - 1


def feature(word: str) -> int:
    data, offsets = folded_bytes([word])
    out = np.zeros(len(data) + 1, np.uint64)
    hash_words(data, offsets[0], offsets[1], character_classes(), out)
    return int(out[0]) % FEATURES


def mix(h: int) -> int:
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    h = (h ^ (h >> 27)) * 0x94D049BB133111EB & MASK
    return h ^ (h >> 31)


def vector(text: str, inverse: np.ndarray, dimension: int) -> list[float]:
    parts = [[0.0] for _ in range(dimension)]
    for number, count in Counter(feature(word) for word in oracles.words(text)).items():
        for projection in range(PROJECTIONS):
            h = mix((number * PROJECTIONS + projection + 1) * 0x9E3779B97F4A7C15 & MASK)
            parts[(h >> 32) % dimension].append((1 if h & 1 else -1) * math.sqrt(count) * inverse[number])
    sums = [math.fsum(part) for part in parts]
    length = math.sqrt(math.fsum(value * value for value in sums))
    return [value / length for value in sums] if length else sums


@given(st.lists(TEXTS, max_size=5))
@settings(deadline=None, max_examples=50)
def test_document_frequencies_count_texts_not_words(texts: list[str]) -> None:
    expected = Counter(number for text in texts for number in {feature(word) for word in oracles.words(text)})
    found = document_frequencies(*folded_bytes(texts))
    assert {int(number): int(found[number]) for number in np.flatnonzero(found)} == expected


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from([8, 100, 256]))
@settings(deadline=None, max_examples=60)
def test_vectors_are_those_of_the_formula(texts: list[str], dimension: int) -> None:
    inverse = 1 + np.arange(FEATURES) / FEATURES
    found = hashed_vectors(*folded_bytes(texts), inverse, dimension)
    assert found.tolist() == [pytest.approx(vector(text, inverse, dimension), abs=1e-6) for text in texts]


@given(st.lists(TEXTS, min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_vectors_have_unit_length_or_no_word(texts: list[str]) -> None:
    found = hashed_vectors(*folded_bytes(texts), np.ones(FEATURES), 256)
    lengths = [math.sqrt(math.fsum(float(value) ** 2 for value in row)) for row in found]
    assert lengths == [pytest.approx(1 if oracles.words(text) else 0, abs=1e-6) for text in texts]


@given(TEXTS, st.integers(0, 100))
@settings(deadline=None, max_examples=60)
def test_order_of_words_does_not_change_a_bit(text: str, seed: int) -> None:
    words = text.split()
    found = hashed_vectors(
        *folded_bytes([text, " ".join(random.Random(seed).sample(words, len(words)))]), np.ones(FEATURES), 64
    )
    assert (found[0] == found[1]).all()


def test_inverse_frequency_falls_from_rare_to_common() -> None:
    found = inverse_frequencies(np.array([0, 1, 9]), 9)
    assert found.tolist() == pytest.approx([math.log(10) + 1, math.log(5) + 1, 1.0])
