import numpy as np
import pytest
from brickyard.graphs.ordering import ranks_of_pairs
from hypothesis import given, settings
from hypothesis import strategies as st


@given(st.permutations(range(9)), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=25))
@settings(deadline=None, max_examples=200)
def test_the_earlier_of_every_pair_ranks_before_the_later(order: list[int], pairs: list[tuple[int, int]]) -> None:
    places = {node: place for place, node in enumerate(order)}
    oriented = [max(pair, pair[::-1], key=lambda each: places[each[0]]) for pair in pairs if pair[0] != pair[1]]
    array = np.array(oriented, np.int64).reshape(-1, 2)
    ranks = ranks_of_pairs(9, array[:, 0].copy(), array[:, 1].copy())
    assert sorted(ranks) == list(range(9))
    assert all(ranks[earlier] < ranks[later] for later, earlier in oriented)


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        ranks_of_pairs(3, np.array([0, 1, 2]), np.array([1, 2, 0]))
