"""Without a transformer: an attention made of cu_seqlens sees exactly its own document, packed or not."""

import itertools

import numpy as np

SIZE = 300


def attention_of(cu_seqlens, size):
    """Which token sees which: causal, within the runs between two entries; nothing behind the last."""
    sees = np.zeros((size, size), bool)
    for begin, end in itertools.pairwise(cu_seqlens):
        sees[begin:end, begin:end] = np.tri(end - begin, dtype=bool)
    return sees


def seen_pairs(rows, size):
    """(doc_id, place, doc_id seen, place seen): places count from the beginning of the document."""
    pairs = set()
    for row in rows:
        owners = [(row["doc_ids"][number - 1], number) if number else None for number in row["document_ids"]]
        place = [
            (owner[0], row["starts"][owner[1] - 1] + position) if owner else None
            for owner, position in zip(owners, row["position_ids"], strict=True)
        ]
        for i, j in np.argwhere(attention_of(row["cu_seqlens"], size)):
            pairs.add((*place[i], *place[j]))
    return pairs


def test_packed_documents_are_seen_as_if_each_were_alone(export, tokens):
    rows = export(format="parquet", sequence_length=SIZE).rows()
    assert max(map(len, tokens.values())) <= SIZE
    assert max(len(row["doc_ids"]) for row in rows) > 1
    alone = {(doc_id, i, doc_id, j) for doc_id, ids in tokens.items() for i in range(len(ids)) for j in range(i + 1)}
    assert seen_pairs(rows, SIZE) == alone


def test_the_pieces_of_a_cut_document_see_themselves_only(export, tokens):
    size = 64
    pairs = seen_pairs(export(format="parquet", sequence_length=size).rows(), size)
    assert pairs == {
        (doc_id, i, doc_id, j)
        for doc_id, ids in tokens.items()
        for i in range(len(ids))
        for j in range(i // size * size, i + 1)
    }
