"""What a record of training says, in words: converged, stuck, or diverging and of what cause."""

import math
from dataclasses import dataclass

import numpy as np

from brickyard.gauge.probes.curvature import highest_rate
from brickyard.gauge.probes.training import Training
from brickyard.probe import Probe

STILL = 0.02  # change of the mean loss from the last quarter but one to the last, in shares of `guess`
LEARNT = 0.95  # a loss that is not below this share of guessing has learnt nothing
LOST = 2.0  # an end this many times above the start, or above guessing, is no plateau
SCALE = 3.0  # weights this many times He's deviation are too large
DEAD = 0.5  # share of a layer's units


@dataclass(frozen=True)
class Cause:
    """Why training goes wrong: a name, and a sentence with the numbers and what to do."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Watched:
    """`state`: converged, learning, plateau or diverging; `step`: of the alarm, if it went off; the causes, the root first."""

    state: str
    step: int | None
    causes: tuple[Cause, ...]
    sentence: str


def watch(probe: Probe, training: Training, inputs: int) -> Watched:
    """The verdict on one training of a network with that many inputs. Causes are told of what goes wrong only, but for
    dead units, which waste what they were given, and a batch of one, whose loss in training says nothing of new rows."""
    step = alarm_step(training)
    state = _state(training) if step is None else "diverging"
    always = (*_batch_of_one(probe), *_dead_units(training))
    causes = causes_of(probe, training, inputs) if state in ("diverging", "plateau") else always
    return Watched(state, step, causes, _sentence(state, step, training, causes))


def alarm_step(training: Training) -> int | None:
    """The step at which the loss had run away and training was stopped."""
    return int(np.argmax(training.stopped)) if training.stopped.any() else None


def _state(training: Training) -> str:
    quarter = max(1, len(training.loss) // 4)
    last, before = float(training.loss[-quarter:].mean()), float(training.loss[-2 * quarter : -quarter].mean())
    if not training.end_loss <= LOST * max(training.loss[0], training.guess):
        return "diverging"
    if training.end_loss > LEARNT * training.guess:
        return "plateau"
    return "converged" if abs(before - last) <= STILL * training.guess else "learning"


def causes_of(probe: Probe, training: Training, inputs: int) -> tuple[Cause, ...]:
    """All causes whose mark is there: a batch of one and the weights' scale come before what follows from them."""
    return (*_batch_of_one(probe), *_scale(probe, training, inputs), *_dead_units(training), *_rate(probe, training))


def _batch_of_one(probe: Probe) -> list[Cause]:
    if probe.normalisation != "batch" or probe.batch_size > 1:
        return []
    return [
        Cause(
            "batch of one",
            "a batch of one under batch normalisation is its own mean: every row looks alike; use layer "
            "normalisation or larger batches",
        )
    ]


def _scale(probe: Probe, training: Training, inputs: int) -> list[Cause]:
    ratios = [
        deviation / math.sqrt(2 / units) for deviation, units in zip(training.begun, (inputs, *probe.widths), strict=True)
    ]
    if max(ratios) < SCALE:
        return []
    return [
        Cause(
            "scale of weights",
            f"weights of layer {1 + int(np.argmax(ratios))} began {max(ratios):.1f} times as large as He "
            "and others advise; draw them smaller",
        )
    ]


def _dead_units(training: Training) -> list[Cause]:
    dead = training.looks["dead"][-1]
    if not dead.size or dead.max() < DEAD:
        return []
    return [
        Cause(
            "dead units",
            f"{dead.max():.0%} of the units of hidden layer {1 + int(dead.argmax())} give the same for every "
            "row; lower the learning rate or use leaky ReLU",
        )
    ]


def _rate(probe: Probe, training: Training) -> list[Cause]:
    """Against what the largest curvature bears, at the start and where training ended."""
    rates = [highest_rate(probe.optimizer, float(curvature)) for curvature in training.curvature]
    for limit, where in zip(rates, ("at the start", "where training was stopped"), strict=True):
        if limit is not None and probe.learning_rate > limit:
            return [
                Cause(
                    "learning rate",
                    f"the learning rate {probe.learning_rate:.3g} is {probe.learning_rate / limit:.1f} times "
                    f"what the largest curvature bears {where} ({limit:.3g}); lower it below that",
                )
            ]
    return []


def _sentence(state: str, step: int | None, training: Training, causes: tuple[Cause, ...]) -> str:
    told = {
        "diverging": f"the loss ran away at step {step}"
        if step is not None
        else f"the loss ended at {training.end_loss:.3g}, above its start",
        "plateau": f"the loss stays at {training.end_loss:.3g}, where guessing gives {training.guess:.3g}",
        "converged": f"the loss has settled at {training.end_loss:.3g}",
        "learning": f"the loss is {training.end_loss:.3g} and still falling",
    }[state]
    reasons = "; ".join(cause.sentence for cause in causes)
    if not reasons and state in ("diverging", "plateau"):
        reasons = "none of the known causes"
    return f"{told}: {reasons}" if reasons else told
