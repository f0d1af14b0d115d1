"""Shingles, the sets whose Jaccard index is the similarity of two texts."""

import numba
import numpy as np

from brickyard.text.words import BYTES, character_classes, hash_words, mix


@numba.njit("int64(uint64[::1], int64, int64, uint64[::1])", cache=True)
def hash_runs(words, count, ngram, runs):
    """Write the hashes of all runs of `ngram` words to `runs`; fewer words than that give one run of all."""
    if count == 0:
        return 0
    width = min(count, ngram)
    total = count - width + 1
    for i in range(total):
        runs[i] = np.uint64(width)
    for j in range(width):  # word by word, not run by run: this inner loop becomes vector instructions
        for i in range(total):
            runs[i] = mix(runs[i] * np.uint64(0x9E3779B97F4A7C15) + words[i + j])
    return total


@numba.njit("int64(int64)", cache=True)
def _slots(count):
    """A power of two, at least four times `count`: few hashes meet a slot that is taken."""
    slots = 16
    while slots < 4 * count:
        slots *= 2
    return slots


@numba.njit("int64(uint64[::1], int64, uint64[::1])", cache=True)
def distinct_in_place(hashes, count, table):
    """Keep the first of equal hashes; return how many remain. `table` is scratch for an open table, where 0 is empty."""
    slots = _slots(count)
    mask = np.uint64(slots - 1)
    table[:slots] = np.uint64(0)
    kept, seen_zero = 0, False
    for i in range(count):
        h = hashes[i]
        slot = h & mask
        while table[slot] != np.uint64(0) and table[slot] != h:
            slot = (slot + np.uint64(1)) & mask
        new = table[slot] != h or (h == np.uint64(0) and not seen_zero)
        seen_zero |= h == np.uint64(0)
        table[slot] = h
        hashes[kept] = h
        kept += new
    return kept


@numba.njit("int64(int64[::1])", cache=True)
def scratch_slots(offsets):
    """One more than the bytes of the longest text: room for the hashes of its words."""
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest + 1


@numba.njit("Tuple((uint64[::1], uint64[::1], uint64[::1]))(int64[::1])", cache=True)
def scratch(offsets):
    """Room for the words of the longest text, for their runs, and for the table that finds equal ones."""
    slots = scratch_slots(offsets)
    return np.empty(slots, np.uint64), np.empty(slots, np.uint64), np.empty(_slots(slots), np.uint64)


@numba.njit(numba.types.Tuple((numba.uint64[::1], numba.int64[::1]))(BYTES, numba.int64[::1], BYTES, numba.int64),
            cache=True)  # fmt: skip
def _sorted_shingles(data, offsets, classes, ngram):
    n = len(offsets) - 1
    words, runs, table = scratch(offsets)
    flat, bounds = np.empty(offsets[n] - offsets[0] + 1, np.uint64), np.zeros(n + 1, np.int64)
    for i in range(n):
        count = hash_words(data, offsets[i], offsets[i + 1], classes, words)
        count = distinct_in_place(runs, hash_runs(words, count, ngram, runs), table)
        flat[bounds[i] : bounds[i] + count] = np.sort(runs[:count])
        bounds[i + 1] = bounds[i] + count
    return flat[: bounds[n]].copy(), bounds


def sorted_shingles(data: np.ndarray, offsets: np.ndarray, ngram: int) -> tuple[np.ndarray, np.ndarray]:
    """The shingle set of each text of a folded batch: sorted uint64 one set after another, and n + 1 bounds."""
    return _sorted_shingles(data, offsets, character_classes(), ngram)


@numba.njit("boolean(int64, int64, float64)", cache=True)
def too_unequal(one, other, min_jaccard):
    """Whether the sizes of two sets alone rule out `min_jaccard`: the index is at most that of a set within the other.

    Rounded as the index itself: a product would reject pairs that lie exactly at the threshold.
    """
    return round(min(one, other) / max(one, other, 1) * 1e9) / 1e9 < min_jaccard


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
