"""A multi-layer perceptron as a plain tree of arrays.

Parameters: a tuple with a dict for each layer: weight (inputs, outputs), bias (outputs,), and gain and shift (outputs,) in
normalised hidden layers. Masks: a tuple of vectors of 0 and 1, one for the inputs, one for each hidden layer and one for the
outputs: with one compiled program for the largest widths, networks of all widths below are trained side by side.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from brickyard.gauge.probes.activations import activation_of
from brickyard.gauge.probes.initialisation import weights
from brickyard.gauge.probes.normalisation import batch_normalised, batch_statistics, layer_normalised
from brickyard.probe import Probe

Array = Any
Parameters = Any
Statistics = Any


class Passed(NamedTuple):
    """What a pass gives: outputs (rows, outputs), hidden units' values by layer, and batch statistics by layer."""

    outputs: Array
    hidden: tuple[Array, ...]
    statistics: Statistics


def masks_of(
    inputs: int, widths: tuple[int, ...], outputs: int, largest: tuple[int, ...] | None = None
) -> tuple[np.ndarray, ...]:
    """Masks of a network of these widths within one of the `largest` widths."""
    rooms = (inputs, *(largest or widths), outputs)
    return tuple(
        (np.arange(room) < size).astype(np.float32) for room, size in zip(rooms, (inputs, *widths, outputs), strict=True)
    )


def initial(probe: Probe, key: Array, masks: tuple[Array, ...]) -> Parameters:
    """Fresh parameters; the last layer of a network whose weights are too large on purpose is drawn like the others."""
    import jax
    import jax.numpy as jnp

    keys = jax.random.split(key, len(masks) - 1)
    layers = []
    for index, (mask_in, mask_out) in enumerate(pairwise(masks)):
        layer = {"weight": weights(probe.initialisation, keys[index], mask_in, mask_out), "bias": jnp.zeros(len(mask_out))}
        if probe.normalisation != "none" and index < len(masks) - 2:
            layer |= {"gain": jnp.ones(len(mask_out)), "shift": jnp.zeros(len(mask_out))}
        layers.append(layer)
    return tuple(layers)


def forward(
    probe: Probe, parameters: Parameters, rows: Array, masks: tuple[Array, ...], statistics: Statistics = None
) -> Passed:
    """Rows (rows, inputs) through the network. Without `statistics` batches are normalised by themselves, as in training."""
    activation = activation_of(probe.activation)
    hidden, seen = [], []
    for index, layer in enumerate(parameters[:-1]):
        rows = rows @ layer["weight"] + layer["bias"]
        if probe.normalisation == "batch":
            seen.append(batch_statistics(rows))
            rows = batch_normalised(rows, seen[-1] if statistics is None else statistics[index])
        if probe.normalisation == "layer":
            rows = layer_normalised(rows, masks[index + 1])
        if probe.normalisation != "none":
            rows = rows * layer["gain"] + layer["shift"]
        rows = activation(rows) * masks[index + 1]
        hidden.append(rows)
    return Passed(rows @ parameters[-1]["weight"] + parameters[-1]["bias"], tuple(hidden), tuple(seen))
