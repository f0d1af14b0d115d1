"""MinHash signatures and bands (Broder 1997, sections 3-4; bands: Leskovec, Rajaraman, Ullman, 3.4.1)."""

import functools
import itertools
import math
from decimal import Decimal

import numba
import numpy as np

from brickyard.text.shingles import distinct_in_place, scratch_slots, shingle_in_place
from brickyard.text.words import BYTES, character_classes, hash_words, mix

MISS_PROBABILITY = 1e-6
"""At most this often is a pair at the threshold rejected by its signature alone."""


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


@numba.njit("void(uint64[::1], int64, uint64[:,::1], uint64[::1])", cache=True)
def _sign(hashes, count, ab, minima):
    minima[:] = np.uint64(0xFFFFFFFF)
    for i in range(count):
        h = hashes[i]
        for k in range(len(minima)):
            value = (ab[0, k] * h + ab[1, k]) >> np.uint64(32)
            minima[k] = min(minima[k], value)


@numba.njit(
    numba.types.Tuple((numba.int32[::1], numba.uint32[:, ::1]))(
        BYTES, numba.int64[::1], BYTES, numba.int64, numba.uint64[:, ::1]
    ),
    cache=True,
)
def _signatures(data, offsets, classes, ngram, ab):
    n = len(offsets) - 1
    slots = scratch_slots(offsets)
    table, stamps = np.empty(slots, np.uint64), np.zeros(slots, np.int64)
    words, minima = np.empty(slots, np.uint64), np.empty(ab.shape[1], np.uint64)
    sizes, signatures = np.empty(n, np.int32), np.empty((n, ab.shape[1]), np.uint32)
    for i in range(n):
        count = hash_words(data, offsets[i], offsets[i + 1], classes, words)
        count = distinct_in_place(words, shingle_in_place(words, count, ngram), table, stamps, i + 1)
        _sign(words, count, ab, minima)
        sizes[i] = count
        signatures[i] = minima.astype(np.uint32)
    return sizes, signatures


def signatures(data: np.ndarray, offsets: np.ndarray, ngram: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of the shingle sets (int32, n) and their signatures (uint32, n x count) for a folded batch."""
    return _signatures(data, offsets, character_classes(), ngram, permutations(count))


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
