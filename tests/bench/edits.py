"""Edits that bring a document to a wanted similarity with its original. A document is an array of stream positions."""

from collections.abc import Callable

import numpy as np

from tests.bench.similarity import NGRAM, jaccard, shingles
from tests.bench.stream import word_numbers

Edit = Callable[[np.ndarray, float, np.random.Generator, int], np.ndarray]
"""(document, wanted similarity, random numbers, first unused position of the stream) -> the edited document."""


def truncate(document: np.ndarray, wanted: float, _random: np.random.Generator, _fresh: int) -> np.ndarray:
    """The end is cut off: k of n shingles remain, similarity k / n."""
    return document[: round(wanted * (len(document) - NGRAM + 1)) + NGRAM - 1]


def insert(document: np.ndarray, wanted: float, random: np.random.Generator, fresh: int) -> np.ndarray:
    """New words in one place: n - 4 of n + m shingles remain."""
    runs, lost = len(document) - NGRAM + 1, NGRAM - 1
    count = max(1, round((runs - lost) / wanted - runs))
    place = random.integers(NGRAM, len(document) - NGRAM)
    return np.concatenate([document[:place], np.arange(fresh, fresh + count), document[place:]])


def replace(document: np.ndarray, wanted: float, random: np.random.Generator, fresh: int) -> np.ndarray:
    """Words far enough apart become others: each costs five shingles and brings five."""
    runs = len(document) - NGRAM + 1
    count = max(1, round(runs * (1 - wanted) / (1 + wanted) / NGRAM))
    places = _places(len(document), count, random)
    edited = document.copy()
    edited[places] = np.arange(fresh, fresh + count)
    return edited


def swap(document: np.ndarray, wanted: float, random: np.random.Generator, _fresh: int) -> np.ndarray:
    """Neighbouring words change places: each pair costs six shingles and brings six."""
    runs = len(document) - NGRAM + 1
    count = max(1, round(runs * (1 - wanted) / (1 + wanted) / (NGRAM + 1)))
    places = _places(len(document) - 1, count, random)
    edited = document.copy()
    edited[places], edited[places + 1] = document[places + 1], document[places]
    return edited


def _places(length: int, count: int, random: np.random.Generator) -> np.ndarray:
    """Places whose shingles do not overlap, if there is room: one in the middle third of each of `count` strips."""
    width = (length - 2 * NGRAM) / count
    offset = random.uniform(1 / 3, 2 / 3, count) if width > 3 * NGRAM else 0.5
    return NGRAM + ((np.arange(count) + offset) * width).astype(np.int64)


EDITS: tuple[Edit, ...] = (replace, truncate, insert, swap)


def edit_into(
    document: np.ndarray, low: float, high: float, kind: int, random: np.random.Generator, fresh: int, seed: int
) -> tuple[np.ndarray, float, str]:
    """A copy whose similarity lies in low <= J < high: (copy, exact similarity, what was done).

    An edit that misses, since words come in whole numbers and sometimes twice, is replaced by a truncation.
    """
    wanted = random.uniform(low, high)
    original = shingles(word_numbers(document, seed))
    for edit, goal in ((EDITS[kind % len(EDITS)], wanted), (truncate, wanted), (truncate, (low + high) / 2)):
        copy = edit(document, goal, random, fresh)
        similarity = jaccard(original, shingles(word_numbers(copy, seed)))
        if low <= similarity < high:
            return copy, similarity, edit.__name__
    raise ValueError(f"no edit of {len(document)} words reaches a similarity in [{low}, {high})")
