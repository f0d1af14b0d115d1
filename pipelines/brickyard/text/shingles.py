"""Shingles, the sets whose Jaccard index is the similarity of two texts."""

import numba
import numpy as np

from brickyard.text.words import BYTES, character_classes, hash_words, mix


@numba.njit("int64(uint64[::1], int64, int64)", cache=True)
def shingle_in_place(words, count, ngram):
    """Turn word hashes into the hashes of all runs of `ngram` words; fewer words than that give one run of all."""
    if count == 0:
        return 0
    width = min(count, ngram)
    runs = count - width + 1
    for i in range(runs):
        h = np.uint64(width)
        for j in range(width):
            h = mix(h * np.uint64(0x9E3779B97F4A7C15) + words[i + j])
        words[i] = h
    return runs


@numba.njit("int64(uint64[::1], int64, uint64[::1], int64[::1], int64)", cache=True)
def distinct_in_place(hashes, count, table, stamps, stamp):
    """Keep the first of equal hashes; return how many remain. `table` and `stamps` are scratch of 2^m > count slots."""
    mask = np.uint64(len(table) - 1)
    kept = 0
    for i in range(count):
        h = hashes[i]
        slot = h & mask
        while stamps[slot] == stamp and table[slot] != h:
            slot = (slot + np.uint64(1)) & mask
        if stamps[slot] != stamp:
            stamps[slot] = stamp
            table[slot] = h
            hashes[kept] = h
            kept += 1
    return kept


@numba.njit("int64(int64[::1])", cache=True)
def scratch_slots(offsets):
    """A power of two above the bytes of the longest text, which has hardly half as many words: an open table stays fast."""
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    slots = 16
    while slots < longest + 2:
        slots *= 2
    return slots


@numba.njit(numba.types.Tuple((numba.uint64[::1], numba.int64[::1]))(BYTES, numba.int64[::1], BYTES, numba.int64),
            cache=True)  # fmt: skip
def _sorted_shingles(data, offsets, classes, ngram):
    n = len(offsets) - 1
    slots = scratch_slots(offsets)
    table, stamps = np.empty(slots, np.uint64), np.zeros(slots, np.int64)
    words = np.empty(slots, np.uint64)
    flat, bounds = np.empty(offsets[n] - offsets[0] + 1, np.uint64), np.zeros(n + 1, np.int64)
    for i in range(n):
        count = hash_words(data, offsets[i], offsets[i + 1], classes, words)
        count = distinct_in_place(words, shingle_in_place(words, count, ngram), table, stamps, i + 1)
        flat[bounds[i] : bounds[i] + count] = np.sort(words[:count])
        bounds[i + 1] = bounds[i] + count
    return flat[: bounds[n]].copy(), bounds


def sorted_shingles(data: np.ndarray, offsets: np.ndarray, ngram: int) -> tuple[np.ndarray, np.ndarray]:
    """The shingle set of each text of a folded batch: sorted uint64 one set after another, and n + 1 bounds."""
    return _sorted_shingles(data, offsets, character_classes(), ngram)


@numba.njit("float64(uint64[::1], int64, int64, int64, int64)", cache=True)
def jaccard(flat, a, a_end, b, b_end):
    """Jaccard index of two sorted sets flat[a:a_end] and flat[b:b_end], rounded to 1e-9; 0 if both are empty."""
    size, common = (a_end - a) + (b_end - b), 0
    if size == 0:
        return 0.0
    while a < a_end and b < b_end:
        x, y = flat[a], flat[b]
        common += x == y
        a += x <= y
        b += y <= x
    return round(common / (size - common) * 1e9) / 1e9


@numba.njit("float64[::1](uint64[::1], int64[::1], int64[::1], int64[::1])", cache=True)
def jaccards(flat, bounds, left, right):
    """Jaccard index of the sets numbered left[i] and right[i], for each i."""
    out = np.empty(len(left))
    for i in range(len(left)):
        a, b = left[i], right[i]
        out[i] = jaccard(flat, bounds[a], bounds[a + 1], bounds[b], bounds[b + 1])
    return out
