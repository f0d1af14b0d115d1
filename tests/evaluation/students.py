"""Networks that learn random networks on inputs of a known dimension: how fast their loss falls with their size.

To be run in a process of its own: it imports JAX.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

AMBIENT = 16
"""Numbers of an input; it lies on a plane of fewer dimensions."""

TEACHER = 64
"""Width of both hidden layers of a teacher."""

BATCH = 256
TESTED = 4096


@dataclass(frozen=True)
class Task:
    """A plane of inputs (shape (d, AMBIENT), orthonormal rows) and a teacher's weights."""

    plane: np.ndarray
    teacher: list[tuple[np.ndarray, np.ndarray]]

    def inputs(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Evenly in a cube of unit variance on the plane, float32 of shape (count, AMBIENT)."""
        return (rng.uniform(-(3**0.5), 3**0.5, (count, len(self.plane))) @ self.plane).astype(np.float32)


def make_task(dimension: int, seed: int) -> Task:
    rng = np.random.default_rng([dimension, seed])
    plane = np.linalg.qr(rng.normal(size=(AMBIENT, dimension)))[0].T
    return Task(plane, layers(rng, (AMBIENT, TEACHER, TEACHER, 1), spread=1.0))


def layers(rng: np.random.Generator, widths: tuple[int, ...], spread: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights by He et al. 2015, biases normal with standard deviation `spread`."""
    pairs = pairwise(widths)
    return [
        ((rng.normal(size=(a, b)) * (2 / a) ** 0.5).astype(np.float32), (spread * rng.normal(size=b)).astype(np.float32))
        for a, b in pairs
    ]


def parameters(width: int) -> int:
    """Of a student, all of them."""
    return AMBIENT * width + width + width * width + width + width + 1


def losses(dimensions: list[int], seeds: int, widths: list[int], steps: int) -> np.ndarray:
    """Mean squared error per variance of the teacher, shape (widths, dimensions, seeds): fresh inputs at each step, Adam."""
    import jax
    import jax.numpy as jnp
    import optax

    tasks = [make_task(d, seed) for d in dimensions for seed in range(seeds)]
    planes = np.stack([np.pad(task.plane, ((0, AMBIENT - len(task.plane)), (0, 0))) for task in tasks]).astype(np.float32)
    teachers = jax.tree.map(lambda *parts: jnp.stack(parts), *[task.teacher for task in tasks])
    optimiser = optax.adam(optax.cosine_decay_schedule(5e-3, steps))

    def net(weights, x):
        for matrix, bias in weights[:-1]:
            x = jax.nn.relu(x @ matrix + bias)
        return (x @ weights[-1][0] + weights[-1][1])[:, 0]

    def draw(key, plane, count):
        return jax.random.uniform(key, (count, AMBIENT), minval=-(3**0.5), maxval=3**0.5) @ plane

    def train(key, student, teacher, plane):
        """One student; targets in units of the teacher's standard deviation."""
        tested = draw(jax.random.fold_in(key, steps), plane, TESTED)
        said = net(teacher, tested)
        centre, scale = said.mean(), said.std()

        def error(weights, x):
            return jnp.mean((net(weights, x) - (net(teacher, x) - centre) / scale) ** 2)

        def step(state, number):
            weights, memory = state
            slope = jax.grad(error)(weights, draw(jax.random.fold_in(key, number), plane, BATCH))
            change, memory = optimiser.update(slope, memory)
            return (optax.apply_updates(weights, change), memory), None

        (weights, _), _ = jax.lax.scan(step, (student, optimiser.init(student)), jnp.arange(steps))
        return error(weights, tested)

    keys = jax.random.split(jax.random.key(0), len(tasks))
    found = []
    for width in widths:
        students = [layers(np.random.default_rng([7, number]), (AMBIENT, width, width, 1), 0.1) for number in range(len(tasks))]
        stacked = jax.tree.map(lambda *parts: jnp.stack(parts), *students)
        found.append(np.asarray(jax.jit(jax.vmap(train))(keys, stacked, teachers, planes)))
    return np.stack(found).reshape(len(widths), len(dimensions), seeds)
