"""How evenly labels are spread over classes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

IMBALANCED = 9.0
"""Largest over smallest class from which on data counts as imbalanced: the line that the KEEL collection draws."""


@dataclass(frozen=True)
class Balance:
    """`ratio`: largest over smallest class. `effective`: Hill numbers of order 1 and 2, classes as if all were equal."""

    classes: int
    ratio: float
    entropy: float  # bits
    effective: float
    effective_squares: float
    majority: float  # share of the largest class: what always guessing it gets right


def balance_of(counts: Mapping[str, int]) -> Balance:
    """From documents per class, none of them 0. Hill numbers: exp of the entropy, and 1 / sum p^2 (Hill 1973, eq. 2-3)."""
    sizes = np.sort(np.array(list(counts.values()), np.float64))
    shares = sizes / sizes.sum()
    entropy = float(-(shares * np.log(shares)).sum())
    return Balance(
        classes=len(sizes),
        ratio=float(sizes[-1] / sizes[0]),
        entropy=entropy / np.log(2),
        effective=float(np.exp(entropy)),
        effective_squares=float(1 / (shares @ shares)),
        majority=float(shares[-1]),
    )
