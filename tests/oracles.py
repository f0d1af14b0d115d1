"""Slow, obvious and exact versions of what the kernels compute, written from the definitions in the architecture."""

import itertools
import re
import unicodedata
from collections.abc import Sequence

UNSPACED = (
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Han
    "\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
)
_WORD = re.compile(rf"(?=\w)[{UNSPACED}]|[^\W{UNSPACED}]+")


def words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def shingles(text: str, ngram: int) -> set[tuple[str, ...]]:
    all_words = words(text)
    if not all_words:
        return set()
    width = min(ngram, len(all_words))
    return {tuple(all_words[i : i + width]) for i in range(len(all_words) - width + 1)}


def mix(h: int) -> int:
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    h = (h ^ h >> 27) * 0x94D049BB133111EB % 2**64
    return h ^ h >> 31


def word_hash(word: str) -> int:
    h = 0xCBF29CE484222325
    for byte in word.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return mix(h)


def shingle_hash(shingle: tuple[str, ...]) -> int:
    h = len(shingle)
    for word in shingle:
        h = mix((h * 0x9E3779B97F4A7C15 + word_hash(word)) % 2**64)
    return h


def signature(text: str, ngram: int, count: int) -> list[int]:
    """MinHash as the architecture defines it; all ones for a text without words."""
    hashes = [shingle_hash(shingle) for shingle in shingles(text, ngram)]
    numbers = [mix(i * 0x9E3779B97F4A7C15 % 2**64) for i in range(1, 2 * count + 1)]
    permutations = [(numbers[i] | 1, numbers[count + i]) for i in range(count)]
    return [min([(a * h + b) % 2**64 >> 32 for h in hashes], default=2**32 - 1) for a, b in permutations]


def jaccard(one: set, other: set) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def representatives(count: int, similar: dict[tuple[int, int], float]) -> dict[int, int]:
    """Dropped rank -> its representative; ranks in order of preference, `similar` (earlier, later) -> similarity."""
    dropped: dict[int, int] = {}
    for later in range(count):
        kept = [(-value, i) for (i, j), value in similar.items() if j == later and i not in dropped]
        if kept:
            dropped[later] = min(kept)[1]
    return dropped


def components(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """The smallest node of each node's component, by breadth-first search."""
    neighbours = {node: {b for a, b in edges if a == node} | {a for a, b in edges if b == node} for node in range(count)}
    labels: dict[int, int] = {}
    for start in range(count):
        frontier = {start} if start not in labels else set()
        while frontier:
            labels.update(dict.fromkeys(frontier, start))
            frontier = set(itertools.chain.from_iterable(neighbours[node] for node in frontier)) - labels.keys()
    return [labels[node] for node in range(count)]
