"""The loss on held-out rows after training, and its slope in the settings of training, through all of its steps.

Reverse mode through the unrolled training (Franceschi and others 2017, section 3.1; for the learning rate alone Baydin and
others 2018).
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from brickyard.gauge.probes.losses import loss_of
from brickyard.gauge.probes.network import masks_of
from brickyard.gauge.probes.space import SLOPED
from brickyard.gauge.probes.training import Given, given_of, outputs_after, structure_of
from brickyard.probe import Probe


@dataclass(frozen=True)
class Task:
    """Rows (rows, inputs) and targets (rows, outputs), float32; the first `fitted` rows are to learn from, others held out."""

    rows: np.ndarray
    targets: np.ndarray
    fitted: int


def held_out_loss(probe: Probe, task: Task) -> float:
    """The probe's own loss, mean over the held-out rows, of the network after training; without its L2 term."""
    return float(_compiled(structure_of(probe), task.fitted, False)(*_arguments(probe, task)))


def held_out_slope(probe: Probe, task: Task) -> tuple[float, dict[str, float]]:
    """The same and its slopes in the logarithms of the SLOPED settings. A probe with l2 = 0 has a slope of 0 in it."""
    loss, slopes = _compiled(structure_of(probe), task.fitted, True)(*_arguments(probe, task))
    return float(loss), {name: float(slope) * getattr(probe, name) for name, slope in slopes.items()}


def _arguments(probe: Probe, task: Task) -> tuple[dict[str, Any], Given, np.ndarray, np.ndarray]:
    masks = masks_of(task.rows.shape[1], probe.widths, task.targets.shape[1])
    given = given_of(probe, masks, np.arange(task.fitted))
    return {name: getattr(given, name) for name in SLOPED}, given, task.rows, task.targets


@cache
def _compiled(probe: Probe, fitted: int, sloped: bool) -> Any:
    import jax

    loss = partial(_loss, probe, fitted)
    return jax.jit(jax.value_and_grad(loss) if sloped else loss)


def _loss(probe: Probe, fitted: int, settings: dict[str, Any], given: Given, rows: Any, targets: Any) -> Any:
    outputs = outputs_after(probe, given._replace(**settings), rows, targets)[0]
    return loss_of(probe.loss)(outputs[fitted:], targets[fitted:]).mean()
