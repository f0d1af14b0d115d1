"""Choosing representatives among pairs that are verified already, in one task for whole connected groups."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from brickyard.arrays import as_matrix
from brickyard.graphs.representatives import choose_representatives, group_by_later, preference_order
from brickyard.graphs.vector_crowds import Adjacency, choose_among_vectors

CHOSEN = "doc_id string, other_id string, similarity double, chosen boolean, complete boolean"
_PAIR = ["doc_id", "preference", "char_count", "other_id", "other_preference", "other_char_count", "similarity", "component"]
_MEMBER = ["doc_id", "preference", "char_count", "cell", "component"]


@dataclass(frozen=True)
class _Members:
    """Members of crowds: their rows and vectors."""

    rows: pd.DataFrame
    vectors: np.ndarray


def choose_partition(
    batches: Iterable[pa.RecordBatch], min_cosine: float = 0.0, adjacency: Adjacency | None = None
) -> Iterator[pa.RecordBatch]:
    """Pairs with what orders their two documents in; the same pairs out, `chosen` where one drops its doc_id.

    Rows with a `vector` are members of crowds, whose pairs are not all listed: they are compared here, with kept members of
    the same or an adjacent cell only, and what is found is listed too. Whoever is in a crowd has incomplete pairs.
    """
    pairs, members = _split(batches)
    crowded = pairs["component"].isin(members.rows["component"])
    plain = pairs[~crowded]
    if len(plain):
        yield _choose_plainly(plain)
    for component, mine in pairs[crowded].groupby("component", sort=True):
        here = (members.rows["component"] == component).to_numpy()
        assert adjacency is not None  # noqa: S101
        yield _choose_in_crowd(mine, _Members(members.rows[here], members.vectors[here]), min_cosine, adjacency)


def _split(batches: Iterable[pa.RecordBatch]) -> tuple[pd.DataFrame, _Members]:
    pairs, members, vectors = [pd.DataFrame(columns=_PAIR)], [pd.DataFrame(columns=_MEMBER)], []
    for batch in batches:
        if "vector" not in batch.schema.names:
            pairs.append(batch.select(_PAIR).to_pandas())
            continue
        is_member = batch.column("vector").is_valid()
        pairs.append(batch.filter(is_member.to_numpy(zero_copy_only=False) == False).select(_PAIR).to_pandas())  # noqa: E712
        found = batch.filter(is_member)
        members.append(found.select(_MEMBER).to_pandas())
        vectors += [as_matrix(found.column("vector"))] if len(found) else []
    matrix = np.concatenate(vectors) if vectors else np.empty((0, 1), np.float32)
    return _joined(pairs), _Members(_joined(members), matrix)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def _choose_plainly(pairs: pd.DataFrame) -> pa.RecordBatch:
    names, ranks = _ranked(pairs, pd.DataFrame(columns=_MEMBER))
    left, right = ranks[: len(pairs)], ranks[len(pairs) :]
    order, starts, _, earlier = group_by_later(len(names), left, right)
    picks = choose_representatives(starts, earlier, pairs["similarity"].to_numpy(float)[order])
    chosen = np.zeros(len(pairs), bool)
    chosen[order[picks[picks >= 0]]] = True
    rows = pairs[["doc_id", "other_id", "similarity"]].assign(chosen=chosen, complete=True)
    return pa.RecordBatch.from_pandas(rows, preserve_index=False)


def _choose_in_crowd(pairs: pd.DataFrame, members: _Members, min_cosine: float, adjacency: Adjacency) -> pa.RecordBatch:
    names, ranks = _ranked(pairs, members.rows)
    left, right, own = np.split(ranks, [len(pairs), 2 * len(pairs)])
    order, starts, later, earlier = group_by_later(len(names), left, right)
    similarity = pairs["similarity"].to_numpy(float)[order]
    by_rank = np.argsort(own)
    cells = members.rows["cell"].to_numpy(np.int64)[by_rank]
    found = choose_among_vectors(
        (starts, earlier, similarity), own[by_rank], members.vectors[by_rank], cells, min_cosine, adjacency
    )
    later, earlier = np.concatenate([later, found.later]), np.concatenate([earlier, found.earlier])
    crowded = np.zeros(len(names), bool)
    crowded[own] = True
    rows = {
        "doc_id": names[later],
        "other_id": names[earlier],
        "similarity": np.concatenate([similarity, found.similarity]),
        "chosen": found.representative[later] == earlier,
        "complete": ~(crowded[later] | crowded[earlier]),
    }
    return pa.RecordBatch.from_pandas(pd.DataFrame(rows), preserve_index=False)


def _ranked(pairs: pd.DataFrame, members: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Ids in order of preference, and the ranks of: the first of each pair, the second of each, each member."""
    sides = [pairs[["doc_id", "preference", "char_count"]], pairs[["other_id", "other_preference", "other_char_count"]]]
    sides.append(members[["doc_id", "preference", "char_count"]])
    ids, preference, length = (np.concatenate([side.iloc[:, column] for side in sides]) for column in range(3))
    names, first, inverse = np.unique(ids.astype(str), return_index=True, return_inverse=True)
    best = preference_order(preference[first].astype(float), length[first].astype(np.int64), names)
    ranks = np.empty(len(names), np.int64)
    ranks[best] = np.arange(len(names))
    return names[best], ranks[inverse]
