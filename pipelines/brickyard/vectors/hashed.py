"""Hashed TF-IDF, projected: vectors that know words, made without any model.

Each word is hashed to one of FEATURES features; a feature adds its weight, with fixed signs, to PROJECTIONS coordinates
(feature hashing: Weinberger et al. 2009; sparse projection: Achlioptas 2003). The weight is sqrt(count) times
ln((1 + documents) / (1 + document frequency)) + 1: square roots are the same on every machine, logarithms of counts not.
"""

import numba
import numpy as np

from brickyard.text.shingles import scratch_slots
from brickyard.text.words import BYTES, character_classes, hash_words, mix

FEATURES = 1 << 18
PROJECTIONS = 4


@numba.njit("void(int64[::1], int64[::1], int64, int64[::1])", cache=True)
def _count_runs(features, counts, n, out):
    """Sort features[:n] and merge equal ones: out[0] distinct features at the front, their counts beside them."""
    ordered = np.sort(features[:n])
    distinct = 0
    for i in range(n):
        if i == 0 or ordered[i] != ordered[i - 1]:
            features[distinct], counts[distinct] = ordered[i], 0
            distinct += 1
        counts[distinct - 1] += 1
    out[0] = distinct


@numba.njit(numba.int64[::1](BYTES, numba.int64[::1], BYTES, numba.int64), cache=True)
def _frequencies(data, offsets, classes, features):
    totals = np.zeros(features, np.int64)
    slots = scratch_slots(offsets)
    words, found, counts = np.empty(slots, np.uint64), np.empty(slots, np.int64), np.empty(slots, np.int64)
    distinct = np.zeros(1, np.int64)
    for i in range(len(offsets) - 1):
        n = hash_words(data, offsets[i], offsets[i + 1], classes, words)
        for k in range(n):
            found[k] = np.int64(words[k] & np.uint64(features - 1))
        _count_runs(found, counts, n, distinct)
        for k in range(distinct[0]):
            totals[found[k]] += 1
    return totals


def document_frequencies(data: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """In how many texts of a folded batch each feature occurs: int64 of shape (FEATURES,)."""
    return _frequencies(data, offsets, character_classes(), FEATURES)


def inverse_frequencies(frequencies: np.ndarray, documents: int) -> np.ndarray:
    """ln((1 + documents) / (1 + frequency)) + 1, float64 of the same shape."""
    return np.log((1 + documents) / (1 + frequencies)) + 1


@numba.njit(numba.float32[:, ::1](BYTES, numba.int64[::1], BYTES, numba.float64[::1], numba.int64, numba.int64), cache=True)
def _vectors(data, offsets, classes, inverse, dimension, projections):
    n = len(offsets) - 1
    slots = scratch_slots(offsets)
    words, found, counts = np.empty(slots, np.uint64), np.empty(slots, np.int64), np.empty(slots, np.int64)
    distinct, out = np.zeros(1, np.int64), np.zeros((n, dimension), np.float32)
    for i in range(n):
        count = hash_words(data, offsets[i], offsets[i + 1], classes, words)
        for k in range(count):
            found[k] = np.int64(words[k] & np.uint64(len(inverse) - 1))
        _count_runs(found, counts, count, distinct)
        vector = np.zeros(dimension)
        for k in range(distinct[0]):
            weight = np.sqrt(np.float64(counts[k])) * inverse[found[k]]
            for p in range(projections):
                h = mix(np.uint64(found[k] * projections + p + 1) * np.uint64(0x9E3779B97F4A7C15))
                place = np.int64((h >> np.uint64(32)) % np.uint64(dimension))
                vector[place] += weight if h & np.uint64(1) else -weight
        square = 0.0
        for d in range(dimension):
            square += vector[d] * vector[d]
        if square > 0:
            length = np.sqrt(square)
            for d in range(dimension):
                out[i, d] = np.float32(vector[d] / length)
    return out


def hashed_vectors(data: np.ndarray, offsets: np.ndarray, inverse: np.ndarray, dimension: int) -> np.ndarray:
    """Unit vectors of a folded batch, float32 of shape (n, dimension); all zero for a text without words."""
    return _vectors(data, offsets, character_classes(), inverse, dimension, PROJECTIONS)
