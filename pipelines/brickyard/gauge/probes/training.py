"""Train probes: one with a record of all that is to be watched, or many of different widths by one compiled program."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from brickyard.gauge.probes.batches import batches_of
from brickyard.gauge.probes.curvature import largest_curvature
from brickyard.gauge.probes.looking import deviations, look
from brickyard.gauge.probes.losses import loss_of
from brickyard.gauge.probes.network import Passed, forward, initial, masks_of
from brickyard.gauge.probes.schedules import optimizer_of, schedule_of
from brickyard.probe import Probe

Array = Any
ALARM = 1000.0
"""A smoothed loss this many times what it began with, or what zeros would cost. Ten times was too little: with cross-entropy
and a large step the loss can rise some hundred times and come back; one that runs away passes any mark in a few steps."""
SMOOTHING = 0.9  # of the loss that is watched, and of the statistics of batch normalisation
WATCHED = 256  # rows that looks and curvature are taken on


class Given(NamedTuple):
    """What one compiled program takes: runs may differ in all of it."""

    seed: Array
    learning_rate: Array
    l2: Array
    masks: tuple[Array, ...]
    batches: Array  # row numbers (steps, batch size)
    watch: Array  # whether the alarm stops training


class State(NamedTuple):
    parameters: Any
    moments: Any
    statistics: Any  # running means of batch statistics, by hidden layer
    smoothed: Array
    stopped: Array


@dataclass(frozen=True)
class Training:
    """One training, as NumPy arrays. `loss`, `gradient_norm` and `stopped` are by step, of the batch before its update.

    When the alarm went off, `stopped` is true from there and the parameters stay as they were: finite, to be examined.
    `curvature`: the largest one at the start and at the end, `end_loss` of all rows; `guess` is the loss of outputs of zero.
    `looks`: as looking.look, with a leading axis over equally spaced steps. `begun`: deviation of each layer's first weights.
    """

    loss: np.ndarray
    gradient_norm: np.ndarray
    stopped: np.ndarray
    looks: dict[str, np.ndarray]
    begun: np.ndarray
    curvature: np.ndarray
    end_loss: float
    guess: float
    parameters: tuple[dict[str, np.ndarray], ...]
    statistics: tuple


def train(probe: Probe, rows: np.ndarray, targets: np.ndarray, looks: int = 20, watch: bool = True) -> Training:
    """Train on rows (rows, inputs) and targets (rows, outputs), float32, and watch; without `watch` nothing stops it.

    `looks` is lowered to the next number that divides the steps.
    """
    masks = masks_of(rows.shape[1], probe.widths, targets.shape[1])
    given = given_of(probe, masks, np.arange(len(rows)))._replace(watch=np.bool_(watch))
    looks = max(number for number in range(1, looks + 1) if probe.steps % number == 0)
    done = _compiled(structure_of(probe), looks)(given, rows, targets)
    return Training(**_numpy(done))


def given_of(probe: Probe, masks: tuple[np.ndarray, ...], members: np.ndarray) -> Given:
    """What a probe's program takes to train it on the rows whose numbers are `members`."""
    batches = batches_of(members, probe.batch_size, probe.steps, probe.seed)
    return Given(np.uint32(probe.seed), np.float32(probe.learning_rate), np.float32(probe.l2), masks, batches, np.bool_(False))


def structure_of(probe: Probe) -> Probe:
    """What a program is compiled for: probes that differ only in what `Given` holds share one."""
    return replace(probe, widths=(1,) * len(probe.widths), learning_rate=1.0, l2=0.0, seed=0)


def _numpy(tree: Any) -> Any:
    import jax

    return jax.tree.map(lambda leaf: np.asarray(leaf).item() if np.ndim(leaf) == 0 else np.asarray(leaf), tree)


@cache
def _compiled(probe: Probe, looks: int) -> Any:
    import jax

    return jax.jit(partial(_watched, probe, looks))


def _watched(probe: Probe, looks: int, given: Given, rows: Array, targets: Array) -> dict[str, Any]:
    """The fields of a `Training`."""
    import jax

    first = initial(probe, jax.random.key(given.seed), given.masks)
    shown = rows[:WATCHED], targets[:WATCHED]

    def glance(state: State) -> dict[str, Array]:
        gradients = jax.grad(lambda p: cost(probe, given, p, *shown)[0])(state.parameters)
        return look(first, state.parameters, gradients, forward(probe, state.parameters, shown[0], given.masks), given.masks)

    def bend(parameters: Any) -> Array:
        return largest_curvature(lambda p: cost(probe, given, p, *shown)[0], parameters)

    state, steps, seen = run_steps(probe, given, first, rows, targets, looks, glance)
    return {
        **steps,
        "looks": seen,
        "begun": deviations(first, given.masks),
        "curvature": jax.lax.map(bend, jax.tree.map(lambda *both: jax.numpy.stack(both), first, state.parameters)),
        "end_loss": cost(probe, given, state.parameters, rows, targets)[0],
        "guess": guess_of(probe, targets),
        "parameters": state.parameters,
        "statistics": state.statistics,
    }


def cost(probe: Probe, given: Given, parameters: Any, rows: Array, targets: Array) -> tuple[Array, Passed]:
    """Mean loss of the rows with the L2 term, and the pass that gave it."""
    passed = forward(probe, parameters, rows, given.masks)
    squares = sum((layer["weight"] ** 2).sum() for layer in parameters)
    return loss_of(probe.loss)(passed.outputs, targets).mean() + given.l2 / 2 * squares, passed


def guess_of(probe: Probe, targets: Array) -> Array:
    """Mean loss of outputs of zero: for cross-entropy the logarithm of the number of classes."""
    return loss_of(probe.loss)(0.0 * targets, targets).mean()


def run_steps(
    probe: Probe, given: Given, first: Any, rows: Array, targets: Array, looks: int, glance: Any
) -> tuple[State, dict[str, Array], Any]:
    """All steps from parameters `first`: the last state, what each step recorded, and a glance after every looks-th part."""
    import jax
    import jax.numpy as jnp

    optimizer = optimizer_of(probe.optimizer, schedule_of(probe.schedule, given.learning_rate, probe.steps))
    guess = guess_of(probe, targets)

    def step(state: State, batch: Array) -> tuple[State, dict[str, Array]]:
        shown = rows[batch], targets[batch]
        (loss, passed), gradients = jax.value_and_grad(lambda p: cost(probe, given, p, *shown), has_aux=True)(state.parameters)
        smoothed = SMOOTHING * state.smoothed + (1 - SMOOTHING) * loss
        alarm = ~(smoothed <= ALARM * highest)  # also true of NaN
        stopped = state.stopped | (alarm & given.watch)
        updates, moments = optimizer.update(gradients, state.moments)
        moved = State(
            jax.tree.map(jnp.add, state.parameters, updates),
            moments,
            jax.tree.map(lambda old, new: SMOOTHING * old + (1 - SMOOTHING) * new, state.statistics, passed.statistics),
            smoothed,
            stopped,
        )
        kept = jax.tree.map(partial(jnp.where, stopped), state._replace(stopped=stopped), moved)
        norm = sum((leaf**2).sum() for leaf in jax.tree.leaves(gradients)) ** 0.5
        return kept, {"loss": loss, "gradient_norm": norm, "stopped": stopped}

    begin, passed = cost(probe, given, first, rows[given.batches[0]], targets[given.batches[0]])
    highest = jnp.maximum(begin, guess)
    state = State(first, optimizer.init(first), _unit_statistics(passed), begin, jnp.asarray(False))

    def part(state: State, batches: Array) -> tuple[State, Any]:
        state, steps = jax.lax.scan(step, state, batches)
        return state, (steps, glance(state))

    state, (steps, seen) = jax.lax.scan(part, state, given.batches.reshape(looks, -1, given.batches.shape[-1]))
    return state, jax.tree.map(lambda leaf: leaf.reshape(-1), steps), seen


def _unit_statistics(passed: Passed) -> Any:
    """Means of 0 and variances of 1 to begin with, in the shape of the batch statistics of a pass."""
    import jax.numpy as jnp

    return tuple((jnp.zeros_like(mean), jnp.ones_like(variance)) for mean, variance in passed.statistics)


@dataclass(frozen=True)
class Run:
    """One of many trainings: what it may differ in. `members`: numbers of the rows it is trained on, as many in all runs."""

    widths: tuple[int, ...]
    learning_rate: float
    l2: float
    seed: int
    members: np.ndarray


@dataclass(frozen=True)
class Trained:
    """Outputs (runs, rows, outputs) of each run's network on all rows, and its training loss by step (runs, steps)."""

    outputs: np.ndarray
    loss: np.ndarray


def train_many(probe: Probe, runs: Sequence[Run], rows: np.ndarray, targets: np.ndarray) -> Trained:
    """Train a network for each run, as `probe` says otherwise, by one program for the largest widths.

    Rows outside a run's members are held out: folds of a cross-validation are runs like any other. The runs go one after
    another through one program, so that what a run gives depends neither on the others nor on their number.
    """
    largest = tuple(max(run.widths[layer] for run in runs) for layer in range(len(probe.widths)))
    done = [_trained_run(probe, run, largest, rows, targets) for run in runs]
    return Trained(np.stack([outputs for outputs, _ in done]), np.stack([loss for _, loss in done]))


def _trained_run(
    probe: Probe, run: Run, largest: tuple[int, ...], rows: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    own = replace(probe, widths=run.widths, learning_rate=run.learning_rate, l2=run.l2, seed=run.seed)
    given = given_of(own, masks_of(rows.shape[1], run.widths, targets.shape[1], largest), run.members)
    outputs, loss = _compiled_plain(structure_of(probe))(given, rows, targets)
    return np.asarray(outputs), np.asarray(loss)


@cache
def _compiled_plain(probe: Probe) -> Any:
    import jax

    return jax.jit(partial(outputs_after, probe))


def outputs_after(probe: Probe, given: Given, rows: Array, targets: Array) -> tuple[Array, Array]:
    """Outputs on all rows of a network trained on the batches, and the loss by step. Can be differentiated in `given`."""
    import jax

    first = initial(probe, jax.random.key(given.seed), given.masks)
    state, steps, _ = run_steps(probe, given, first, rows, targets, 1, lambda _: ())
    return outputs_of(probe, state.parameters, rows, given.masks, state.statistics), steps["loss"]


def outputs_of(probe: Probe, parameters: Any, rows: Array, masks: tuple[Array, ...], statistics: Any) -> Array:
    """A trained network's outputs: each row's own, whatever rows are beside it."""
    return forward(probe, parameters, rows, masks, statistics if probe.normalisation == "batch" else None).outputs
