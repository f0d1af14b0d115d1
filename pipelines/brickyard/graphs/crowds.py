"""Choosing representatives where groups are too large to compare all members: kept ones only, the same kept set."""

import numba
import numpy as np

from brickyard.text.shingles import jaccard, too_unequal

BY_LENGTH, BY_SIGNATURE, COMPARED = 0, 1, 2


@numba.njit("int64(uint8[:,::1], int64, int64)", cache=True)
def agreement(sketches, a, b):
    """Equal entries of two signatures' sketches."""
    equal = 0
    for k in range(sketches.shape[1]):
        equal += sketches[a, k] == sketches[b, k]
    return equal


@numba.njit("Tuple((int64, float64))(uint64[::1], int64[::1], uint8[:,::1], int64, int64, float64, int64)", cache=True)
def examine(flat, bounds, sketches, i, j, min_jaccard, required):
    """How a pair was examined (by length, by signature, compared exactly), and its Jaccard index if compared."""
    one, other = bounds[i + 1] - bounds[i], bounds[j + 1] - bounds[j]
    if too_unequal(one, other, min_jaccard):
        return BY_LENGTH, 0.0
    if agreement(sketches, i, j) < required:
        return BY_SIGNATURE, 0.0
    return COMPARED, jaccard(flat, bounds[i], bounds[i + 1], bounds[j], bounds[j + 1])


@numba.njit(cache=True)
def choose_in_crowds(starts, earlier, similarity, crowd_starts, crowds, offsets, flat, bounds, sketches, limits):
    """As `choose_representatives`, with crowds: groups whose members are compared with their kept members only.

    Rank j is in crowds[crowd_starts[j]:crowd_starts[j + 1]]; crowd c has offsets[c + 1] - offsets[c] members;
    limits: (min_jaccard, required agreement). Returns each rank's representative (-1: kept), the pairs found in crowds
    (later, earlier, similarity), and how many pairs were rejected by length, by signature, and compared exactly.
    """
    n = len(starts) - 1
    representative, best, seen = np.full(n, -1, np.int64), np.zeros(n), np.full(n, -1, np.int64)
    kept, kept_count = np.empty(offsets[-1], np.int64), np.zeros(len(offsets) - 1, np.int64)
    found, found_similarity, examined = [(0, 0)][:0], [0.0][:0], np.zeros(3, np.int64)
    for j in range(n):
        for pair in range(starts[j], starts[j + 1]):
            seen[earlier[pair]] = j
            if representative[earlier[pair]] < 0 and similarity[pair] > best[j]:
                representative[j], best[j] = earlier[pair], similarity[pair]
        for c in crowds[crowd_starts[j] : crowd_starts[j + 1]]:
            for i in kept[offsets[c] : offsets[c] + kept_count[c]]:
                if seen[i] == j:
                    continue
                seen[i] = j
                how, value = examine(flat, bounds, sketches, i, j, limits[0], limits[1])
                examined[how] += 1
                if how == COMPARED and value >= limits[0]:
                    found.append((j, i))
                    found_similarity.append(value)
                    if value > best[j] or (value == best[j] and i < representative[j]):
                        representative[j], best[j] = i, value
        if representative[j] < 0:
            for c in crowds[crowd_starts[j] : crowd_starts[j + 1]]:
                kept[offsets[c] + kept_count[c]] = j
                kept_count[c] += 1
    return representative, found, found_similarity, examined
