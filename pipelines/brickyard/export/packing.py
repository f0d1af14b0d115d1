"""Documents into sequences of a fixed length: best-fit packing, and plain concatenation.

Both take the lengths of documents in their shuffled order and say where each piece of each document goes.
"""

from typing import NamedTuple

import numba
import numpy as np

from brickyard.text.words import mix


class Pieces(NamedTuple):
    """Pieces of documents, ordered by document, then start; int64 of equal length."""

    document: np.ndarray  # number of the document, as given
    start: np.ndarray  # its first token's place in the document
    length: np.ndarray
    sequence: np.ndarray
    offset: np.ndarray  # its first token's place in the sequence


def concatenate(lengths: np.ndarray, size: int) -> Pieces:
    """One document after another, cut wherever a sequence ends: all sequences but the last are full."""
    ends = np.cumsum(lengths)
    begins = ends - lengths
    counts = np.where(lengths > 0, (ends - 1) // size - begins // size + 1, 0)
    document, number = _numbered(counts)
    sequence = begins[document] // size + number
    begin = np.maximum(begins[document], sequence * size)
    end = np.minimum(ends[document], (sequence + 1) * size)
    return Pieces(document, begin - begins[document], end - begin, sequence, begin - sequence * size)


def best_fit(lengths: np.ndarray, size: int, seed: int) -> Pieces:
    """Best-fit-decreasing packing (Ding et al. 2024, "Fewer Truncations Improve Language Modeling", section 3).

    Only a document longer than a sequence is cut: into whole sequences and a rest. Pieces are placed in order of length,
    longest first (then as given), each into the fullest sequence that has room for it; among equally full ones, the one
    that was filled last. Sequences are then ordered by a hash of the seed and of their first piece.
    """
    document, number = _numbered(-(-lengths // size))
    start = number * size
    length = np.minimum(size, lengths[document] - start)
    order = np.argsort(-length, kind="stable")
    sequence, offset = np.empty_like(length), np.empty_like(length)
    sequence[order], offset[order] = fit(length[order], size)
    return Pieces(document, start, length, _shuffled(sequence, offset, seed), offset)


def _numbered(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each piece its document, and its number in the document, given the pieces of each document."""
    document = np.repeat(np.arange(len(counts)), counts)
    return document, np.arange(len(document)) - np.repeat(np.cumsum(counts) - counts, counts)


def _shuffled(sequence: np.ndarray, offset: np.ndarray, seed: int) -> np.ndarray:
    first = np.flatnonzero(offset == 0)
    salt = np.full(1, seed % 2**64, np.uint64)
    key = mix.py_func(mix.py_func(first.astype(np.uint64)) ^ mix.py_func(salt))
    renamed = np.empty(len(first), np.int64)
    renamed[sequence[first[np.lexsort((first, key))]]] = np.arange(len(first))
    return renamed[sequence]


@numba.njit("int64(bool_[::1], int64, int64)", cache=True)
def _smallest(occupied, leaves, wanted):
    """The smallest occupied leaf that is not below `wanted`, or -1."""
    node = leaves + wanted
    while not occupied[node]:
        while node % 2 == 1:  # a right child: all above it on this side is smaller
            node //= 2
        if node == 0:
            return -1
        node += 1
    while node < leaves:
        node = 2 * node if occupied[2 * node] else 2 * node + 1
    return node - leaves


@numba.njit("void(bool_[::1], int64, bool_)", cache=True)
def _set(occupied, node, value):
    occupied[node] = value
    while node > 1:
        node //= 2
        occupied[node] = occupied[2 * node] or occupied[2 * node + 1]


@numba.njit("Tuple((int64[::1], int64[::1]))(int64[::1], int64)", cache=True)
def fit(lengths, size):
    """For each piece, in the given order, its sequence and its offset there; O(n log size).

    Sequences with equal room form a stack. A binary tree above the stacks knows which of them hold a sequence, and so
    finds the smallest sufficient room.
    """
    leaves = 1
    while leaves <= size:
        leaves *= 2
    occupied = np.zeros(2 * leaves, np.bool_)
    top, below = np.full(size + 1, -1), np.empty(len(lengths), np.int64)
    sequence, offset, count = np.empty(len(lengths), np.int64), np.empty(len(lengths), np.int64), 0
    for i in range(len(lengths)):
        room = _smallest(occupied, leaves, lengths[i])
        if room < 0:
            room, chosen, count = size, count, count + 1
        else:
            chosen = top[room]
            top[room] = below[chosen]
            if top[room] < 0:
                _set(occupied, leaves + room, False)
        sequence[i], offset[i] = chosen, size - room
        left = room - lengths[i]
        below[chosen], top[left] = top[left], chosen
        if left > 0:
            _set(occupied, leaves + left, True)
    return sequence, offset
