import random

import pyarrow as pa
from brickyard.graphs.choosing import choose_partition
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles


def random_pairs(seed: int) -> tuple[list[tuple[float, int, str]], dict[tuple[int, int], float]]:
    """Documents in order of preference (highest, longest, smallest id), and verified pairs of them."""
    rng = random.Random(seed)
    documents = [(rng.choice([0.0, 1.0]), rng.randint(1, 3), f"{number:032x}") for number in range(8)]
    documents.sort(key=lambda each: (-each[0], -each[1], each[2]))
    pairs = [(i, j) for j in range(8) for i in range(j) if rng.random() < 0.3]
    return documents, {pair: rng.choice([0.7, 0.8, 0.9]) for pair in pairs}


def as_batches(documents: list, similar: dict, rng: random.Random) -> list[pa.RecordBatch]:
    """The pairs in any order and any number of batches, a column more than is needed."""
    rows = []
    for (i, j), similarity in rng.sample([*similar.items()], len(similar)):
        (p, n, a), (q, m, b) = documents[j], documents[i]
        sides = {"doc_id": a, "preference": p, "char_count": n, "other_id": b, "other_preference": q, "other_char_count": m}
        if rng.random() < 0.5:  # stored before a preference changed
            sides = dict(zip(sides, [*sides.values()][3:] + [*sides.values()][:3], strict=True))
        rows.append({"component": 1, **sides, "similarity": similarity, "complete": True})
    size = rng.randint(1, 5)
    return [pa.RecordBatch.from_pylist(rows[start : start + size]) for start in range(0, len(rows), size)]


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=100)
def test_the_chosen_pairs_are_those_of_the_definition(seed: int) -> None:
    documents, similar = random_pairs(seed)
    rows = [
        row
        for batch in choose_partition(iter(as_batches(documents, similar, random.Random(seed))))
        for row in batch.to_pylist()
    ]
    ids = [each[2] for each in documents]
    found = {(ids.index(row["other_id"]), ids.index(row["doc_id"])): row["similarity"] for row in rows}
    assert found == similar
    chosen = {ids.index(row["doc_id"]): ids.index(row["other_id"]) for row in rows if row["chosen"]}
    assert chosen == oracles.representatives(8, similar)
    assert sum(row["chosen"] for row in rows) == len(chosen)


def test_a_partition_without_pairs_gives_nothing() -> None:
    assert list(choose_partition(iter([]))) == []
