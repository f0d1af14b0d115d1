"""The table by which old bands and sketches are left out: what is wanted is never left out, and most else is."""

import numpy as np
from brickyard.graphs.candidates import may_be_in, slots_of
from hypothesis import given
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
