"""Choosing representatives among pairs of vectors, where the pairs of crowds are not all listed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from brickyard.arrays import as_matrix
from brickyard.graphs.choosing import OTHER_SIDE, SIDE, choose_among, rank_documents
from brickyard.graphs.representatives import group_by_later
from brickyard.graphs.vector_crowds import Adjacency, choose_among_vectors

_PAIR = [*SIDE, *OTHER_SIDE, "similarity", "component"]
_MEMBER = [*SIDE, "cell", "component"]


@dataclass(frozen=True)
class _Members:
    """Members of crowds: their rows and vectors."""

    rows: pd.DataFrame
    vectors: np.ndarray


def choose_partition(
    batches: Iterable[pa.RecordBatch], min_cosine: float = 0.0, adjacency: Adjacency | None = None
) -> Iterator[pa.RecordBatch]:
    """Pairs with what orders their two documents in; CHOSEN out.

    Rows with a `vector` are members of crowds, whose pairs are not all listed: they are compared here, with kept members of
    the same or an adjacent cell only, and what is found is listed too. Whoever is in a crowd has incomplete pairs.
    """
    pairs, members = _split(batches)
    crowded = pairs["component"].isin(members.rows["component"])
    plain = pairs[~crowded]
    if len(plain):
        yield choose_among(plain.assign(complete=True))
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


def _choose_in_crowd(pairs: pd.DataFrame, members: _Members, min_cosine: float, adjacency: Adjacency) -> pa.RecordBatch:
    names, ranks = rank_documents(pairs[SIDE], pairs[OTHER_SIDE], members.rows[SIDE])
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
        "complete": ~(crowded[later] | crowded[earlier]),
        "chosen": found.representative[later] == earlier,
    }
    return pa.RecordBatch.from_pandas(pd.DataFrame(rows), preserve_index=False)
