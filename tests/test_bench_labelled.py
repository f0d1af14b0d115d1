"""The figures for the quality of vectors against counting pair by pair."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.labelled import adjusted_rand, calibrate, least_cosine, paraphrase, purity

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=30)


@given(ROWS)
@settings(deadline=None, max_examples=100)
def test_purity_and_rand_index_are_those_of_their_definitions(rows: list[tuple[int, int]]) -> None:
    cells, labels = (np.array(column) for column in zip(*rows, strict=True))
    best = sum(max(Counter(label for cell, label in rows if cell == one).values()) for one in set(cells.tolist()))
    assert purity(cells, labels) == pytest.approx(best / len(rows))
    pairs = list(combinations(rows, 2))
    both = sum(a[0] == b[0] and a[1] == b[1] for a, b in pairs)
    in_cell, in_label = (sum(a[side] == b[side] for a, b in pairs) for side in (0, 1))
    expected, most = in_cell * in_label / len(pairs), (in_cell + in_label) / 2
    if most != expected:
        assert adjusted_rand(cells, labels) == pytest.approx((both - expected) / (most - expected))


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4]), st.booleans()), min_size=1, max_size=12))
@settings(deadline=None, max_examples=100)
def test_the_least_cosine_is_the_smallest_that_is_precise_enough(pairs: list[tuple[float, bool]]) -> None:
    def precision(least: float) -> float:
        close = [same for cosine, same in pairs if cosine >= least]
        return sum(close) / len(close)

    good = [cosine for cosine, _ in pairs if precision(cosine) >= 0.75]
    cosines, same = (np.array(column) for column in zip(*pairs, strict=True))
    assert least_cosine(cosines, same, 0.75) == (min(good) if good else 1.1)


def test_calibration_is_of_one_half_and_checked_on_the_other() -> None:
    angles = np.array([0, 0, 0.1, 0.1, 1.5, 1.5, 1.6, 1.9])
    vectors, labels = np.column_stack([np.cos(angles), np.sin(angles)]), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    found = calibrate(vectors, labels, 0.95)
    assert found["eps"] == pytest.approx(1 - np.cos(0.1))
    assert (found["precision"], found["pairs"]) == (1.0, 0.5)


def test_paraphrases_say_the_same_in_other_words() -> None:
    assert paraphrase("How do I get my money?", 0) == "Hi there, what is the way to obtain my funds? Thanks!"
    assert (
        paraphrase("Why was my card declined?", 9) == "what is the reason that it was the card of mine declined? Please advise."
    )
