"""Choosing representatives among pairs that are verified already, in one task for whole connected groups."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from brickyard.graphs.representatives import choose_representatives, group_by_later, preference_order

CHOSEN = "doc_id string, other_id string, similarity double, complete boolean, chosen boolean"
SIDE = ["doc_id", "preference", "char_count"]
OTHER_SIDE = ["other_id", "other_preference", "other_char_count"]


def choose_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pairs with what orders their two documents in; CHOSEN out."""
    parts = [batch.select([*SIDE, *OTHER_SIDE, "similarity", "complete"]) for batch in batches]
    if parts:
        yield choose_among(pa.Table.from_batches(parts).to_pandas())


def choose_among(pairs: pd.DataFrame) -> pa.RecordBatch:
    """The pairs as CHOSEN: doc_id the later of the two in the order of preference, `chosen` where other_id drops it."""
    names, ranks = rank_documents(pairs[SIDE], pairs[OTHER_SIDE])
    left, right = np.split(ranks, 2)
    order, starts, _, earlier = group_by_later(len(names), left, right)
    picks = choose_representatives(starts, earlier, pairs["similarity"].to_numpy(float)[order])
    chosen = np.zeros(len(pairs), bool)
    chosen[order[picks[picks >= 0]]] = True
    columns = pairs[["similarity", "complete"]].assign(chosen=chosen)
    columns.insert(0, "doc_id", names[np.maximum(left, right)])
    columns.insert(1, "other_id", names[np.minimum(left, right)])
    return pa.RecordBatch.from_pandas(columns, preserve_index=False)


def rank_documents(*sides: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Ids in order of preference, and the rank of every row of the sides (id, preference, length), one after another."""
    ids, preference, length = (np.concatenate([side.iloc[:, column] for side in sides]) for column in range(3))
    names, first, inverse = np.unique(ids.astype(str), return_index=True, return_inverse=True)
    best = preference_order(preference[first].astype(float), length[first].astype(np.int64), names)
    ranks = np.empty(len(names), np.int64)
    ranks[best] = np.arange(len(names))
    return names[best], ranks[inverse]
