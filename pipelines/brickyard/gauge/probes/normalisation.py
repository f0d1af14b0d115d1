"""Normalisation of a layer's pre-activations, before gain and shift."""

from typing import Any

Array = Any
EPSILON = 1e-5


def batch_statistics(values: Array) -> tuple[Array, Array]:
    """Mean and variance of every unit over the batch (Ioffe and Szegedy 2015, algorithm 1): (batch, units) to (units,) each."""
    return values.mean(0), values.var(0)


def batch_normalised(values: Array, statistics: tuple[Array, Array]) -> Array:
    """By the batch's own statistics in training; by their running means when the network is used."""
    mean, variance = statistics
    return (values - mean) / (variance + EPSILON) ** 0.5


def layer_normalised(values: Array, mask: Array) -> Array:
    """Each row by its own mean and variance over the units that are there (Ba and others 2016, eq. 3).

    `mask` (units,): 1 for a unit that is there, 0 for one that only fills up the width.
    """
    units = mask.sum()
    centred = (values - (values * mask).sum(-1, keepdims=True) / units) * mask
    return centred / ((centred**2).sum(-1, keepdims=True) / units + EPSILON) ** 0.5
