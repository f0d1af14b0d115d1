"""Activations of hidden units."""

from collections.abc import Callable

SLOPE = 0.01  # of leaky ReLU below 0


def activation_of(name: str) -> Callable:
    """The activation of that name, one of probe.CHOICES["activation"]; GELU by the error function, as ONNX has it."""
    import jax

    return {
        "relu": jax.nn.relu,
        "leaky_relu": lambda x: jax.nn.leaky_relu(x, SLOPE),
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
        "silu": jax.nn.silu,
        "tanh": jax.numpy.tanh,
        "sigmoid": jax.nn.sigmoid,
    }[name]
