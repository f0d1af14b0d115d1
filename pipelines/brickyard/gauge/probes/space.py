"""What a search may choose: numbers from ranges, and others of a probe's settings from lists."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.stats import qmc

from brickyard.errors import ConfigError
from brickyard.probe import Probe

SLOPED = ("learning_rate", "l2")
"""Settings in which training can be differentiated."""


@dataclass(frozen=True)
class Space:
    """`ranges`: setting -> (lowest, highest), both above 0, on a logarithmic scale; `lists`: setting -> values.

    Raises ConfigError for a range of a setting that is not one of SLOPED, or that is empty.
    """

    ranges: Mapping[str, tuple[float, float]]
    lists: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = [f"{name}: only {' and '.join(SLOPED)} have ranges" for name in self.ranges if name not in SLOPED]
        wrong += [f"{name} from {low!r} to {high!r}; must rise from above 0" for name, (low, high) in self.ranges.items()
                  if not 0 < low < high < math.inf]  # fmt: skip
        wrong += [f"{name}: no values" for name, values in self.lists.items() if not values]
        if wrong or not self.ranges:
            raise ConfigError("; ".join(wrong) or "a search needs a range")


@dataclass(frozen=True)
class Place:
    """A point of a space: `units`, from 0 to 1, by the order of its ranges; `listed`, values by the order of its lists."""

    units: tuple[float, ...]
    listed: tuple[Any, ...] = ()


def probe_at(space: Space, place: Place, probe: Probe) -> Probe:
    """The probe with the settings of a place."""
    settings: dict[str, Any] = dict(zip(space.lists, place.listed, strict=True))
    for (name, (low, high)), unit in zip(space.ranges.items(), place.units, strict=True):
        settings[name] = float(low * (high / low) ** unit)
    return replace(probe, **settings)


def grid(space: Space, budget: int) -> list[Place]:
    """The budget or fewer: every combination of listed values, by as many even steps in every range as the budget allows."""
    combinations = list(itertools.product(*space.lists.values()))
    steps = max(1, int((budget / len(combinations)) ** (1 / len(space.ranges)) + 1e-9))
    ticks = (np.arange(steps) + 0.5) / steps
    places = [
        Place(tuple(map(float, units)), listed)
        for listed in combinations
        for units in itertools.product(ticks, repeat=len(space.ranges))
    ]
    return places[:budget]


def at_random(space: Space, budget: int, seed: int) -> list[Place]:
    """Independent draws (Bergstra and Bengio 2012)."""
    draw = np.random.default_rng(seed)
    return [_drawn(space, draw.random(len(space.ranges)), draw) for _ in range(budget)]


def spread(space: Space, count: int, seed: int) -> list[Place]:
    """Places to start from: a Latin hypercube, so that no part of a range is left out."""
    draw = np.random.default_rng(seed)
    return [_drawn(space, units, draw) for units in qmc.LatinHypercube(len(space.ranges), seed=draw).random(count)]


def _drawn(space: Space, units: np.ndarray, draw: np.random.Generator) -> Place:
    listed = tuple(values[int(draw.integers(len(values)))] for values in space.lists.values())
    return Place(tuple(map(float, units)), listed)
