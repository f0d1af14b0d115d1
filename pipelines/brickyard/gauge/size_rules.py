"""Rules of thumb for the width of one hidden layer, and counts of parameters: the baselines of a prediction."""

import math
from collections.abc import Mapping

import numpy as np

from brickyard.gauge.entropy import plug_in_entropy

WIDROW_ERROR = 0.1
"""The share of errors for which Widrow's rule wants ten rows for each weight."""

PROJECTIONS = 16
"""Directions along which Friedland's count is taken; the smallest counts."""


def parameters_of(inputs: int, width: int, outputs: int) -> int:
    """Weights and biases of a perceptron with one hidden layer."""
    return (inputs + 1) * width + (width + 1) * outputs


def width_for(parameters: float, inputs: int, outputs: int) -> float:
    """The width at which a perceptron has so many parameters; at least 1."""
    return max(1.0, (parameters - outputs) / (inputs + outputs + 1))


def rules(rows: int, inputs: int, outputs: int) -> Mapping[str, float]:
    """Widths by the rules that are quoted most; none of them looks at the data but to count it.

    widrow: rows = weights / error (Widrow 1987); the others are folklore, collected in "fourteen ways" comparisons.
    """
    return {
        "widrow": width_for(rows * WIDROW_ERROR, inputs, outputs),
        "two_thirds": max(1.0, 2 / 3 * (inputs + outputs)),
        "geometric_mean": math.sqrt(inputs * outputs),
        "twice_inputs": 2.0 * inputs + 1,
        "tenth_of_rows": max(1.0, rows / (10 * (inputs + outputs))),
    }


def friedland_bits(vectors: np.ndarray, labels: np.ndarray, seed: int = 0) -> float:
    """Bits that a network needs to hold the labels: ceil(log2(c + 1)) d, c changes of label along a sorted direction.

    Friedland, Metere, Krell 2018, "A Practical Approach to Sizing Neural Networks", section 3: rows sorted by the sum of
    their columns. A sum depends on the columns' scales, so random directions of standardised columns are tried too, and the
    one with the fewest changes counts. Reliable, its authors say, for two balanced classes.
    """
    draws = np.random.default_rng(seed)
    directions = np.concatenate([np.ones((1, vectors.shape[1])), draws.normal(size=(PROJECTIONS - 1, vectors.shape[1]))])
    order = np.argsort(vectors @ directions.T, axis=0, kind="stable")
    changes = (np.diff(labels[order], axis=0) != 0).sum(axis=0).min()
    return float(math.ceil(math.log2(changes + 1)) * vectors.shape[1])


def friedland_width(bits: float, inputs: int) -> float:
    """Units of a first layer that hold so many bits, d + 1 for each (the same paper, section 2)."""
    return max(1.0, bits / (inputs + 1))


def memorising_parameters(labels: np.ndarray, bits_per_parameter: float = 2.0) -> float:
    """Parameters that hold all labels: their entropy times their number over the bits that a parameter holds.

    Two bits: a perceptron separates half of all labelings at two points for each weight (Cover 1965; MacKay 2003, ch. 40).
    """
    return len(labels) * plug_in_entropy(np.bincount(labels)) / bits_per_parameter
