"""An endless text of made-up words: the word at a position is a function of the position, so any stretch can be made anew.

Words are consonant-vowel syllables, so every tokenizer finds the same words in them; their frequencies are Zipf's.
A sentence is 16 positions: the first word has a capital, the last a full stop, some others a comma.
"""

import functools
import itertools

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

VOCABULARY = 50_000
"""Different words."""

SENTENCE = 16
"""Positions from one capital to the next."""

_DRAWS = 1 << 20


@functools.cache
def words() -> tuple[str, ...]:
    """The vocabulary, the most frequent word first: two syllables, then three."""
    syllables = [consonant + vowel for consonant in "bcdfghjklmnprstvwxyz" for vowel in "aeiou"]
    pairs = itertools.product(syllables, repeat=2)
    triples = itertools.product(syllables, repeat=3)
    shuffled = np.random.default_rng(1).permutation(VOCABULARY - 10_000)
    longer = ["".join(word) for word in itertools.islice(triples, 0, 25 * (VOCABULARY - 10_000), 25)]
    return (*("".join(word) for word in pairs), *(longer[place] for place in shuffled))


@functools.cache
def _drawn() -> np.ndarray:
    """Word numbers, uint16, each as often as Zipf's law says: a uniform draw from it is a draw of a word."""
    weights = 1 / (np.arange(VOCABULARY) + 2.7)
    bounds = np.cumsum(weights) / weights.sum() * _DRAWS
    return np.searchsorted(bounds, np.arange(_DRAWS) + 0.5).astype(np.uint16)


@functools.cache
def _forms() -> pa.Array:
    """Each word plain, with a capital, with a full stop, with a comma; one list after another."""
    plain = words()
    return pa.array([*plain, *(w.capitalize() for w in plain), *(w + "." for w in plain), *(w + "," for w in plain)])


def mix(numbers: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 on uint64."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _bits(positions: np.ndarray, seed: int) -> np.ndarray:
    start = np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    return mix(positions.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start)


def word_numbers(positions: np.ndarray, seed: int) -> np.ndarray:
    """The number of the word at each position, uint16."""
    return _drawn()[_bits(positions, seed) >> np.uint64(44)]


def _spelled(positions: np.ndarray, seed: int) -> pa.Array:
    """The words at the positions, with capitals and punctuation."""
    bits, place = _bits(positions, seed), positions % SENTENCE
    comma = (bits & np.uint64(15) == 0) & (place > 0) & (place < SENTENCE - 1)
    form = (place == 0) + 2 * (place == SENTENCE - 1) + 3 * comma
    return _forms().take(pa.array(_drawn()[bits >> np.uint64(44)] + form.astype(np.int32) * VOCABULARY))


def texts(positions: np.ndarray, bounds: np.ndarray, seed: int) -> pa.Array:
    """A text for each stretch positions[bounds[i]:bounds[i + 1]]."""
    lists = pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), _spelled(positions, seed))
    return pc.binary_join(lists, " ")
