"""Token ids of texts, each word tokenised once: words come again and again, and a library's call for each is what costs.

Only for tokenizers that cut at spaces whatever stands around them, so that the ids of a text are those of its words between
spaces, one after the other. `cuts_at_spaces` says which ones are known to.
"""

import json
from collections.abc import Iterable
from itertools import chain

import numba
import numpy as np

MOST_WORDS = 200_000
"""Words that are kept; above that all are forgotten: a stream of numbers would fill the memory of a worker."""

LONGEST_WORD = 64
"""Characters of a word that is kept: in scripts without spaces, and in data as text, a word may be a whole document."""

_NORMALIZERS = {None, "BertNormalizer", "Lowercase"}
"""Each maps characters one by one, or within a word (accents)."""

_CUTTERS = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
"""Each cuts at all white space and drops it."""

_INTS = numba.types.Array(numba.int64, 1, "C", readonly=True)


def cuts_at_spaces(tokenizer) -> bool:
    """Whether no token of this tokenizer, and no rule, looks across a space."""
    parts = json.loads(tokenizer.to_str())
    return (
        (parts["normalizer"] or {"type": None})["type"] in _NORMALIZERS
        and (parts["pre_tokenizer"] or {"type": None})["type"] in _CUTTERS
        and parts["model"]["type"] in {"WordPiece", "WordLevel"}
        and not any(" " in token["content"] or token["lstrip"] or token["rstrip"] for token in parts["added_tokens"])
    )


class WordCache:
    """A function from texts to (ids, offsets), both int64: ids[offsets[i]:offsets[i + 1]] are those of text i.

    Equal to the tokenizer's own without special tokens, for one that `cuts_at_spaces`.
    """

    def __init__(self, tokenizer, most_words: int = MOST_WORDS) -> None:
        self._tokenizer, self._most_words = tokenizer, most_words
        self._number: dict[str, int] = {}
        self._ids: np.ndarray = np.empty(0, np.int64)
        self._ends: np.ndarray = np.zeros(1, np.int64)

    def __call__(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Words that are too long to be kept are learnt for this call."""
        words = [text.split(" ") for text in texts]
        new = set(chain.from_iterable(words)) - self._number.keys()
        if len(self._number) + len(new) > self._most_words:
            self._forget()
            new = set(chain.from_iterable(words))
        self._learn([word for word in new if len(word) <= LONGEST_WORD])
        kept = self._ids, self._ends
        passing = [word for word in new if len(word) > LONGEST_WORD]
        self._learn(passing)
        try:
            return _put_together(words, self._number, self._ids, self._ends)
        finally:
            for word in passing:
                del self._number[word]
            self._ids, self._ends = kept

    def _forget(self) -> None:
        self._number.clear()
        self._ids, self._ends = self._ids[:0], self._ends[:1]

    def _learn(self, words: list[str]) -> None:
        if not words:  # mostly there are no long ones: what is kept need not be copied for them
            return
        ids, ends = flat_ids(self._tokenizer, words)
        start = len(self._number)
        self._ids, self._ends = np.concatenate([self._ids, ids]), np.concatenate([self._ends, ends[1:] + len(self._ids)])
        self._number.update(zip(words, range(start, start + len(words)), strict=True))


def flat_ids(tokenizer, texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """(ids, offsets) of texts by the tokenizer itself, without special tokens."""
    ids = [one.ids for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    offsets = np.cumsum([0, *map(len, ids)], dtype=np.int64)
    return np.fromiter(chain.from_iterable(ids), np.int64, offsets[-1]), offsets


def _put_together(words: list[list[str]], number: dict[str, int], ids: np.ndarray, ends: np.ndarray):
    ends_of_texts = np.cumsum([0, *map(len, words)], dtype=np.int64)
    numbers = np.fromiter(map(number.__getitem__, chain.from_iterable(words)), np.int64, ends_of_texts[-1])
    offsets = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(ends[numbers + 1] - ends[numbers], out=offsets[1:])
    return _gather(numbers, ids, ends, offsets), offsets[ends_of_texts]


@numba.njit(numba.int64[::1](_INTS, _INTS, _INTS, _INTS), cache=True)
def _gather(numbers, ids, ends, offsets):
    """The ids of words one after the other; offsets[k] is where word k begins."""
    out = np.empty(offsets[-1], np.int64)
    for k in range(len(numbers)):
        start = ends[numbers[k]]
        for place in range(offsets[k], offsets[k + 1]):
            out[place] = ids[start + place - offsets[k]]
    return out
