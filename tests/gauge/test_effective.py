"""Effective sizes against their definitions, record by record."""

import math

import pytest
from brickyard.gauge import effective
from hypothesis import given
from hypothesis import strategies as st

multiplicities = st.dictionaries(st.integers(1, 50), st.integers(1, 30), min_size=1)


def shares(documents):
    weights = [times for times, count in documents.items() for _ in range(count)]
    return [weight / sum(weights) for weight in weights]


@given(multiplicities)
def test_sizes_are_what_their_definitions_say(documents):
    assert effective.kish(documents) == pytest.approx(1 / sum(share**2 for share in shares(documents)))
    assert effective.hill(documents) == pytest.approx(math.exp(-sum(share * math.log(share) for share in shares(documents))))
    assert effective.distinct_share(documents) == len(shares(documents)) / effective.records_of(documents)


@given(multiplicities)
def test_sizes_are_ordered(documents):
    groups = sum(documents.values())
    assert 1 <= effective.kish(documents) <= effective.hill(documents) * (1 + 1e-9) <= groups * (1 + 1e-8)


def test_equal_weights_lose_nothing():
    assert effective.kish({7: 12}) == pytest.approx(12)
    assert effective.hill({7: 12}) == pytest.approx(12)


def test_nothing_is_worth_nothing():
    assert (effective.kish({}), effective.hill({})) == (0, 0)
