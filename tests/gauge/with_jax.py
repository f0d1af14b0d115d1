"""What the tests of probes ask of JAX; to be run by `in_jax`. Takes and gives NumPy arrays."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from brickyard.gauge.probes.activations import activation_of
from brickyard.gauge.probes.curvature import largest_curvature
from brickyard.gauge.probes.initialisation import weights
from brickyard.gauge.probes.looking import dead_share
from brickyard.gauge.probes.losses import loss_of
from brickyard.gauge.probes.network import forward, initial, masks_of
from brickyard.gauge.probes.schedules import schedule_of
from brickyard.gauge.probes.training import cost, given_of
from brickyard.probe import Probe


def losses(name: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return np.asarray(loss_of(name)(outputs, targets))


def loss_slopes(name: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    import jax

    return np.asarray(jax.grad(lambda o: loss_of(name)(o, targets).sum())(outputs))


def activated(name: str, values: np.ndarray) -> np.ndarray:
    return np.asarray(activation_of(name)(values))


def rates(name: str, highest: float, steps: int) -> list[float]:
    schedule = schedule_of(name, highest, steps)
    return [float(schedule(step)) for step in range(steps + 1)]


def first_weights(name: str, inputs: int, outputs: int, room_in: int, room_out: int, seed: int = 0) -> np.ndarray:
    import jax

    masks = masks_of(inputs, (), outputs)[0], masks_of(outputs, (), outputs)[0]
    wide = [np.pad(mask, (0, room - len(mask))) for mask, room in zip(masks, (room_in, room_out), strict=True)]
    return np.asarray(weights(name, jax.random.key(seed), *wide))


def parameters_of(probe: Probe, inputs: int, outputs: int) -> tuple[dict[str, np.ndarray], ...]:
    import jax

    made = initial(probe, jax.random.key(probe.seed), masks_of(inputs, probe.widths, outputs))
    return jax.tree.map(np.asarray, made)


def passed(
    probe: Probe, parameters: tuple, rows: np.ndarray, statistics: tuple | None = None
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Outputs, and hidden values by layer."""
    masks = masks_of(rows.shape[1], probe.widths, parameters[-1]["bias"].size)
    out = forward(probe, parameters, rows, masks, statistics)
    return np.asarray(out.outputs), [np.asarray(values) for values in out.hidden]


def passed_with_room(probe: Probe, parameters: tuple, rows: np.ndarray, room: int) -> np.ndarray:
    """Outputs of the same network in the program for hidden layers of `room` units."""
    masks = masks_of(rows.shape[1], probe.widths, parameters[-1]["bias"].size, (room,) * len(probe.widths))
    wide = [
        {
            name: np.pad(array, [(0, len(mask) - size) for mask, size in zip(pair[2 - array.ndim :], array.shape, strict=True)])
            for name, array in layer.items()
        }
        for layer, pair in zip(parameters, pairwise(masks), strict=True)
    ]
    return np.asarray(forward(probe, tuple(wide), rows, masks).outputs)


def dead_of(values: np.ndarray, mask: np.ndarray) -> float:
    return float(dead_share(values, mask))


def quadratic_curvature(matrix: np.ndarray) -> float:
    import jax.numpy as jnp

    return float(largest_curvature(lambda x: x @ jnp.asarray(matrix) @ x / 2, jnp.zeros(len(matrix))))


def hessian_of(probe: Probe, parameters: tuple, rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """All of the matrix of second derivatives, in the order of the ravelled parameters: slow and obvious."""
    import jax
    from jax.flatten_util import ravel_pytree

    flat, unravel = ravel_pytree(parameters)
    return np.asarray(jax.hessian(lambda vector: loss_on(probe, rows, targets)(unravel(vector)))(flat))


def network_curvature(probe: Probe, parameters: tuple, rows: np.ndarray, targets: np.ndarray) -> float:
    return float(largest_curvature(loss_on(probe, rows, targets), parameters))


def loss_on(probe: Probe, rows: np.ndarray, targets: np.ndarray) -> Callable:
    masks = masks_of(rows.shape[1], probe.widths, targets.shape[1])
    return lambda p: cost(probe, given_of(probe, masks, np.arange(len(rows))), p, rows, targets)[0]
