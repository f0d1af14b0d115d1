import itertools
import math
import random

import pyarrow as pa
import pytest
from brickyard.vectors.groups import pair_groups
from hypothesis import given, settings
from hypothesis import strategies as st

VECTORS = [[1, 0], [0, 1], [0.6, 0.8], [0.8, 0.6], [0, 0]]
SCHEMA = pa.schema(
    {
        "group": pa.int64(),
        "home": pa.bool_(),
        "fresh": pa.bool_(),
        "doc_id": pa.string(),
        "preference": pa.float64(),
        "char_count": pa.int64(),
        "vector": pa.list_(pa.float32()),
    }
)


def random_rows(seed: int, share: float) -> list[dict]:
    """Members of four groups; who is not at home in a group visits it."""
    rng = random.Random(seed)
    rows = [
        {"group": group, "home": rng.random() < 0.6, "fresh": rng.random() < share,
         "doc_id": f"{rng.randrange(16**4):04x}{member}",
         "preference": rng.choice([0.0, 1.0]), "char_count": rng.randint(1, 2), "vector": rng.choice(VECTORS)}
        for group in range(4) for member in range(rng.randint(0, 6))
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["group"], not row["home"]))


def cut(rows: list[dict], rng: random.Random) -> list[pa.RecordBatch]:
    batches = []
    while rows:
        size = rng.randint(0, 4)
        batches.append(pa.RecordBatch.from_pylist(rows[:size], SCHEMA))
        rows = rows[size:]
    return batches


def cosine(one: list[float], other: list[float]) -> float:
    squares = math.fsum(x * x for x in one) * math.fsum(x * x for x in other)
    return math.fsum(x * y for x, y in zip(one, other, strict=True)) / math.sqrt(squares) if squares else -1.0


def rank(row: dict) -> tuple:
    return -row["preference"], -row["char_count"], row["doc_id"]


def expected_pairs(rows: list[dict], min_cosine: float) -> list[tuple]:
    pairs = [
        (a, b)
        for a, b in itertools.combinations(rows, 2)
        if a["group"] == b["group"] and (a["home"] or b["home"]) and (a["fresh"] or b["fresh"])
    ]
    similar = [
        (max(a, b, key=rank), min(a, b, key=rank)) for a, b in pairs if cosine(a["vector"], b["vector"]) >= min_cosine - 1e-6
    ]
    names = ("doc_id", "preference", "char_count")
    return sorted((*(later[name] for name in names), *(earlier[name] for name in names)) for later, earlier in similar)


@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.7, 0.9]), st.sampled_from([0, 0.5, 1]))
@settings(deadline=None, max_examples=80)
def test_pairs_of_each_group_come_with_the_preferred_one_as_the_other(seed: int, min_cosine: float, share: float) -> None:
    rows = random_rows(seed, share)
    found = [
        tuple(row.values())
        for batch in pair_groups(iter(cut(rows, random.Random(seed))), min_cosine, 1000)
        for row in batch.to_pylist()
    ]
    assert sorted(row[:-2] for row in found) == expected_pairs(rows, min_cosine)
    vectors = {row["doc_id"]: row["vector"] for row in rows}
    assert [row[-2] for row in found] == pytest.approx([cosine(vectors[row[0]], vectors[row[3]]) for row in found], abs=1e-6)


def test_texts_without_words_are_alike_to_none() -> None:
    rows = [
        {"group": 1, "home": True, "fresh": True, "doc_id": name, "preference": 0.0, "char_count": 1, "vector": [0.0, 0.0]}
        for name in "ab"
    ]
    assert sum(len(batch) for batch in pair_groups(iter([pa.RecordBatch.from_pylist(rows, SCHEMA)]), 0.0, 9)) == 0
