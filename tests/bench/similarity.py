"""The exact similarity of two documents, computed without anything of Brickyard's: the Jaccard index of their shingles."""

import re
from collections.abc import Iterable

import numpy as np

from tests.bench.stream import mix

NGRAM = 5
"""Words in a shingle."""


def shingles(words: np.ndarray) -> np.ndarray:
    """The distinct runs of NGRAM words (all words, if there are fewer) as sorted 64-bit fingerprints."""
    width = min(NGRAM, len(words))
    runs = np.lib.stride_tricks.sliding_window_view(words.astype(np.uint64), width)
    prints = np.full(len(runs), width, np.uint64)
    for column in runs.T:
        prints = mix(prints * np.uint64(0x9E3779B97F4A7C15) + column)
    return np.unique(prints)


def jaccard(left: np.ndarray, right: np.ndarray) -> float:
    """Jaccard index of two sets as `shingles` returns them."""
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / (len(left) + len(right) - common)


def word_sets(texts: Iterable[str]) -> list[np.ndarray]:
    """The shingles of texts: words are runs of \\w in lower case."""
    numbers: dict[str, int] = {}
    number = numbers.setdefault
    split = (re.findall(r"\w+", text.lower()) for text in texts)
    return [shingles(np.array([number(word, len(numbers)) for word in words] or [-1])) for words in split]
