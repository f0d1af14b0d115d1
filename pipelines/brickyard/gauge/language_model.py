"""A tiny language model of bytes: embedding, one hidden layer, softmax over the next byte (Bengio et al. 2003, JMLR 3).

For comparisons of texts, not for its own sake: it trains in seconds on one core. JAX is imported by `train` alone, which
is to be called in a task or in a process of its own: a process that has JAX's threads must not fork.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from brickyard.gauge.probes.xla import one_thread

BYTES = 256

BOUNDARY = 0
"""Before, between and after documents; no text holds it (`read` refuses NUL)."""


@dataclass(frozen=True)
class Shape:
    """Bytes that the model looks back, numbers for each, and hidden units."""

    context: int = 6
    embedding: int = 12
    hidden: int = 64


@dataclass(frozen=True)
class Training:
    """Adam, its rate falling to zero along a cosine; the held-out loss is taken at so many evenly spaced places."""

    steps: int
    batch: int = 256
    rate: float = 4e-3
    places: int = 6

    @property
    def seen(self) -> int:
        """Bytes predicted in all."""
        return self.steps * self.batch


def parameter_count(shape: Shape) -> int:
    """Parameters of a model, all counted."""
    inputs = shape.context * shape.embedding
    return BYTES * shape.embedding + (inputs + 1) * shape.hidden + (shape.hidden + 1) * BYTES


def windows_of(texts: Sequence[bytes], context: int) -> tuple[np.ndarray, np.ndarray]:
    """(windows, lengths): uint8 (bytes + documents, context + 1), a row is a byte after its context; and rows per document.

    Each document starts after boundaries and ends with one, which is predicted too.
    """
    padding, end = bytes([BOUNDARY]) * context, bytes([BOUNDARY])
    runs = [np.frombuffer(padding + text + end, np.uint8) for text in texts]
    views = [np.lib.stride_tricks.sliding_window_view(run, context + 1) for run in runs]
    return np.concatenate(views), np.array([len(view) for view in views])


def shuffled_passes(rows: np.ndarray, length: int, seed: int) -> np.ndarray:
    """`length` of the rows in pass after pass, each pass in an order of its own."""
    source = np.random.default_rng(seed)
    passes = [source.permutation(rows) for _ in range(math.ceil(length / len(rows)))]
    return np.concatenate(passes)[:length]


def first_parameters(shape: Shape, seed: int) -> dict[str, np.ndarray]:
    """Normal weights of variance 2 / inputs (He et al. 2015), zero biases, logits near zero."""
    source = np.random.default_rng(seed)
    inputs = shape.context * shape.embedding
    drawn = {
        "embedding": source.standard_normal((BYTES, shape.embedding)),
        "inner": source.standard_normal((inputs, shape.hidden)) * (2 / inputs) ** 0.5,
        "outer": source.standard_normal((shape.hidden, BYTES)) * 0.1 / shape.hidden**0.5,
    }
    biases = {"inner_bias": np.zeros(shape.hidden), "outer_bias": np.zeros(BYTES)}
    return {name: values.astype(np.float32) for name, values in {**drawn, **biases}.items()}


def train(windows: np.ndarray, held: np.ndarray, shape: Shape, training: Training, seed: int) -> np.ndarray:
    """Losses in nats of the held-out windows (places, held windows), float32, at each place of the training.

    `windows`: the training's windows in the order in which they are seen, `training.seen` rows. The same numbers for the
    same arguments on the same processor: one thread, no random numbers but the seed's.
    """
    run = _program(training)
    batches = windows.reshape(training.places, -1, training.batch, shape.context + 1)
    return np.asarray(run(first_parameters(shape, seed), batches, held))


@lru_cache
def _program(training: Training):
    """The compiled training, kept for the next call."""
    one_thread()
    import jax
    import optax

    optimiser = optax.adam(optax.cosine_decay_schedule(training.rate, training.steps))

    def losses(parameters, windows):
        inputs = parameters["embedding"][windows[:, :-1]].reshape(len(windows), -1)
        hidden = jax.nn.relu(inputs @ parameters["inner"] + parameters["inner_bias"])
        logits = hidden @ parameters["outer"] + parameters["outer_bias"]
        return optax.softmax_cross_entropy_with_integer_labels(logits, windows[:, -1].astype("int32"))

    def step(state, batch):
        parameters, memory = state
        slope = jax.grad(lambda parameters: losses(parameters, batch).mean())(parameters)
        updates, memory = optimiser.update(slope, memory)
        return (optax.apply_updates(parameters, updates), memory), None

    def run(parameters, batches, held):
        def stretch(state, some):
            state, _ = jax.lax.scan(step, state, some)
            return state, losses(state[0], held)

        return jax.lax.scan(stretch, (parameters, optimiser.init(parameters)), batches)[1]

    return jax.jit(run)


def by_document(losses: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Mean loss of each document (..., documents) from the losses of its windows (..., windows)."""
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return np.add.reduceat(losses.astype(np.float64), starts, axis=-1) / lengths
