"""Sums of floating-point numbers without rounding, so that no order of addition can matter."""

import numpy as np

UNIT = 1074 + 53
"""Sums are whole multiples of 2^-UNIT: no double has a smaller bit."""


def exact_sum(values: np.ndarray) -> int:
    """The sum of finite doubles, in units of 2^-UNIT.

    Each is a whole number of 53 bits times a power of two; halves of these numbers are added up by power in int64, which
    holds 2^36 of them.
    """
    fractions, exponents = np.frexp(values)
    whole = (fractions * 2.0**53).astype(np.int64)
    powers, place = np.unique(exponents, return_inverse=True)
    high, low = np.zeros(len(powers), np.int64), np.zeros(len(powers), np.int64)
    np.add.at(high, place, whole >> 26)
    np.add.at(low, place, whole & (2**26 - 1))
    shifts = (int(power) - 53 + UNIT for power in powers)
    return sum(((int(upper) << 26) + int(lower)) << shift for upper, lower, shift in zip(high, low, shifts, strict=True))


def mean_of(total: int, count: int) -> float:
    """The mean, rounded once."""
    return total / (count << UNIT)
