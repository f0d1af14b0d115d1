"""Learning rates over time: optax's own."""

from collections.abc import Callable
from typing import Any


def schedule_of(name: str, highest: Any, steps: int) -> Callable:
    """The learning rate of each step; `highest` may be traced.

    Cosine falls to 0; warm-up rises over a tenth of the steps and stays; step falls to a tenth at half and again at three
    quarters; exponential falls to a hundredth.
    """
    import optax

    return {
        "constant": lambda: optax.constant_schedule(highest),
        "cosine": lambda: optax.cosine_decay_schedule(highest, steps),
        "warm_up": lambda: optax.warmup_constant_schedule(0.0, highest, max(1, steps // 10)),
        "step": lambda: optax.piecewise_constant_schedule(highest, {max(1, steps // 2): 0.1, max(2, 3 * steps // 4): 0.1}),
        "exponential": lambda: optax.exponential_decay(highest, steps, 0.01),
    }[name]()


def optimizer_of(name: str, schedule: Callable) -> Any:
    """Plain gradient descent, with momentum 0.9 (heavy ball), or Adam with its usual settings."""
    import optax

    if name == "adam":
        return optax.adam(schedule)
    return optax.sgd(schedule, momentum=0.9 if name == "momentum" else None)
