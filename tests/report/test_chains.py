"""Documents that chains would have deleted: all of them are counted, and the chains shown are real."""

import itertools
import random

import pyarrow as pa
from brickyard.report.chaining import END, find_survivors
from brickyard.tables import DUPLICATE_PAIRS, RECORDS
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles
from tests.tiny import jaccard_of, shingles_of

COUNT = 10


def as_batch(similar: dict[tuple[int, int], float], lengths: list[int]) -> pa.RecordBatch:
    """Pairs (earlier, later) of documents in order of preference."""
    components, chosen = oracles.components(COUNT, [*similar]), oracles.representatives(COUNT, similar)
    rows = [
        {"a": 7 * j % 11, "b": 7 * i % 11, "component": components[i], "doc_id": f"{j}", "other_id": f"{i}",
         "similarity": value, "chosen": chosen.get(j) == i, "char_count": lengths[j], "other_char_count": lengths[i]}
        for (i, j), value in similar.items()
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(rows)


def random_pairs(rng: random.Random) -> dict[tuple[int, int], float]:
    joined = [pair for pair in itertools.combinations(range(COUNT), 2) if rng.random() < 0.15]
    return {pair: rng.choice([0.7, 0.8]) for pair in joined}


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=150)
def test_survivors_are_the_kept_documents_that_are_not_the_best(seed: int) -> None:
    rng = random.Random(seed)
    similar, lengths = random_pairs(rng), sorted((rng.randint(1, 5) for _ in range(COUNT)), reverse=True)
    if not similar:
        return
    components, dropped = oracles.components(COUNT, [*similar]), oracles.representatives(COUNT, similar)
    wanted: dict[int, list[int]] = {}
    for node in range(COUNT):
        if node not in dropped and node != components[node]:  # the best is the first, so the smallest node
            wanted.setdefault(components[node], []).append(node)
    found = [row for batch in find_survivors(iter([as_batch(similar, lengths)])) for row in batch.to_pylist()]
    assert len(found) == sum(min(len(nodes), 3) for nodes in wanted.values())
    for row in found:
        assert int(row["doc_id"]) in wanted[int(row["best_id"])]
        if row["hops"] < 8:  # longer ones are cut: see the test of a long chain
            check_chain(row, similar)


def check_chain(row: dict, similar: dict[tuple[int, int], float]) -> None:
    """Each link is a stored pair with its similarity, from the document to the best."""
    nodes = [int(name) for name in row["path"]]
    assert (nodes[0], nodes[-1], len(nodes) - 1) == (int(row["doc_id"]), int(row["best_id"]), row["hops"])
    links = [similar[min(pair), max(pair)] for pair in itertools.pairwise(nodes)]
    assert row["similarities"] == links


def test_a_long_chain_is_cut_between_its_ends() -> None:
    similar = {(i, i + 1): 0.7 + i / 100 for i in range(40)}
    rows = [
        {"a": j, "b": i, "component": 0, "doc_id": f"{j:02}", "other_id": f"{i:02}", "similarity": value, "chosen": j % 2 == 1,
         "char_count": 100 - j, "other_char_count": 100 - i}
        for (i, j), value in similar.items()
    ]  # fmt: skip
    (batch,) = find_survivors(iter([pa.RecordBatch.from_pylist(rows)]))
    first = batch.to_pylist()[0]
    assert (first["doc_id"], first["best_id"], first["hops"], first["members"]) == ("40", "00", 40, 41)
    assert first["path"] == ["40", "39", "38", "37", "03", "02", "01", "00"]
    assert len(first["path"]) == 2 * END
    assert first["similarities"] == [*(similar[i, i + 1] for i in (39, 38, 37)), -1.0, *(similar[i, i + 1] for i in (2, 1, 0))]


def test_the_counts_of_a_release_are_those_of_its_pairs(paged) -> None:
    pairs = [row for row in paged.rows(DUPLICATE_PAIRS) if row["kind"] == "near"]
    names = sorted({row[side] for row in pairs for side in ("doc_id", "other_id")})
    components = oracles.components(len(names), [(names.index(row["doc_id"]), names.index(row["other_id"])) for row in pairs])
    dropped = {row["doc_id"] for row in pairs if row["chosen"]}
    chains = paged.numbers["chains"]
    assert chains["components"] == len(set(components))
    assert chains["documents"] == len(names)
    assert chains["kept"] == len(names) - len(dropped)
    assert chains["wrongly_deleted"] == len(names) - len(dropped) - len(set(components)) > 0


def test_a_shown_document_is_kept_and_its_similarity_to_the_best_is_that_of_the_texts(paged) -> None:
    texts = {row["doc_id"]: row["text"] for row in paged.rows(RECORDS)}
    assert paged.numbers["chains"]["rows"]
    for row in paged.numbers["chains"]["rows"]:
        left, right = (shingles_of(texts[row[side]["doc_id"]], 3) for side in ("left", "right"))
        assert row["jaccard_to_best"] == jaccard_of(left, right) < 0.7
        links = [shingles_of(texts[one["doc_id"]], 3) for one in row["chain"]]
        assert row["links"] == [jaccard_of(a, b) for a, b in itertools.pairwise(links)]
        assert all(link >= 0.7 for link in row["links"])
