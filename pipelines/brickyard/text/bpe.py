"""Byte-pair encoding trained from counts of pre-tokens (Sennrich, Haddow, Birch 2016, section 3.2), merge for merge as by the
`BpeTrainer` of the tokenizers library, which counts pre-tokens of texts and nothing else.

The most frequent pair of neighbours is merged wherever it occurs, until the vocabulary is full; of equally frequent ones the
pair with the smallest ids. Three habits of the library decide merges too, and are kept. A pair's count is not lowered by
merging the pair itself. A merge whose string is in the vocabulary already takes its id, so that a pair can come up again,
with the old count on top. Such a pair is queued again with its new places only; of equal ones in the queue the older is first.
"""

import numba
import numpy as np
from numba import types

from brickyard.text.pre_tokens import grown
from brickyard.text.words import mix

WORDS = types.Tuple((types.int32[::1], types.int64[::1], types.int32[::1], types.int64[::1]))
"""Symbols of all words, where each word begins in them (n + 1), how many symbols each has left, how often each occurs."""

PAIRS = types.Tuple((types.int32[::1], types.uint64[::1], types.int64[::1], types.int32[::1], types.int64[::1], types.int64))
"""Slots of a hash table, and for each numbered pair: its key, its count, the last word in which it appeared, a place to fill.
And how many there are."""

QUEUE = types.Tuple((types.int32[::1], types.int64, types.int64[:, ::1], types.int64))
"""A heap of entries, its size, the entries (count, pair, first place, end in `places`), and how many have been made."""

PLACES = types.Tuple((types.int32[::1], types.int64))
"""Words in which pairs occur, entry by entry, and how many."""

STATE = types.Tuple((WORDS, PAIRS, QUEUE, PLACES))


def train_merges(
    symbols: np.ndarray, starts: np.ndarray, counts: np.ndarray, tokens: list[bytes], size: int
) -> list[tuple[int, int]]:
    """The pairs to merge, in order; `tokens` (the alphabet, by id) grows to at most `size`.

    `symbols` (int32, used up) are the ids of the words' letters, word by word from `starts` (n + 1) on; `counts` how often
    each word occurs.
    """
    ids = {token: number for number, token in enumerate(tokens)}
    state = _start(symbols, starts, counts)
    merges: dict[tuple[int, int], None] = {}
    while len(tokens) < size:
        state, left, right = _most_frequent(state)
        if left < 0:
            break
        token = tokens[left] + tokens[right]
        if ids.setdefault(token, len(tokens)) == len(tokens):
            tokens.append(token)
        merges.pop((left, right), None)  # a pair that comes up again moves to the end
        merges[left, right] = None
        state = _merge(state, left, right, ids[token])
    return list(merges)


@numba.njit(cache=True, inline="always")
def _key(left, right):
    return np.uint64(left) << np.uint64(32) | np.uint64(right)


@numba.njit(cache=True)
def _rehashed(keys, size, slots):
    larger = np.full(slots, -1, np.int32)
    mask = np.uint64(slots - 1)
    for number in range(size):
        slot = mix(keys[number]) & mask
        while larger[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        larger[slot] = number
    return larger


@numba.njit(cache=True)
def _numbered(pairs, key):
    """The pairs with this one among them, and its number."""
    slots, keys, totals, latest, fill, size = pairs
    mask = np.uint64(len(slots) - 1)
    slot = mix(key) & mask
    while slots[slot] >= 0:
        if keys[slots[slot]] == key:
            return pairs, np.int64(slots[slot])
        slot = (slot + np.uint64(1)) & mask
    keys, totals, latest, fill = grown(keys, size + 1), grown(totals, size + 1), grown(latest, size + 1), grown(fill, size + 1)
    slots[slot], keys[size], totals[size], latest[size], fill[size] = size, key, 0, -1, 0
    if 2 * (size + 1) > len(slots):
        slots = _rehashed(keys, size + 1, 4 * len(slots))
    return (slots, keys, totals, latest, fill, size + 1), size


@numba.njit(cache=True, inline="always")
def _before(entries, one, other):
    """Whether entry `one` comes before `other`: by count, then pair, then age."""
    if entries[one, 0] != entries[other, 0]:
        return entries[one, 0] > entries[other, 0]
    if entries[one, 1] != entries[other, 1]:
        return entries[one, 1] < entries[other, 1]
    return one < other


@numba.njit(cache=True)
def _pushed(queue, count, pair, first, end):
    heap, size, entries, made = queue
    heap = grown(heap, size + 1)
    if made == len(entries):
        larger = np.empty((made + made // 2 + 16, 4), np.int64)
        larger[:made] = entries
        entries = larger
    entries[made, 0], entries[made, 1], entries[made, 2], entries[made, 3] = count, pair, first, end
    place = size
    while place > 0 and _before(entries, made, heap[(place - 1) // 2]):
        heap[place] = heap[(place - 1) // 2]
        place = (place - 1) // 2
    heap[place] = made
    return heap, size + 1, entries, made + 1


@numba.njit(cache=True)
def _sink(heap, size, entries, one):
    """Put an entry at the top of the heap, and let it sink to its place."""
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and _before(entries, heap[child + 1], heap[child]):
            child += 1
        if _before(entries, one, heap[child]):
            break
        heap[place] = heap[child]
        place = child
    heap[place] = one


@numba.njit(cache=True)
def _queue_up(pairs, queue, places, touched, words):
    """Queue pairs with the words in which they have appeared: touched[i] in words[i], the words of a pair all different."""
    _, keys, totals, latest, fill, _ = pairs
    found, size = places
    found = grown(found, size + len(touched))
    for pair in touched:
        fill[pair] += 1
    for pair in touched:
        if fill[pair] > 0:
            first, size = size, size + fill[pair]
            if totals[pair] > 0:
                queue = _pushed(queue, totals[pair], np.int64(keys[pair]), first, size)
            fill[pair] = -first - 1  # from now on, less one, minus the place to fill
    for i, pair in enumerate(touched):
        found[-fill[pair] - 1] = words[i]
        fill[pair] -= 1
    for pair in touched:
        fill[pair], latest[pair] = 0, -1
    return queue, (found, size)


@numba.njit(STATE(types.int32[::1], types.int64[::1], types.int64[::1]), cache=True)
def _start(symbols, starts, counts):
    """All pairs of neighbours, counted and queued; `symbols` will be written to."""
    pairs = (np.full(1 << 12, -1, np.int32), np.empty(1 << 10, np.uint64), np.empty(1 << 10, np.int64),
             np.empty(1 << 10, np.int32), np.empty(1 << 10, np.int64), 0)  # fmt: skip
    touched, words, size = np.empty(1 << 10, np.int32), np.empty(1 << 10, np.int32), 0
    lengths = np.empty(len(counts), np.int32)
    for word in range(len(counts)):
        lengths[word] = starts[word + 1] - starts[word]
        for i in range(starts[word], starts[word + 1] - 1):
            pairs, pair = _numbered(pairs, _key(symbols[i], symbols[i + 1]))
            pairs[2][pair] += counts[word]
            if pairs[3][pair] != word:
                pairs[3][pair] = word
                touched, words = grown(touched, size + 1), grown(words, size + 1)
                touched[size], words[size], size = pair, word, size + 1
    queue = (np.empty(1 << 10, np.int32), 0, np.empty((1 << 10, 4), np.int64), 0)
    queue, places = _queue_up(pairs, queue, (np.empty(0, np.int32), 0), touched[:size], words[:size])
    return (symbols, starts, lengths, counts), pairs, queue, places


@numba.njit(types.Tuple((STATE, types.int64, types.int64))(STATE), cache=True)
def _most_frequent(state):
    """The pair at the top of the queue, (-1, -1) if there is none; its entry stays the last popped."""
    _, pairs, (heap, size, entries, _), _ = state
    while size:
        top = heap[0]
        key = np.uint64(entries[top, 1])
        pairs, pair = _numbered(pairs, key)
        if entries[top, 0] != pairs[2][pair]:
            entries[top, 0] = pairs[2][pair]
            _sink(heap, size, entries, top)
            continue
        if entries[top, 0] < 1:
            break
        return state, np.int64(key >> np.uint64(32)), np.int64(key & np.uint64(0xFFFFFFFF))
    return state, -1, -1


@numba.njit(cache=True)
def _changed(changes, pairs, key, amount, word):
    """Add to a pair's count; a pair that has appeared is noted, once for each word."""
    touched, words, size = changes
    pairs, pair = _numbered(pairs, key)
    pairs[2][pair] += amount
    if amount > 0 and pairs[3][pair] != word:
        pairs[3][pair] = word
        touched, words = grown(touched, size + 1), grown(words, size + 1)
        touched[size], words[size], size = pair, word, size + 1
    return (touched, words, size), pairs


@numba.njit(STATE(STATE, types.int64, types.int64, types.int64), cache=True)
def _merge(state, left, right, new):
    """Replace the pair by `new` in the words of the entry at the top of the queue, which is popped."""
    (symbols, starts, lengths, counts), pairs, (heap, size, entries, made), places = state
    first, end = entries[heap[0], 2], entries[heap[0], 3]
    size -= 1
    _sink(heap, size, entries, heap[size])
    changes = (np.empty(16, np.int32), np.empty(16, np.int32), 0)
    for place in range(first, end):
        word = places[0][place]
        base, count = starts[word], counts[word]
        read, write, stop = base, base, base + lengths[word]
        while read < stop:
            if read + 1 < stop and symbols[read] == left and symbols[read + 1] == right:
                if write > base:
                    changes, pairs = _changed(changes, pairs, _key(symbols[write - 1], left), -count, word)
                    changes, pairs = _changed(changes, pairs, _key(symbols[write - 1], new), count, word)
                if read + 2 < stop:
                    changes, pairs = _changed(changes, pairs, _key(right, symbols[read + 2]), -count, word)
                    changes, pairs = _changed(changes, pairs, _key(new, symbols[read + 2]), count, word)
                symbols[write] = new
                read += 2
            else:
                symbols[write] = symbols[read]
                read += 1
            write += 1
        lengths[word] = write - base
    queue, places = _queue_up(pairs, (heap, size, entries, made), places, changes[0][: changes[2]], changes[1][: changes[2]])
    return (symbols, starts, lengths, counts), pairs, queue, places
