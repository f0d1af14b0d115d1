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
    classes = np.fromiter(map(str.isalnum, map(chr, range(0x110000))), np.uint8, 0x110000)
    classes[ord("_")] = _IN_WORD
    for first, last in UNSPACED_SCRIPTS:
        classes[first : last + 1] *= _WHOLE_WORD
    return classes


def folded_bytes(texts: Sequence[str | None] | pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """UTF-8 of a batch for the kernels, one text after another (uint8), and n + 1 offsets (int64); null counts as empty.

    Folded where that takes Python: the kernels lower ASCII themselves, so a batch of ASCII is handed on without a copy.
    """
    data, offsets = utf8_of(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string()))
    if not len(data) or data[offsets[0] : offsets[-1]].max(initial=0) < 0x80:
        return data, offsets
    view, bounds = data.data, zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    parts = [_fold_bytes(view[start:end]) for start, end in bounds]
    return np.frombuffer(b"".join(parts), np.uint8), np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _fold_bytes(data: memoryview) -> bytes | memoryview:
    text = str(data, "utf-8")
    return data if text.isascii() else fold(text).encode()


def utf8_of(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of a string column as they lie in its buffer, and where each text begins and ends; null counts as empty."""
    if not pa.types.is_string(texts.type) and not pa.types.is_large_string(texts.type):
        texts = texts.cast(pa.large_string())
    if texts.null_count:
        texts = texts.fill_null("")
    _, bounds, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    offsets = np.frombuffer(bounds, width, len(texts) + 1, texts.offset * np.dtype(width).itemsize)
    return np.frombuffer(data or b"", np.uint8), offsets.astype(np.int64)


@numba.njit(numba.uint64(numba.uint64), cache=True, inline="always")
def mix(h):
    """Finaliser of SplitMix64 (Steele, Lea, Flood 2014, section 3): every input bit reaches every output bit."""
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@numba.njit(cache=True, inline="always")
def _decode(data, i):
    """The code point that starts at byte i of valid UTF-8 and is not ASCII, and its length in bytes."""
    b, second = np.int32(data[i]), np.int32(data[i + np.uint64(1)] & 0x3F)
    if b < 0xE0:
        return ((b & 0x1F) << 6) | second, np.uint64(2)
    third = np.int32(data[i + np.uint64(2)] & 0x3F)
    if b < 0xF0:
        return ((b & 0x0F) << 12) | (second << 6) | third, np.uint64(3)
    return ((b & 0x07) << 18) | (second << 12) | (third << 6) | (data[i + np.uint64(3)] & 0x3F), np.uint64(4)


_FNV_OFFSET, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)

_ASCII = np.array([ord(chr(b).lower()) if chr(b).isalnum() or b == ord("_") else 0 for b in range(0x80)], np.uint8)
"""The byte to hash for each ASCII byte, lower case; 0 between words."""


@numba.njit(numba.int64(BYTES, numba.int64, numba.int64, BYTES, numba.uint64[::1]), cache=True)
def hash_words(data, start, end, classes, out):
    """Write the 64-bit hash (FNV-1a, mixed) of each word of data[start:end] to out; return how many there are.

    `out` has room for one more than there are bytes: the hash so far is written at every byte, since a condition on
    where words end could not be foretold. Unsigned positions spare a test for negative ones. ASCII need not be folded.
    """
    count, in_word, h, i = np.uint64(0), False, _FNV_OFFSET, np.uint64(start)
    while i < np.uint64(end):
        if data[i] < 0x80:
            letter = _ASCII[data[i]]
            out[count] = h
            count += np.uint64(in_word and letter == 0)
            h = (h ^ np.uint64(letter)) * _FNV_PRIME if letter else _FNV_OFFSET
            in_word = letter != 0
            i += np.uint64(1)
            continue
        point, length = _decode(data, i)
        kind = classes[point]
        if kind != 1:
            out[count] = h
            count += np.uint64(in_word)
            h = _FNV_OFFSET
        if kind != 0:
            for j in range(i, i + length):
                h = (h ^ np.uint64(data[j])) * _FNV_PRIME
        in_word = kind == 1
        if kind == 2:
            out[count] = h
            count, h = count + np.uint64(1), _FNV_OFFSET
        i += length
    if in_word:
        out[count] = h
        count += np.uint64(1)
    for k in range(count):
        out[k] = mix(out[k])
    return np.int64(count)


@numba.njit(numba.int64[::1](BYTES, numba.int64[::1], BYTES), cache=True)
def count_words(data, offsets, classes):
    """Words of each text of a folded batch."""
    counts, longest = np.empty(len(offsets) - 1, np.int64), 0
    for i in range(len(counts)):
        longest = max(longest, offsets[i + 1] - offsets[i])
    scratch = np.empty(longest + 1, np.uint64)
    for i in range(len(counts)):
        counts[i] = hash_words(data, offsets[i], offsets[i + 1], classes, scratch)
    return counts
