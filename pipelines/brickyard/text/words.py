"""Words, as hashes: the compiled loop under shingles, MinHash and hashed embeddings.

A word is a maximal run of `\\w` in the folded text; in scripts written without spaces each `\\w` character is a word.
"""

import functools
import unicodedata
from collections.abc import Sequence

import numba
import numpy as np
import pyarrow as pa

UNSPACED_SCRIPTS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3134F),  # Han
    (0x3040, 0x30FF), (0x31F0, 0x31FF),  # kana
    (0x0E00, 0x0E7F), (0x0E80, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF),  # Thai, Lao, Myanmar, Khmer
)  # fmt: skip
"""First and last code point of the scripts whose characters are words of their own."""

BYTES = numba.types.Array(numba.uint8, 1, "C", readonly=True)
"""The type of folded text in compiled code: bytes of an Arrow buffer may not be written."""

_BETWEEN, _IN_WORD, _WHOLE_WORD = 0, 1, 2


def fold(text: str) -> str:
    """NFC and lower case: the form in which words are compared."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).lower()


@functools.cache
def character_classes() -> np.ndarray:
    """One class per code point, uint8 of shape (0x110000,): between words, in a word, a word by itself."""
    letters = (chr(point).isalnum() for point in range(0x110000))
    classes = np.fromiter(letters, np.uint8, 0x110000)
    classes[ord("_")] = _IN_WORD
    for first, last in UNSPACED_SCRIPTS:
        classes[first : last + 1] *= _WHOLE_WORD
    return classes


def folded_bytes(texts: Sequence[str | None] | pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Fold a batch: its UTF-8 bytes one after another (uint8), and n + 1 offsets (int64). Null counts as empty."""
    values = texts.to_pylist() if isinstance(texts, pa.Array) else texts
    parts = [fold(text).encode() if text else b"" for text in values]
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return np.frombuffer(b"".join(parts), np.uint8), offsets


@numba.njit(numba.uint64(numba.uint64), cache=True, inline="always")
def mix(h):
    """Finaliser of SplitMix64 (Steele, Lea, Flood 2014, section 3): every input bit reaches every output bit."""
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@numba.njit(cache=True, inline="always")
def _decode(data, i):
    """The code point that starts at byte i of valid UTF-8, and its length in bytes."""
    b = np.int32(data[i])
    if b < 0x80:
        return b, 1
    if b < 0xE0:
        return ((b & 0x1F) << 6) | (data[i + 1] & 0x3F), 2
    if b < 0xF0:
        return ((b & 0x0F) << 12) | (np.int32(data[i + 1] & 0x3F) << 6) | (data[i + 2] & 0x3F), 3
    high = ((b & 0x07) << 18) | (np.int32(data[i + 1] & 0x3F) << 12)
    return high | (np.int32(data[i + 2] & 0x3F) << 6) | (data[i + 3] & 0x3F), 4


_FNV_OFFSET, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@numba.njit(numba.int64(BYTES, numba.int64, numba.int64, BYTES, numba.uint64[::1]), cache=True)
def hash_words(data, start, end, classes, out):
    """Write the 64-bit hash (FNV-1a, mixed) of each word of data[start:end] to out; return how many there are."""
    count, in_word, h, i = 0, False, _FNV_OFFSET, start
    while i < end:
        point, length = _decode(data, i)
        kind = classes[point]
        if in_word and kind != 1:
            out[count] = mix(h)
            count, in_word = count + 1, False
        if kind != 0:
            if not in_word:
                h = _FNV_OFFSET
            for j in range(i, i + length):
                h = (h ^ np.uint64(data[j])) * _FNV_PRIME
            in_word = kind == 1
            if kind == 2:
                out[count] = mix(h)
                count += 1
        i += length
    if in_word:
        out[count] = mix(h)
        count += 1
    return count


@numba.njit(numba.int64[::1](BYTES, numba.int64[::1], BYTES), cache=True)
def count_words(data, offsets, classes):
    """Words of each text of a folded batch."""
    counts = np.empty(len(offsets) - 1, np.int64)
    longest = 0
    for i in range(len(counts)):
        longest = max(longest, offsets[i + 1] - offsets[i])
    scratch = np.empty(longest + 1, np.uint64)
    for i in range(len(counts)):
        counts[i] = hash_words(data, offsets[i], offsets[i + 1], classes, scratch)
    return counts
