"""Pre-tokens: the pieces into which GPT-2's pattern cuts a text, found in its bytes and numbered by a hash table.

The pattern is that of Radford et al. 2019, section 2.2, as the tokenizers library applies it before byte-level models:
's|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+
"""

import functools
import itertools
import unicodedata

import numba
import numpy as np
from numba import types

from brickyard.text.words import BYTES, _decode, mix

SPACE, LETTER, NUMBER, OTHER, UNKNOWN = 0, 1, 2, 3, 4
"""Classes of code points. Those that Python's Unicode does not know yet are UNKNOWN: the library may know them."""

_SHORT = np.uint64(7)

TABLE = types.Tuple((types.int32[::1], types.uint64[::1], types.int64[::1], types.uint8[::1], types.int64))
"""Numbered pre-tokens: slots of the hash table (number, or -1), hash of each, where each begins in the bytes, the bytes
(one after another), and how many there are."""

Table = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]


def empty_table() -> Table:
    """A table without pre-tokens."""
    return (
        np.full(1 << 12, -1, np.int32),
        np.empty(1 << 10, np.uint64),
        np.zeros(1 << 10, np.int64),
        np.empty(1 << 13, np.uint8),
        0,
    )


def bytes_of(table: Table, first: int = 0) -> list[bytes]:
    """The pre-tokens from number `first` on."""
    _, _, starts, arena, count = table
    data, base = arena[starts[first] : starts[count]].tobytes(), starts[first]
    bounds = (starts[first : count + 1] - base).tolist()
    return [data[start:end] for start, end in itertools.pairwise(bounds)]


@functools.cache
def point_classes() -> np.ndarray:
    """One class per code point, uint8 of shape (0x110000,)."""
    kinds = {"L": LETTER, "N": NUMBER, "Cn": UNKNOWN}
    categories = map(unicodedata.category, map(chr, range(0x110000)))
    classes = np.fromiter((kinds.get(one, kinds.get(one[0], OTHER)) for one in categories), np.uint8, 0x110000)
    spaces = [point for point in range(0x110000) if chr(point).isspace() and not 0x1C <= point <= 0x1F]
    classes[spaces] = SPACE
    return classes


@numba.njit(cache=True, inline="always")
def _class_at(data, i, classes):
    """The class of the code point that starts at byte i, and its length in bytes."""
    if data[i] < 0x80:
        return classes[data[i]], np.uint64(1)
    point, length = _decode(data, i)
    return classes[point], length


@numba.njit(cache=True, inline="always")
def _contraction(data, i, end):
    """Bytes of the 's, 't, 're, 've, 'm, 'll or 'd that starts at i; 0 if none does."""
    if i + np.uint64(1) >= end:
        return np.uint64(0)
    one = data[i + np.uint64(1)]
    if one == ord("s") or one == ord("t") or one == ord("m") or one == ord("d"):
        return np.uint64(2)
    if i + np.uint64(2) >= end:
        return np.uint64(0)
    two = data[i + np.uint64(2)]
    long = ((one == ord("r") or one == ord("v")) and two == ord("e")) or (one == ord("l") and two == ord("l"))
    return np.uint64(3) if long else np.uint64(0)


@numba.njit(cache=True, inline="always")
def _end_of(data, start, end, classes):
    """Where the pre-token that starts at byte `start` ends; 0 if a code point of class UNKNOWN is in the way."""
    if data[start] == ord("'"):
        length = _contraction(data, start, end)
        if length:
            return start + length
    i = start
    kind, length = _class_at(data, i, classes)
    if data[i] == ord(" ") and i + np.uint64(1) < end:
        after, length_after = _class_at(data, i + np.uint64(1), classes)
        if after != SPACE:
            i, kind, length = i + np.uint64(1), after, length_after
    last = i  # of the code points of this kind
    while kind != UNKNOWN:
        last, i = i, i + length
        if i >= end:
            return i
        following, length = _class_at(data, i, classes)
        if following != kind:
            if following == UNKNOWN:
                break
            return last if kind == SPACE and last > start else i
    return np.uint64(0)


@numba.njit(cache=True)
def grown(array, size):
    """The array with room for `size` elements; what is added has no value yet."""
    if size <= len(array):
        return array
    larger = np.empty(max(size, len(array) + len(array) // 2 + 16), array.dtype)
    larger[: len(array)] = array
    return larger


@numba.njit(cache=True)
def _larger_slots(slots, hashes, count):
    larger = np.full(4 * len(slots), -1, np.int32)
    mask = np.uint64(len(larger) - 1)
    for number in range(count):
        slot = hashes[number] & mask
        while larger[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        larger[slot] = number
    return larger


@numba.njit(cache=True, inline="always")
def _hash(data, start, end):
    """Up to 7 bytes: themselves and their length, mixed (a bijection): equal for equal pre-tokens only. Else FNV-1a, mixed."""
    if end - start <= _SHORT:
        h = np.uint64(end - start)
        for i in range(start, end):
            h = h << np.uint64(8) | np.uint64(data[i])
        return mix(h)
    h = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        h = (h ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    return mix(h | np.uint64(1 << 63))


@numba.njit(cache=True)
def _equal(starts, arena, number, data, start, end):
    """Whether a pre-token of the table is data[start:end]."""
    first = starts[number]
    if starts[number + 1] - first != np.int64(end - start):
        return False
    for i in range(start, end):  # noqa: SIM110
        if arena[first + np.int64(i - start)] != data[i]:
            return False
    return True


@numba.njit(cache=True, inline="always")
def _slot_of(slots, hashes, starts, arena, h, data, start, end):
    """The slot of a pre-token, or the free one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = h & mask
    while slots[slot] >= 0:
        number = np.uint64(slots[slot])
        if hashes[number] == h and (end - start <= _SHORT or _equal(starts, arena, number, data, start, end)):
            break
        slot = (slot + np.uint64(1)) & mask
    return slot


@numba.njit(cache=True)
def _number_known(data, start, end, classes, slots, hashes, starts, arena, numbers, size):
    """Write the numbers of the pre-tokens from byte `start` on, up to the first that is not in the table.

    Returns where that one starts and ends (0 if UNKNOWN is in the way), its hash and slot, and how many numbers there are.
    A function of its own, with the arrays as arguments: in the loop that renews them, each would be counted at every use.
    """
    i = start
    while i < end:
        after = _end_of(data, i, end, classes)
        if after == 0:
            return i, after, np.uint64(0), np.uint64(0), size
        h = _hash(data, i, after)
        slot = _slot_of(slots, hashes, starts, arena, h, data, i, after)
        if slots[slot] < 0:
            return i, after, h, slot, size
        numbers[size] = slots[slot]
        size += 1
        i = after
    return i, i, np.uint64(0), np.uint64(0), size


@numba.njit(cache=True)
def _added(table, slot, h, data, start, end):
    """The table with one pre-token more."""
    slots, hashes, starts, arena, count = table
    first, length = starts[count], np.int64(end - start)
    hashes, starts, arena = grown(hashes, count + 1), grown(starts, count + 2), grown(arena, first + length)
    slots[slot], hashes[count], starts[count + 1] = count, h, first + length
    for i in range(length):
        arena[first + i] = data[start + np.uint64(i)]
    if 2 * (count + 1) > len(slots):
        slots = _larger_slots(slots, hashes, count + 1)
    return slots, hashes, starts, arena, count + 1


@numba.njit(
    types.Tuple((types.int32[::1], types.int64[::1], TABLE))(BYTES, types.int64[::1], types.boolean[::1], BYTES, TABLE),
    cache=True,
)
def number_pre_tokens(data, offsets, whole, classes, table):
    """The numbers of the pre-tokens of a batch of UTF-8, where those of each text begin (n + 1), and the table with them.

    A text that is not to be cut (`whole`, n), or has a code point of class UNKNOWN, has one number only, -1: it is for the
    library.
    """
    numbers = np.empty(offsets[-1] - offsets[0] + len(offsets), np.int32)
    bounds, size = np.zeros(len(offsets), np.int64), 0
    for text in range(len(offsets) - 1):
        if whole[text]:
            numbers[size], size, bounds[text + 1] = -1, size + 1, size + 1
            continue
        i, end = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        while i < end:
            slots, hashes, starts, arena, count = table
            i, after, h, slot, size = _number_known(data, i, end, classes, slots, hashes, starts, arena, numbers, size)
            if i < end and after == 0:
                numbers[bounds[text]], size = -1, bounds[text] + 1
                break
            if i < end:
                table = _added(table, slot, h, data, i, after)
                numbers[size], size, i = count, size + 1, after
        bounds[text + 1] = size
    return numbers[:size].copy(), bounds, table
