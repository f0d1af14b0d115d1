"""What the bytes of a text show at once: whether anything in it needs a second look."""

import numba
import numpy as np

from brickyard.text.words import BYTES

NOT_ASCII, HAS_NUL, NOT_NORMAL = 1, 2, 4
"""Bits of a text. A text without NOT_ASCII and NOT_NORMAL is its own normal form."""


@numba.njit("boolean(uint8)", cache=True, inline="always")
def _blank(byte):
    """White space to `str.rstrip` among ASCII, but for the line feed."""
    return (byte == 0x20) | ((byte >= 0x09) & (byte <= 0x0D) & (byte != 0x0A)) | ((byte >= 0x1C) & (byte <= 0x1F))


@numba.njit("uint8(Array(uint8, 1, 'C', readonly=True), uint64, uint64)", cache=True)
def _scan(data, start, end):
    """Bits of the text data[start:end]. No branch depends on a byte: the loops become vector instructions."""
    seen, has_nul, not_normal = np.uint8(0), False, False
    for i in range(start, end):
        seen |= data[i]
        has_nul |= data[i] == 0
        not_normal |= data[i] == 0x0D
    for i in range(start + np.uint64(1), end):
        not_normal |= _blank(data[i - np.uint64(1)]) & (data[i] == 0x0A)
    if end > start:
        last = data[end - np.uint64(1)]
        not_normal |= _blank(last) | (last == 0x0A)
    return np.uint8((seen >= 0x80) * NOT_ASCII + has_nul * HAS_NUL + not_normal * NOT_NORMAL)


@numba.njit(numba.uint8[::1](BYTES, numba.int64[::1]), cache=True)
def scan(data, offsets):
    """Bits of each text of a batch of UTF-8, uint8 of shape (n,)."""
    bits = np.empty(len(offsets) - 1, np.uint8)
    for i in range(len(bits)):
        bits[i] = _scan(data, np.uint64(offsets[i]), np.uint64(offsets[i + 1]))
    return bits
