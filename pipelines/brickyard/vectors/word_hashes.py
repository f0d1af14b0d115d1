"""The words of a batch of texts as hashes."""

import numba
import numpy as np

from brickyard.text.shingles import scratch_slots
from brickyard.text.words import BYTES, character_classes, hash_words


@numba.njit(numba.types.Tuple((numba.uint64[::1], numba.int64[::1]))(BYTES, numba.int64[::1], BYTES), cache=True)
def _hashes(data, offsets, classes):
    bounds = np.zeros(len(offsets), np.int64)
    out = np.empty(len(data) + len(offsets), np.uint64)
    scratch = np.empty(scratch_slots(offsets), np.uint64)
    for i in range(len(offsets) - 1):
        count = hash_words(data, offsets[i], offsets[i + 1], classes, scratch)
        out[bounds[i] : bounds[i] + count] = scratch[:count]
        bounds[i + 1] = bounds[i] + count
    return out[: bounds[-1]].copy(), bounds


def word_hashes(data: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hashes (uint64) of the words of a folded batch, text after text, and n + 1 offsets (int64)."""
    return _hashes(data, offsets, character_classes())
