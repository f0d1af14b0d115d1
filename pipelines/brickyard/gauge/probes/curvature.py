"""The largest curvature of a loss, by products of its Hessian with vectors; and what learning rate it bears."""

from collections.abc import Callable
from typing import Any

LIMITS = {"sgd": 2.0, "momentum": 2.0 * (1 + 0.9)}
"""Gradient descent on a parabola of curvature c is stable up to a learning rate of limit / c (Cohen and others 2021, section 2
and appendix B). Adam has no such limit of the loss's own curvature."""


def largest_curvature(loss: Callable[[Any], Any], parameters: Any, iterations: int = 300) -> Any:
    """The largest eigenvalue of the Hessian of `loss` at `parameters`, a scalar array; power iteration to 1e-5 or `iterations`.

    The iteration finds the eigenvalue of largest size. If that is negative, it runs again on the Hessian shifted by it.
    """
    import jax
    from jax.flatten_util import ravel_pytree

    flat, unravel = ravel_pytree(parameters)
    gradient = jax.grad(lambda vector: loss(unravel(vector)))

    def times(vector: Any) -> Any:
        return jax.jvp(gradient, (flat,), (vector,))[1]

    start = jax.random.normal(jax.random.key(0), flat.shape)

    def shifted(shift: Any, _: None) -> tuple[Any, Any]:
        value = _power(lambda vector: times(vector) - shift * vector, start, iterations) + shift
        return jax.numpy.minimum(value, 0), value  # nothing is shifted if the value is positive: the same again

    return jax.lax.scan(shifted, 0.0, length=2)[1][-1]


def _power(times: Callable[[Any], Any], start: Any, iterations: int) -> Any:
    """The Rayleigh quotient when it no longer changes."""
    import jax
    import jax.numpy as jnp

    def again(state: tuple) -> Any:
        count, _, value, before = state
        return (count < 2) | (count < iterations) & (jnp.abs(value - before) > 1e-5 * jnp.abs(value))

    def multiply(state: tuple) -> tuple:
        count, vector, value, _ = state
        product = times(vector)
        return count + 1, product / (jnp.linalg.norm(product) + 1e-30), vector @ product, value

    unit = start / jnp.linalg.norm(start)
    return jax.lax.while_loop(again, multiply, (0, unit, 0.0, 0.0))[2]


def highest_rate(optimizer: str, curvature: float) -> float | None:
    """The learning rate above which gradient descent leaves a parabola of that curvature; None where there is no such rule."""
    return LIMITS[optimizer] / curvature if optimizer in LIMITS and curvature > 0 else None
