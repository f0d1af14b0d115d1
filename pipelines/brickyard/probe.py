"""What a probe is: its network, its loss, and how it is trained."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from brickyard.errors import ConfigError

CHOICES = {
    "activation": ("relu", "leaky_relu", "gelu", "silu", "tanh", "sigmoid"),
    "normalisation": ("none", "batch", "layer"),
    "initialisation": ("glorot", "he", "lecun", "orthogonal", "too_large"),
    "loss": ("cross_entropy", "focal", "label_smoothing", "hinge", "mse", "mae", "huber"),
    "optimizer": ("sgd", "momentum", "adam"),
    "schedule": ("constant", "cosine", "warm_up", "step", "exponential"),
}


@dataclass(frozen=True)
class Probe:
    """A multi-layer perceptron and its training. `widths`: units of each hidden layer; () is a linear model.

    `learning_rate` is the highest of its schedule; `l2` times half the sum of squared weights (not biases) is added to the
    loss. Raises ConfigError with everything that is wrong.
    """

    widths: tuple[int, ...] = (32,)
    activation: str = "relu"
    normalisation: str = "none"
    initialisation: str = "he"
    loss: str = "cross_entropy"
    optimizer: str = "sgd"
    schedule: str = "constant"
    learning_rate: float = 0.1
    l2: float = 0.0
    batch_size: int = 64
    steps: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        wrong = [*_unknown(self), *_out_of_range(self)]
        if wrong:
            raise ConfigError("; ".join(wrong))


def _unknown(probe: Probe) -> list[str]:
    chosen = {field.name: getattr(probe, field.name) for field in fields(probe) if field.name in CHOICES}
    return [
        f"{name} = {value!r}; must be one of {', '.join(CHOICES[name])}"
        for name, value in chosen.items()
        if value not in CHOICES[name]
    ]


def _out_of_range(probe: Probe) -> list[str]:
    rules = (
        ("widths", all(width >= 1 for width in probe.widths), "must be positive"),
        ("learning_rate", 0 < probe.learning_rate < float("inf"), "must be above 0"),
        ("l2", 0 <= probe.l2 < float("inf"), "must be 0 or more"),
        ("batch_size", probe.batch_size >= 1, "must be 1 or more"),
        ("steps", probe.steps >= 1, "must be 1 or more"),
        ("seed", 0 <= probe.seed < 2**32, "must be from 0 to 2^32 - 1"),
    )
    return [f"{name} = {getattr(probe, name)!r}; {rule}" for name, kept, rule in rules if not kept]


SMALL = Probe(widths=(16,), optimizer="adam", learning_rate=0.005, schedule="cosine", steps=400)
"""What a probe is where nothing else was asked for. Adam: its rate fits networks of all sizes."""


def probe_of(settings: Mapping[str, Any]) -> Probe:
    """SMALL with these settings, lists for tuples. Raises ConfigError with everything that is wrong."""
    known = {field.name: getattr(SMALL, field.name) for field in fields(SMALL)}
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
    wrong = [f"{name}: unknown key; known keys: {', '.join(known)}" for name in given if name not in known]
    wrong += [f"{name} = {value!r}; must be like {known[name]!r}" for name, value in given.items() if name in known
              and not _is_like(value, known[name])]  # fmt: skip
    if wrong:
        raise ConfigError("; ".join(wrong))
    return replace(SMALL, **given)


def _is_like(value: object, example: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(example, tuple):
        return isinstance(value, tuple) and all(_is_like(one, example[0]) for one in value)
    return isinstance(value, (int, float) if isinstance(example, float) else type(example))
