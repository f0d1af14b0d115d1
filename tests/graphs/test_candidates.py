"""Pairs of a part's bands are those of the definition; and the table by which old bands and sketches are left out."""

import itertools

import numpy as np
from brickyard.graphs import candidates
from brickyard.graphs.candidates import may_be_in, slots_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

KEYS = arrays(np.int64, st.integers(0, 300), elements=st.integers(-(2**63), 2**63 - 1))


@given(KEYS, KEYS)
def test_what_is_wanted_is_never_left_out(wanted: np.ndarray, others: np.ndarray) -> None:
    assert may_be_in(slots_of(wanted), wanted).all()
    found = may_be_in(slots_of(wanted), others)
    assert found[np.isin(others, wanted)].all()


def test_of_others_one_in_sixteen_at_most_is_taken_along() -> None:
    keys = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 60_000)
    assert may_be_in(slots_of(keys[:10_000]), keys[10_000:]).mean() <= 1 / 16
    assert not may_be_in(slots_of(keys[:0]), keys).any()


BANDS = st.sets(st.tuples(st.integers(-3, 3), st.integers(1, 9)), min_size=1, max_size=30).map(sorted)


@settings(deadline=None)  # compiles
@given(BANDS, st.sets(st.integers(1, 9)), st.integers(2, 4))
@example([(1, 2)], {2}, 4)  # one band alone: there are few, or many parts
def test_pairs_are_all_of_a_bucket_that_have_a_fresh_one(rows: list[tuple[int, int]], fresh: set[int], crowd: int) -> None:
    """Documents have their key as size."""
    packed = {"band": np.array([(band, key, key, key in fresh) for band, key in rows], candidates._BAND).tobytes()}
    found = [row for batch in candidates._list_pairs(packed, 0.5, crowd) for row in batch.to_pylist()]
    pairs = [np.frombuffer(row["data"], candidates._PAIR).tolist() for row in found if row["kind"] == "pair"]
    crowds = [np.frombuffer(row["data"], np.int64).tolist() for row in found if row["kind"] == "crowd"]
    buckets = [[key for of, key in rows if of == band] for band in sorted({band for band, _ in rows})]
    wanted = [bucket for bucket in buckets if len(bucket) > 1 and fresh.intersection(bucket)]
    listed = {pair for bucket in wanted if len(bucket) <= crowd for pair in itertools.combinations(bucket, 2)}
    assert list(itertools.chain(*pairs)) == sorted((a, b, a < 0.5 * b) for a, b in listed if fresh & {a, b})
    assert crowds == [bucket for bucket in wanted if len(bucket) > crowd]
