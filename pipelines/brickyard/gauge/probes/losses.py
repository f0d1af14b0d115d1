"""Losses of single examples: outputs and targets (examples, outputs) to (examples,). Class labels are one-hot rows."""

from collections.abc import Callable
from typing import Any

Array = Any  # of JAX, which only tasks import

FOCUS = 2.0  # of the focal loss
SMOOTHING = 0.1  # of labels
CORNER = 1.0  # of the Huber loss: where it turns from a parabola to a line


def loss_of(name: str) -> Callable[[Array, Array], Array]:
    """The loss of that name, one of probe.CHOICES["loss"]."""
    return {
        "cross_entropy": cross_entropy,
        "focal": focal,
        "label_smoothing": label_smoothing,
        "hinge": hinge,
        "mse": mse,
        "mae": mae,
        "huber": huber,
    }[name]


def cross_entropy(outputs: Array, targets: Array) -> Array:
    """In nats."""
    import jax

    return -(targets * jax.nn.log_softmax(outputs)).sum(-1)


def focal(outputs: Array, targets: Array) -> Array:
    """-(1 - p)^2 ln p of the right class's probability p (Lin and others 2017, section 3.2)."""
    import jax

    logs = jax.nn.log_softmax(outputs)
    return -(targets * (1 - jax.numpy.exp(logs)) ** FOCUS * logs).sum(-1)


def label_smoothing(outputs: Array, targets: Array) -> Array:
    """Cross-entropy to a mixture of the label and the uniform distribution (Szegedy and others 2016, section 7)."""
    return cross_entropy(outputs, (1 - SMOOTHING) * targets + SMOOTHING / targets.shape[-1])


def hinge(outputs: Array, targets: Array) -> Array:
    """How far the right class's output is from being 1 above the best other one (Crammer and Singer 2001, section 3)."""
    import jax.numpy as jnp

    right = (targets * outputs).sum(-1)
    best_other = jnp.where(targets > 0, -jnp.inf, outputs).max(-1)
    return jnp.maximum(0, 1 + best_other - right)


def mse(outputs: Array, targets: Array) -> Array:
    """Mean over the outputs of squared errors."""
    return ((outputs - targets) ** 2).mean(-1)


def mae(outputs: Array, targets: Array) -> Array:
    """Mean over the outputs of absolute errors."""
    return abs(outputs - targets).mean(-1)


def huber(outputs: Array, targets: Array) -> Array:
    """Mean over the outputs of e^2 / 2 up to an error of 1, |e| - 1/2 beyond (Huber 1964)."""
    import optax

    return optax.huber_loss(outputs, targets, delta=CORNER).mean(-1)
