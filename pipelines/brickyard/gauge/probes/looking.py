"""What is seen of a network while it trains: weights, gradients and units of every layer."""

from typing import Any

from brickyard.gauge.probes.network import Passed

Array = Any
WEIGHT_BINS = (-5.0, 5.0, 21)  # from, to, bins; in standard deviations of the layer's first weights
GRADIENT_BINS = (-12.0, 2.0, 28)  # of log10 |gradient|
SAME = 1e-6  # a unit whose values differ by less over all rows says nothing: dead, or saturated


def look(first: Any, parameters: Any, gradients: Any, passed: Passed, masks: tuple[Array, ...]) -> dict[str, Array]:
    """A dict of arrays with one row for each layer; `dead` has one for each hidden layer."""
    import jax.numpy as jnp

    layers = [_layer(*trees, masks[i], masks[i + 1]) for i, trees in enumerate(zip(first, parameters, gradients, strict=True))]
    seen = {name: jnp.stack([layer[name] for layer in layers]) for name in layers[0]}
    dead = [dead_share(values, mask) for values, mask in zip(passed.hidden, masks[1:-1], strict=True)]
    return seen | {"dead": jnp.stack(dead) if dead else jnp.zeros(0)}


def deviations(parameters: Any, masks: tuple[Array, ...]) -> Array:
    """Standard deviation of each layer's weights, (layers,)."""
    import jax.numpy as jnp

    return jnp.stack([moments_of(layer["weight"], masks[i][:, None] * masks[i + 1])[1] for i, layer in enumerate(parameters)])


def _layer(first: Any, layer: Any, gradient: Any, mask_in: Array, mask_out: Array) -> dict[str, Array]:
    import jax.numpy as jnp

    mask = mask_in[:, None] * mask_out
    mean, deviation = moments_of(layer["weight"], mask)
    unit = moments_of(first["weight"], mask)[1]
    return {
        "weight_mean": mean,
        "weight_deviation": deviation,
        "weight_histogram": _histogram(layer["weight"] / unit, mask, WEIGHT_BINS),
        "gradient_deviation": moments_of(gradient["weight"], mask)[1],
        "gradient_histogram": _histogram(jnp.log10(jnp.abs(gradient["weight"]) + 1e-30), mask, GRADIENT_BINS),
        "spectral_norm": _spectral_norm(layer["weight"]),
    }


def _spectral_norm(weight: Array) -> Array:
    """The largest singular value; NaN of a matrix that is not finite, at which LAPACK would complain."""
    import jax.numpy as jnp

    finite = jnp.isfinite(weight)
    return jnp.where(finite.all(), jnp.linalg.norm(jnp.where(finite, weight, 0), ord=2), jnp.nan)


def moments_of(values: Array, mask: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of the values where the mask is 1."""
    mean = (values * mask).sum() / mask.sum()
    return mean, ((values - mean) ** 2 * mask).sum() ** 0.5 / mask.sum() ** 0.5


def _histogram(values: Array, mask: Array, bins: tuple[float, float, int]) -> Array:
    """Shares of the values by bin; the first and the last bin hold what lies beyond."""
    import jax.numpy as jnp

    low, high, count = bins
    place = jnp.clip(jnp.floor((values - low) / (high - low) * count), 0, count - 1)
    return (mask * (place == jnp.arange(count)[:, None, None])).sum((1, 2)) / mask.sum()


def dead_share(values: Array, mask: Array) -> Array:
    """Share of a layer's units (rows, units) that are the same on all rows."""
    return ((values.max(0) - values.min(0) <= SAME) * mask).sum() / mask.sum()
