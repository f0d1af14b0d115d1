"""Exact verification: the documents of whole groups of candidates, compared and chosen from in one task."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from brickyard.arrays import from_binary
from brickyard.errors import InputError
from brickyard.graphs.crowds import choose_in_crowds
from brickyard.graphs.representatives import group_by_later, preference_order
from brickyard.text.shingles import jaccards, sorted_shingles
from brickyard.text.words import folded_bytes

VERIFIED = (
    "doc_id string, other_id string, similarity double, complete boolean,"
    " by_length bigint, by_signature bigint, compared bigint"
)
"""A row is a pair that was compared exactly, or, without doc_id, what was examined in crowds."""

MISSED_BY = 0.1
"""Pairs that fall short of the threshold by at most this are listed too."""

_COUNTERS = ("by_length", "by_signature", "compared")
_SCHEMA = pa.schema(
    [("doc_id", pa.string()), ("other_id", pa.string()), ("similarity", pa.float64())]
    + [("complete", pa.bool_())]
    + [(name, pa.int64()) for name in _COUNTERS]
)


@dataclass(frozen=True)
class _Documents:
    """Documents in order of preference, their shingle sets one after another in `flat`."""

    doc_id: np.ndarray
    keys: np.ndarray
    sketches: np.ndarray
    flat: np.ndarray
    bounds: np.ndarray


@dataclass(frozen=True)
class _Pairs:
    """Verified pairs of ranks, by later member; rank j's are starts[j] to starts[j + 1]."""

    starts: np.ndarray
    later: np.ndarray
    earlier: np.ndarray
    similarity: np.ndarray


def verify_partition(
    batches: Iterable[pa.RecordBatch], ngram: int, min_jaccard: float, required: int, permutations: int
) -> Iterator[pa.RecordBatch]:
    """Rows of documents (doc_id), candidate pairs (other) and crowd members (bucket) in; VERIFIED out."""
    documents, candidates, crowds = _gather(batches, ngram, permutations)
    if documents is None:
        return
    pairs, misses = _compared(documents, candidates, min_jaccard)
    yield _rows(documents, misses.later, misses.earlier, misses.similarity, np.ones(len(misses.later), bool))
    if len(crowds):
        yield from _compare_in_crowds(documents, pairs, crowds, min_jaccard, required)
        return
    yield _rows(documents, pairs.later, pairs.earlier, pairs.similarity, np.ones(len(pairs.later), bool))


def _gather(batches: Iterable[pa.RecordBatch], ngram: int, permutations: int):
    """The documents of the partition (None if there are none), its candidate pairs and its crowd members, as keys."""
    narrow, shingle_sets, pairs, crowds = [], [], [], []
    for batch in batches:
        texts = batch.filter(batch.column("doc_id").is_valid())
        flat, bounds = sorted_shingles(*folded_bytes(texts.column("text")), ngram)
        shingle_sets += [flat[start:end] for start, end in itertools.pairwise(bounds)]
        narrow.append(texts.drop_columns(["text"]))
        pairs.append(_two_columns(batch, "key", "other"))
        crowds.append(_two_columns(batch, "key", "bucket"))
    if not shingle_sets:
        return None, None, None
    return _in_order(pa.Table.from_batches(narrow), shingle_sets, permutations), np.concatenate(pairs), np.concatenate(crowds)


def _two_columns(batch: pa.RecordBatch, one: str, other: str) -> np.ndarray:
    rows = batch.filter(batch.column(other).is_valid())
    return np.stack([rows.column(one).to_numpy(), rows.column(other).to_numpy()], axis=1)


def _in_order(narrow: pa.Table, shingle_sets: list[np.ndarray], permutations: int) -> _Documents:
    doc_id, keys = np.array(narrow["doc_id"].to_pylist()), narrow["key"].to_numpy()
    if len(np.unique(keys)) < len(keys):
        if repeated := [one for one, times in Counter(doc_id.tolist()).items() if times > 1]:
            raise InputError(f"the id {repeated[0]} occurs more than once")
        raise RuntimeError("two documents share a 64-bit key (one chance in 2^64 per pair); change the hash in near_pairs")
    order = preference_order(narrow["preference"].to_numpy(), narrow["char_count"].to_numpy(), doc_id)
    sketches = from_binary(narrow["sketch"].combine_chunks(), permutations)
    ordered = [shingle_sets[i] for i in order]
    bounds = np.zeros(len(order) + 1, np.int64)
    np.cumsum([len(shingles) for shingles in ordered], out=bounds[1:])
    return _Documents(doc_id[order], keys[order], sketches[order].copy(), np.concatenate(ordered), bounds)


def _ranks(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The rank of each wanted key."""
    order = np.argsort(keys)
    return order[np.searchsorted(keys[order], wanted)]


def _compared(documents: _Documents, candidates: np.ndarray, min_jaccard: float) -> tuple[_Pairs, _Pairs]:
    """The candidates that are similar, and those that fall short of it by at most MISSED_BY."""
    left, right = _ranks(documents.keys, candidates[:, 0]), _ranks(documents.keys, candidates[:, 1])
    similarity = jaccards(documents.flat, documents.bounds, left, right)
    similar = similarity >= min_jaccard
    close = ~similar & (similarity >= min_jaccard - MISSED_BY)
    n = len(documents.keys)
    return _some(n, left, right, similarity, similar), _some(n, left, right, similarity, close)


def _some(n: int, left: np.ndarray, right: np.ndarray, similarity: np.ndarray, wanted: np.ndarray) -> _Pairs:
    order, starts, later, earlier = group_by_later(n, left[wanted], right[wanted])
    return _Pairs(starts, later, earlier, similarity[wanted][order])


def _compare_in_crowds(
    documents: _Documents, pairs: _Pairs, crowds: np.ndarray, min_jaccard: float, required: int
) -> Iterator[pa.RecordBatch]:
    n = len(documents.keys)
    ranks, (_, numbers) = _ranks(documents.keys, crowds[:, 0]), np.unique(crowds[:, 1], return_inverse=True)
    order = np.lexsort((numbers, ranks))
    crowd_starts = np.searchsorted(ranks[order], np.arange(n + 1))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(numbers))])
    _, found, similarity, examined = choose_in_crowds(
        pairs.starts, pairs.earlier, pairs.similarity, crowd_starts, numbers[order], offsets,
        documents.flat, documents.bounds, documents.sketches, (min_jaccard, required),
    )  # fmt: skip
    found = np.array(found, np.int64).reshape(-1, 2)
    later, earlier = np.concatenate([pairs.later, found[:, 0]]), np.concatenate([pairs.earlier, found[:, 1]])
    crowded = np.diff(crowd_starts) > 0
    complete = ~(crowded[later] | crowded[earlier])
    yield _rows(documents, later, earlier, np.concatenate([pairs.similarity, similarity]), complete)
    counts = dict(zip(_COUNTERS, ([int(count)] for count in examined), strict=True))
    yield pa.RecordBatch.from_pydict({name: counts.get(name, [None]) for name in _SCHEMA.names}, schema=_SCHEMA)


def _rows(
    documents: _Documents,
    later: np.ndarray,
    earlier: np.ndarray,
    similarity: np.ndarray,
    complete: np.ndarray,
) -> pa.RecordBatch:
    columns = {
        "doc_id": documents.doc_id[later].tolist(),
        "other_id": documents.doc_id[earlier].tolist(),
        "similarity": similarity,
        "complete": complete,
    }
    none = pa.nulls(len(later), pa.int64())
    return pa.RecordBatch.from_pydict({name: columns.get(name, none) for name in _SCHEMA.names}, schema=_SCHEMA)
