"""MinHash signatures and bands (Broder 1997, sections 3-4; bands: Leskovec, Rajaraman, Ullman, 3.4.1)."""

import functools
import itertools
import math
from dataclasses import dataclass
from decimal import Decimal

import numba
import numpy as np

from brickyard.text.shingles import distinct_in_place, hash_runs, scratch
from brickyard.text.words import BYTES, character_classes, hash_words, mix

MISS_PROBABILITY = 1e-6
"""At most this often is a pair at the threshold rejected by its signature alone."""

_AT_ONCE = 2048
"""Hashes that all permutations see before the next ones come: they stay in the nearest cache."""


@dataclass(frozen=True)
class Signing:
    """Words of a shingle, entries of a signature, and into how many bands the entries are cut."""

    ngram: int
    permutations: int
    bands: int


@functools.cache
def permutations(count: int) -> np.ndarray:
    """Fixed multipliers (odd) and addends of h -> (a h + b) mod 2^64 >> 32; uint64 of shape (2, count).

    Multiply-add-shift is 2-universal (Dietzfelbinger et al. 1997, section 2).
    """
    numbers = np.array([mix(i * 0x9E3779B97F4A7C15 % 2**64) for i in range(1, 2 * count + 1)], np.uint64)
    return np.stack([numbers[:count] | np.uint64(1), numbers[count:]])


def required_agreement(count: int, min_jaccard: float) -> int:
    """Fewest equal entries of two signatures that a pair at `min_jaccard` shows, but for MISS_PROBABILITY."""
    # decimal: with many permutations these terms leave the range of floats
    miss = 1 - Decimal(min_jaccard)
    agreements = (
        math.comb(count, k) * Decimal(min_jaccard) ** k * (miss ** (count - k) if k < count else 1) for k in range(count + 1)
    )
    return sum(total <= MISS_PROBABILITY for total in itertools.accumulate(agreements))


@numba.njit("void(uint64[::1], uint64[:,::1], int64, uint32[::1])", cache=True)
def _sign_four(hashes, ab, k, signature):
    """Entries k to k + 3: the minima stay in registers, and lose their lower halves at the end, which changes no order."""
    a0, a1, a2, a3 = ab[0, k], ab[0, k + 1], ab[0, k + 2], ab[0, k + 3]
    b0, b1, b2, b3 = ab[1, k], ab[1, k + 1], ab[1, k + 2], ab[1, k + 3]
    m0 = m1 = m2 = m3 = np.uint64(0xFFFFFFFFFFFFFFFF)
    for i in range(len(hashes)):
        h = hashes[i]
        m0, m1 = min(m0, a0 * h + b0), min(m1, a1 * h + b1)
        m2, m3 = min(m2, a2 * h + b2), min(m3, a3 * h + b3)
    signature[k] = min(signature[k], np.uint32(m0 >> np.uint64(32)))
    signature[k + 1] = min(signature[k + 1], np.uint32(m1 >> np.uint64(32)))
    signature[k + 2] = min(signature[k + 2], np.uint32(m2 >> np.uint64(32)))
    signature[k + 3] = min(signature[k + 3], np.uint32(m3 >> np.uint64(32)))


@numba.njit("void(uint64[::1], uint64[:,::1], int64, uint32[::1])", cache=True)
def _sign_one(hashes, ab, k, signature):
    a, b, smallest = ab[0, k], ab[1, k], np.uint64(0xFFFFFFFFFFFFFFFF)
    for i in range(len(hashes)):
        h = hashes[i]
        smallest = min(smallest, a * h + b)
    signature[k] = min(signature[k], np.uint32(smallest >> np.uint64(32)))


@numba.njit("void(uint64[::1], uint64[:,::1], uint32[::1])", cache=True)
def _sign(hashes, ab, signature):
    signature[:] = np.uint32(0xFFFFFFFF)
    fours = len(signature) // 4 * 4
    for start in range(0, len(hashes), _AT_ONCE):
        some = hashes[start : start + _AT_ONCE]
        for k in range(0, fours, 4):
            _sign_four(some, ab, k, signature)
        for k in range(fours, len(signature)):
            _sign_one(some, ab, k, signature)


@numba.njit(
    numba.types.Tuple((numba.int64[::1], numba.int32[::1], numba.uint32[:, ::1]))(
        BYTES, numba.int64[::1], BYTES, numba.int64, numba.uint64[:, ::1]
    ),
    cache=True,
)
def _count_and_sign(data, offsets, classes, ngram, ab):
    n = len(offsets) - 1
    words, runs, table = scratch(offsets)
    counts, sizes, signatures = np.empty(n, np.int64), np.empty(n, np.int32), np.empty((n, ab.shape[1]), np.uint32)
    for i in range(n):
        counts[i] = hash_words(data, offsets[i], offsets[i + 1], classes, words)
        sizes[i] = distinct_in_place(runs, hash_runs(words, counts[i], ngram, runs), table)
        _sign(runs[: sizes[i]], ab, signatures[i])
    return counts, sizes, signatures


def count_and_sign(data: np.ndarray, offsets: np.ndarray, ngram: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words (int64, n), sizes of the shingle sets (int32, n), signatures (uint32, n x count) of a folded batch."""
    return _count_and_sign(data, offsets, character_classes(), ngram, permutations(count))


def signatures(data: np.ndarray, offsets: np.ndarray, ngram: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of the shingle sets and their signatures, as `count_and_sign` gives them."""
    return count_and_sign(data, offsets, ngram, count)[1:]


@numba.njit("int64[:,::1](uint32[:,::1], int64)", cache=True)
def band_keys(signatures, bands):
    """One 64-bit key per band of each signature, int64 of shape (n, bands); equal rows of a band give equal keys."""
    n, rows = len(signatures), signatures.shape[1] // bands
    keys = np.empty((n, bands), np.int64)
    for i in range(n):
        for band in range(bands):
            h = np.uint64(band + 1)
            for row in range(band * rows, (band + 1) * rows):
                h = mix(h * np.uint64(0x9E3779B97F4A7C15) + np.uint64(signatures[i, row]))
            keys[i, band] = np.int64(h)
    return keys


def sketches(signatures: np.ndarray) -> np.ndarray:
    """The lowest byte of every entry, uint8 (b-bit MinHash: Li, Koenig 2010): never shows less agreement, 1/4 the size."""
    return signatures.astype(np.uint8)
