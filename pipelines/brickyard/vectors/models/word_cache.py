"""Token ids of texts, each word tokenised once: words come again and again, and a library's call for each is what costs.

Only for tokenizers that cut at spaces whatever stands around them, so that the ids of a text are those of its words between
spaces, one after the other. `cuts_at_spaces` says which ones are known to.
"""

import json
from collections.abc import Callable, Iterable
from itertools import chain

import numba
import numpy as np

MOST_WORDS = 500_000
"""Words that are kept; above that all are forgotten: a stream of numbers would fill the memory of a worker."""

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


def cached_ids(tokenizer, most_words: int = MOST_WORDS) -> Callable[[list[str]], tuple[np.ndarray, np.ndarray]]:
    """A function from texts to (ids, offsets), both int64: ids[offsets[i]:offsets[i + 1]] are those of text i.

    Equal to the tokenizer's own without special tokens, for one that `cuts_at_spaces`.
    """
    number: dict[str, int] = {}
    kept = [np.empty(0, np.int64), np.zeros(1, np.int64)]

    def ids_of(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        words = [text.split(" ") for text in texts]
        new = set(chain.from_iterable(words)) - number.keys()
        if len(number) + len(new) > most_words:
            number.clear()
            kept[:] = np.empty(0, np.int64), np.zeros(1, np.int64)
            new = set(chain.from_iterable(words))
        if new:
            added, ends = flat_ids(tokenizer, list(new))
            number.update(zip(new, range(len(number), len(number) + len(new)), strict=True))
            kept[:] = np.concatenate([kept[0], added]), np.concatenate([kept[1], ends[1:] + len(kept[0])])
        return _put_together(words, number, *kept)

    return ids_of


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
