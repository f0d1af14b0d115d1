"""Sums without rounding against fractions."""

from fractions import Fraction

import numpy as np
from brickyard.vectors.exact_sums import UNIT, exact_sum, mean_of
from hypothesis import given, settings
from hypothesis import strategies as st

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20)


@given(NUMBERS)
@settings(deadline=None, max_examples=200)
def test_sums_are_those_of_fractions(numbers: list[float]) -> None:
    total = exact_sum(np.array(numbers, np.float64))
    assert Fraction(total, 2**UNIT) == sum(map(Fraction, numbers), Fraction(0))


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
@settings(deadline=None, max_examples=100)
def test_a_mean_is_the_fraction_rounded_once(numbers: list[float]) -> None:
    total = exact_sum(np.array(numbers, np.float64))
    assert mean_of(total, len(numbers)) == float(sum(map(Fraction, numbers), Fraction(0)) / len(numbers))
