"""Choosing representatives among pairs that are verified already, in one task for whole connected groups."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from brickyard.graphs.representatives import choose_representatives, group_by_later, preference_order

CHOSEN = "doc_id string, other_id string, similarity double, complete boolean, chosen boolean"
_SIDES = {"doc_id": "other_id", "preference": "other_preference", "char_count": "other_char_count"}


def choose_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pairs with what orders their two documents in; the same out, doc_id the later one, `chosen` where other_id drops it."""
    parts = [batch.select([*_SIDES, *_SIDES.values(), "similarity", "complete"]) for batch in batches]
    if not parts:
        return
    pairs = pa.Table.from_batches(parts).to_pandas()
    left, right, n = _ranks(pairs)
    order, starts, _, earlier = group_by_later(n, left, right)
    similarity = pairs["similarity"].to_numpy()[order]
    picks = choose_representatives(starts, earlier, similarity)
    chosen = np.zeros(len(pairs), bool)
    chosen[order[picks[picks >= 0]]] = True
    pairs["doc_id"], pairs["other_id"] = (
        np.where(left > right, pairs["doc_id"], pairs["other_id"]),
        np.where(left > right, pairs["other_id"], pairs["doc_id"]),
    )
    columns = pairs[["doc_id", "other_id", "similarity", "complete"]]
    yield pa.RecordBatch.from_pandas(columns.assign(chosen=chosen), preserve_index=False)


def _ranks(pairs) -> tuple[np.ndarray, np.ndarray, int]:
    """The ranks of both documents of each pair, and how many documents there are."""
    ids = np.concatenate([pairs["doc_id"], pairs["other_id"]]).astype(str)
    names, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    preference = np.concatenate([pairs["preference"], pairs["other_preference"]])[first]
    length = np.concatenate([pairs["char_count"], pairs["other_char_count"]])[first]
    ranks = np.empty(len(names), np.int64)
    ranks[preference_order(preference, length, names)] = np.arange(len(names))
    return ranks[inverse[: len(pairs)]], ranks[inverse[len(pairs) :]], len(names)
