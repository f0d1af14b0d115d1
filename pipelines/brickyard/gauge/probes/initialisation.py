"""Weights to begin with, for widths given by masks: units that are not there get none."""

import math
from typing import Any

Array = Any
EXCESS = 10.0  # how much larger than He's the weights of "too_large" are


def deviation(name: str, inputs: Array, outputs: Array) -> Array:
    """Standard deviation of normal weights between `inputs` and `outputs` units.

    Glorot and Bengio 2010 (eq. 12), He and others 2015 (eq. 10), LeCun and others 1998 (section 4.6).
    """
    variance = {
        "glorot": 2 / (inputs + outputs),
        "he": 2 / inputs,
        "lecun": 1 / inputs,
        "too_large": EXCESS**2 * 2 / inputs,
    }[name]
    return variance**0.5


def weights(name: str, key: Array, mask_in: Array, mask_out: Array) -> Array:
    """A matrix (inputs, outputs). Orthogonal (Saxe and others 2014) has singular values sqrt(2), for ReLU; it ignores masks."""
    import jax

    drawn = jax.random.normal(key, (len(mask_in), len(mask_out)))
    if name == "orthogonal":
        return math.sqrt(2) * _orthogonal(drawn)
    return drawn * deviation(name, mask_in.sum(), mask_out.sum()) * mask_in[:, None] * mask_out


def _orthogonal(drawn: Array) -> Array:
    """Orthonormal rows or columns, whichever are fewer: Q of the QR decomposition, signs by R's diagonal."""
    import jax.numpy as jnp

    tall = drawn if drawn.shape[0] >= drawn.shape[1] else drawn.T
    q, r = jnp.linalg.qr(tall)
    q = q * jnp.sign(jnp.diagonal(r))
    return q if drawn.shape[0] >= drawn.shape[1] else q.T
