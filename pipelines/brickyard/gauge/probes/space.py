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

    def combinations(self) -> list[tuple[Any, ...]]:
        """Every combination of listed values; one without any if nothing is listed."""
        return list(itertools.product(*self.lists.values()))


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
    """The budget or fewer: every combination of listed values, by as many even steps in every range as the budget allows.

    Of more combinations than the budget it takes some at even distances.
    """
    combinations = space.combinations()
    if len(combinations) > budget:
        combinations = [combinations[place * len(combinations) // budget] for place in range(budget)]
    steps = max(1, int((budget / len(combinations)) ** (1 / len(space.ranges)) + 1e-9))
    ticks = (np.arange(steps) + 0.5) / steps
    return [
        Place(tuple(map(float, units)), listed)
        for listed in combinations
        for units in itertools.product(ticks, repeat=len(space.ranges))
    ]


def at_random(space: Space, budget: int, seed: int) -> list[Place]:
    """Independent draws (Bergstra and Bengio 2012)."""
    draw, lists = np.random.default_rng(seed), space.lists.values()
    places = []
    for _ in range(budget):
        units = draw.random(len(space.ranges))
        places.append(_place(units, tuple(values[int(draw.integers(len(values)))] for values in lists)))
    return places


def spread(space: Space, count: int, seed: int) -> list[Place]:
    """Places to start from: a Latin hypercube, so that no part of a range is left out, and listed values dealt in turn."""
    draw = np.random.default_rng(seed)
    units = qmc.LatinHypercube(len(space.ranges), seed=draw).random(count)
    combinations = space.combinations()
    dealt = itertools.cycle(draw.permutation(len(combinations)).tolist())
    return [_place(one, combinations[place]) for one, place in zip(units, dealt, strict=False)]


def _place(units: np.ndarray, listed: tuple[Any, ...]) -> Place:
    return Place(tuple(map(float, units)), listed)
