"""Token ids of a batch of texts: each distinct pre-token is encoded once and looked up ever after, ids as the library's.

For tokenizers whose model sees one pre-token of GPT-2's pattern after another. What cannot be shown to give the same ids goes
to the library whole: other tokenizers, texts with an added token, texts with code points that Python's Unicode does not know.
"""

import functools
import itertools
import json

import numba
import numpy as np
import pyarrow as pa
from numba import types
from tokenizers import Tokenizer

from brickyard.text.pre_tokens import Table, bytes_of, empty_table, number_pre_tokens, point_classes
from brickyard.text.words import utf8_of

_MOST_NUMBERED, _MOST_BYTES = 1_000_000, 1 << 25
"""Pre-tokens, and bytes of them, above which an encoder forgets all: some 100 MB with ids."""

_INTS, _LONGS = types.int32[::1], types.int64[::1]


@functools.lru_cache(2)
def encoder_of(content: str) -> "TokenEncoder":
    """The encoder of a tokenizer file's content; a worker keeps the last two, with what they have learnt."""
    return TokenEncoder(content)


class TokenEncoder:
    """A tokenizer with the pre-tokens it has seen: numbered in `table`, the ids of each from `starts` on in `ids`."""

    table: Table
    ids: np.ndarray
    starts: np.ndarray

    def __init__(self, content: str) -> None:
        self.tokenizer = Tokenizer.from_str(content)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        description = json.loads(content)
        self.splits_alike = _splits_like_gpt2(description)
        self.added = [token["content"].encode() for token in description.get("added_tokens") or [] if token["content"]]
        self._forget()

    def encode(self, texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """Ids (int32) of a string column, one text after another, and where those of each text begin (n + 1, int32).

        Without special tokens, whatever the tokenizer file says of truncation and padding.
        """
        if not self.splits_alike:
            return _joined(self._by_library(texts.to_pylist()))
        if self.table[-1] > _MOST_NUMBERED or len(self.table[3]) > _MOST_BYTES:
            self._forget()
        data, offsets = utf8_of(texts)
        whole = self._with_added(data, offsets)
        numbers, bounds, self.table = number_pre_tokens(data, offsets, whole, point_classes(), self.table)
        self._learn()
        uncut = np.searchsorted(bounds, np.flatnonzero(numbers < 0), "right") - 1
        others = _joined(self._by_library(texts.take(pa.array(uncut)).to_pylist()))
        return _look_up(numbers, bounds, self.ids, self.starts, *others)

    def _by_library(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _learn(self) -> None:
        """Encode the pre-tokens that are new in the table."""
        new = [piece.decode() for piece in bytes_of(self.table, len(self.starts) - 1)]
        ids, starts = _joined(self._by_library(new))
        self.ids, self.starts = np.append(self.ids, ids), np.append(self.starts, self.starts[-1] + starts[1:])

    def _forget(self) -> None:
        self.table = empty_table()
        self.ids, self.starts = np.empty(0, np.int32), np.zeros(1, np.int32)

    def _with_added(self, data: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """Whether an added token occurs in the bytes of each text, or from it into the next one."""
        found = np.zeros(len(offsets) - 1, bool)
        view = data[offsets[0] : offsets[-1]].tobytes() if self.added else b""
        bounds = offsets - offsets[0]
        for token in self.added:
            place = view.find(token)
            while place >= 0:
                text = np.searchsorted(bounds, place, "right") - 1
                found[text] = True
                place = view.find(token, bounds[text + 1])
        return found


def _joined(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lists of ids one after another, and where each begins, and the end; int32."""
    ids = np.fromiter(itertools.chain.from_iterable(lists), np.int32)
    return ids, np.cumsum([0, *map(len, lists)], dtype=np.int32)


@numba.njit(types.Tuple((_INTS, _INTS))(_INTS, _LONGS, _INTS, _INTS, _INTS, _INTS), cache=True)
def _look_up(numbers, bounds, ids, starts, other_ids, other_starts):
    """Ids of the numbered pre-tokens, and where those of each text begin; the k-th -1 is the k-th of the others."""
    size, others = 0, 0
    for number in numbers:
        size += starts[number + 1] - starts[number] if number >= 0 else other_starts[others + 1] - other_starts[others]
        others += number < 0
    out, offsets, size, others = np.empty(size, np.int32), np.zeros(len(bounds), np.int32), 0, 0
    for text in range(len(bounds) - 1):
        for place in range(bounds[text], bounds[text + 1]):
            number = np.uint64(numbers[place])
            if numbers[place] < 0:
                for k in range(other_starts[others], other_starts[others + 1]):
                    out[size] = other_ids[k]
                    size += 1
                others += 1
                continue
            for k in range(starts[number], starts[number + np.uint64(1)]):
                out[size] = ids[k]
                size += 1
        offsets[text + 1] = size
    return out, offsets


def _splits_like_gpt2(description: dict) -> bool:
    """Whether the tokenizer cuts by GPT-2's pattern, and gives equal pre-tokens equal ids, whatever stands around them."""
    splitter, model = description.get("pre_tokenizer") or {}, description.get("model") or {}
    cuts = (
        splitter.get("type") == "ByteLevel" and splitter.get("use_regex", True) and not splitter.get("add_prefix_space", True)
    )
    return bool(cuts) and description.get("normalizer") is None and not model.get("dropout") and not model.get("alpha")
