"""How many distinct documents a collection is worth when some are there more often than others."""

from collections.abc import Mapping

import numpy as np

Multiplicities = Mapping[int, int]
"""Multiplicity -> number of documents that are there so often; multiplicities are at least 1."""


def records_of(documents: Multiplicities) -> int:
    """How many records there are, copies counted."""
    return sum(multiplicity * count for multiplicity, count in documents.items())


def kish(documents: Multiplicities) -> float:
    """(sum w)^2 / sum w^2 (Kish 1965, Survey Sampling, section 11.7): how many records of equal weight are as good for a mean.

    Also the inverse of Simpson's index: one over the probability that two draws with replacement are copies of each other.
    0 without documents.
    """
    squares = sum(multiplicity**2 * count for multiplicity, count in documents.items())
    return records_of(documents) ** 2 / squares if squares else 0.0


def hill(documents: Multiplicities) -> float:
    """exp(H) of the documents' shares of the records (Hill 1973, Ecology 54, order 1); 0 without documents.

    Never below Kish's size, never above the number of documents.
    """
    if not documents:
        return 0.0
    multiplicity, count = (np.array(side, float) for side in zip(*sorted(documents.items()), strict=True))
    share = multiplicity / (multiplicity @ count)
    return float(np.exp(-(count * share) @ np.log(share)))


def distinct_share(documents: Multiplicities) -> float:
    """U / D: documents per record; 1 if nothing is there twice. Raises ZeroDivisionError without documents."""
    return sum(documents.values()) / records_of(documents)
