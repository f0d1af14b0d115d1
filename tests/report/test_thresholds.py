"""At every threshold the counts are what the slow definition of choosing gives."""

import itertools
import random

import pyarrow as pa
import pytest
from brickyard.report.thresholds import STEPS, _bins, _tally_partition, grid_from
from brickyard.tables import DOCUMENTS, RECORDS
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles
from tests.tiny import jaccard_of, shingles_of

THRESHOLDS = [0.7, 0.8, 0.9, 1.0]
COUNT = 9


def random_pairs(seed: int) -> tuple[dict[tuple[int, int], float], list[int]]:
    """Pairs (earlier, later) of documents in order of preference, and the records of each."""
    rng = random.Random(seed)
    pairs = [(i, j) for j in range(COUNT) for i in range(j) if rng.random() < 0.3]
    similar = {pair: rng.choice([0.7, 0.75, 0.8, 0.9, 1.0]) for pair in pairs}
    return similar, [rng.randint(1, 4) for _ in range(COUNT)]


def as_batches(similar: dict, copies: list[int], incomplete: set, seed: int) -> list[pa.RecordBatch]:
    """The pairs in any order, under keys that say nothing of the preference."""
    rng = random.Random(seed)
    keys, components = rng.sample(range(-(10**6), 10**6), COUNT), oracles.components(COUNT, [*similar])
    dropping = {(i, j) for j, i in oracles.representatives(COUNT, similar).items()}
    rows = [
        {"a": keys[j], "b": keys[i], "component": components[i], "similarity": value, "chosen": (i, j) in dropping,
         "complete": (i, j) not in incomplete, "copies": copies[j]}
        for (i, j), value in rng.sample([*similar.items()], len(similar))
    ]  # fmt: skip
    size = rng.randint(1, 6)
    return [pa.RecordBatch.from_pylist(rows[start : start + size]) for start in range(0, len(rows), size)]


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=150)
def test_tallies_are_those_of_the_definition(seed: int) -> None:
    similar, copies = random_pairs(seed)
    incomplete = {pair for pair in similar if random.Random(seed).random() < 0.2}
    components = oracles.components(COUNT, [*similar])
    uncertain = {components[i] for i, _ in incomplete}
    rows = [row for batch in _tally_partition(iter(as_batches(similar, copies, incomplete, seed)), THRESHOLDS)
            for row in batch.to_pylist()]  # fmt: skip
    assert [row["step"] for row in rows] == (list(range(len(THRESHOLDS))) if similar else [])
    for row in rows:
        near = {pair: value for pair, value in similar.items() if value >= THRESHOLDS[row["step"]]}
        dropped = oracles.representatives(COUNT, near)
        assert row["pairs"] == len(near)
        assert row["dropped_documents"] == len(dropped)
        assert row["dropped_records"] == sum(copies[document] for document in dropped)
        assert row["certain_documents"] == sum(components[document] not in uncertain for document in dropped)


@pytest.mark.parametrize("step", [0, 5, 10, 17, 25, 30])
def test_a_release_at_another_threshold_is_what_its_texts_say(paged, step: int) -> None:
    row = paged.numbers["near"]["thresholds"][step]
    texts = {one["record_id"]: one["text"] for one in paged.rows(RECORDS)}
    documents = sorted(paged.rows(DOCUMENTS), key=lambda one: (-one["char_count"], one["doc_id"]))
    sets = [shingles_of(texts[one["first_record_id"]], 3) for one in documents]
    both = {(i, j): jaccard_of(sets[i], sets[j]) for i, j in itertools.combinations(range(len(sets)), 2)}
    near = {pair: value for pair, value in both.items() if value >= row["threshold"]}
    dropped = oracles.representatives(len(documents), near)
    assert (row["pairs"], row["dropped_documents"]) == (len(near), len(dropped))
    assert row["dropped_records"] == sum(documents[place]["copies"] for place in dropped)


def test_the_thresholds_of_a_release_differ_so_that_a_wrong_one_shows(paged) -> None:
    rows = paged.numbers["near"]["thresholds"]
    assert len({row["dropped_documents"] for row in rows}) > 4
    assert [row["threshold"] for row in rows] == grid_from(0.7)


def test_the_grid_begins_at_the_stored_threshold_and_ends_at_1() -> None:
    assert grid_from(0.7) == [0.7, *(number / STEPS for number in range(71, 101))]
    assert grid_from(0.705)[:3] == [0.705, 0.71, 0.72]
    assert grid_from(1.0) == [1.0]


def test_the_last_bin_holds_the_pairs_that_are_equal() -> None:
    rows = [{"threshold": 0.99, "pairs": 5, "chosen_pairs": 3}, {"threshold": 1.0, "pairs": 2, "chosen_pairs": 1}]
    assert _bins(rows) == [
        {"from": 0.99, "to": 1.0, "pairs": 3, "chosen_pairs": 2},
        {"from": 1.0, "to": 1.0, "pairs": 2, "chosen_pairs": 1},
    ]
