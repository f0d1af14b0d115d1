import numpy as np
from brickyard.graphs.representatives import choose_representatives, group_by_later, preference_order
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import oracles

RANKS = st.integers(0, 9)
SIMILAR = st.dictionaries(
    st.tuples(RANKS, RANKS).filter(lambda pair: pair[0] < pair[1]), st.sampled_from([0.7, 0.8, 0.9, 1.0]), max_size=25
)


def chosen(similar: dict[tuple[int, int], float], count: int = 10, flipped: bool = False) -> dict[int, int]:
    """Dropped rank -> representative, by the kernel."""
    pairs = np.array([*similar], np.int64).reshape(-1, 2)[:, :: -1 if flipped else 1]
    order, starts, later, earlier = group_by_later(count, pairs[:, 0], pairs[:, 1])
    picks = choose_representatives(starts, earlier, np.array([*similar.values()])[order] if similar else np.empty(0))
    assert all(later[pick] == rank for rank, pick in enumerate(picks) if pick >= 0)
    return {rank: int(earlier[pick]) for rank, pick in enumerate(picks) if pick >= 0}


@given(SIMILAR, st.booleans())
@settings(deadline=None, max_examples=300)
@example({(0, 1): 0.7, (1, 2): 1.0}, False)
def test_choice_is_that_of_the_definition(similar: dict, flipped: bool) -> None:
    assert chosen(similar, flipped=flipped) == oracles.representatives(10, similar)


@given(SIMILAR)
@settings(deadline=None, max_examples=100)
def test_order_of_pairs_does_not_matter(similar: dict) -> None:
    assert chosen(dict(sorted(similar.items(), reverse=True))) == chosen(similar)


def test_chains_do_not_collapse() -> None:
    assert chosen({(i, i + 1): 0.9 for i in range(5)}, 6) == {1: 0, 3: 2, 5: 4}


def test_the_most_similar_kept_one_represents_then_the_preferred() -> None:
    assert chosen({(0, 3): 0.8, (1, 3): 0.9, (2, 3): 0.9}, 4) == {3: 1}


def test_a_dropped_document_represents_none() -> None:
    assert chosen({(0, 1): 0.9, (0, 2): 0.7, (1, 2): 1.0}, 3) == {1: 0, 2: 0}


KEYS = st.tuples(st.sampled_from([0.0, 1.0, float("-inf")]), st.integers(0, 3), st.text("0af", min_size=2, max_size=2))


@given(st.lists(KEYS, unique=True, max_size=12))
@settings(deadline=None, max_examples=100)
def test_preferred_are_the_highest_then_the_longest_then_the_smallest_id(documents: list[tuple[float, int, str]]) -> None:
    preference, length, ids = zip(*documents, strict=True) if documents else ((), (), ())
    order = preference_order(np.array(preference, float), np.array(length, np.int64), np.array(ids, str))
    assert [documents[i] for i in order] == sorted(documents, key=lambda each: (-each[0], -each[1], each[2]))
