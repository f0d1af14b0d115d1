"""The settings that train a network best, as a search in the ranges of `[gauge.search]` finds them; every trial is a row."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace

from brickyard.gauge.figures import Figure, Measured, Point, refused
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.probes.cost import way_back_bytes
from brickyard.gauge.probes.search import best_so_far, search
from brickyard.gauge.probes.space import Space
from brickyard.gauge.sections.probes import MOST, sample_of, task_of
from brickyard.probe import Probe, probe_of

NAMES = ("best held-out loss", "best learning rate", "best L2")
MOST_MEMORY = 2**31  # bytes of one task
EDGE = 1.05  # a best setting this close to the end of its range may lie beyond


def measure(material: Material, choices: Choices) -> Measured:
    """Trials by the way and within the budget asked for, on the documents that probes are trained on."""
    asked = choices.search
    if asked.how == "off":
        return _refuse('No search was asked for: [gauge.search] how = "off".')
    sample, target = sample_of(material, choices, MOST)
    if sample is None:
        return _refuse(target)
    lists = {name: [getattr(probe_of({name: one}), name) for one in values] for name, values in asked.lists.items()}
    space = Space({"learning_rate": asked.learning_rate, "l2": asked.l2}, lists)
    probe, task, spark = probe_of(choices.probe), task_of(sample), material.curated.sparkSession
    needed = _most_kept(space, probe, sample.vectors.shape[1], len(sample.classes))
    if asked.how == "hypergradient" and needed > MOST_MEMORY:
        return _refuse(
            f"The way back through all steps of a training would keep {needed / 2**30:,.1f} GiB in one task: ask for fewer"
            ' steps, a smaller probe, or [gauge.search] how = "random".'
        )
    found = search(spark, probe, task, space, asked.how, asked.budget, choices.seed).collect()
    trials = sorted(found, key=lambda trial: trial.trial)
    best = min(trials, key=lambda trial: (trial.loss, trial.trial))
    if math.isinf(best.loss):
        return Measured(tuple(refused(name, f"All {len(trials)} trainings were lost.") for name in NAMES), trials=_rows(trials))
    spent = f"{len(trials)} trials of a budget of {asked.budget}, seed {choices.seed}{_of_lists(space, trials)}"
    valid = f"{target}; on the documents by which it was chosen; {asked.how}, {spent}"
    edges = ("", _at_the_edge(best.learning_rate, *asked.learning_rate), _at_the_edge(best.l2, *asked.l2))
    figures = [
        Figure(name, value, best.settings, valid=valid + edge)
        for name, value, edge in zip(NAMES, (best.loss, best.learning_rate, best.l2), edges, strict=True)
    ]
    lost = sum(math.isinf(trial.loss) for trial in trials) / len(trials)
    figures.append(Figure("trials that were lost", lost, unit="share", valid=valid))
    return Measured(tuple(figures), _curve(trials, asked.how), trials=_rows(trials))


def _most_kept(space: Space, probe: Probe, inputs: int, outputs: int) -> int:
    """Bytes that the way back of the largest training keeps, over all combinations of listed values."""
    probes = (replace(probe, **dict(zip(space.lists, listed, strict=True))) for listed in space.combinations())
    return max(way_back_bytes(one, inputs, outputs) for one in probes)


def _of_lists(space: Space, trials: Sequence) -> str:
    """How many of the combinations of listed values were tried, where there are any."""
    if not space.lists:
        return ""
    tried = {json.dumps([json.loads(trial.settings)[name] for name in space.lists]) for trial in trials}
    return f"; {len(tried)} of {len(space.combinations())} combinations of listed values tried"


def _at_the_edge(value: float, low: float, high: float) -> str:
    if low * EDGE < value < high / EDGE:
        return ""
    return f"; at the end of its range, from {low:g} to {high:g}: widen it"


def _curve(trials: list, how: str) -> tuple[Point, ...]:
    least = best_so_far([trial.loss for trial in trials])
    return tuple(Point("best loss by trial", how, float(i + 1), loss) for i, loss in enumerate(least) if math.isfinite(loss))


def _rows(trials: list) -> tuple[tuple, ...]:
    return tuple(tuple(trial) for trial in trials)


def _refuse(sentence: str) -> Measured:
    return Measured(tuple(refused(name, sentence) for name in NAMES))
