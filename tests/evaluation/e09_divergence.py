"""E9: does the largest curvature say which learning rate is too high, and is divergence seen before it is too late?

A loss with one linear layer and squared errors is a parabola; with softmax it is convex, and its curvature has a bound. Of
networks only the curvature at the start is known. Random tasks are drawn by seed; nothing was chosen after seeing results.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from brickyard.gauge.probes.curvature import highest_rate
from brickyard.gauge.probes.training import Training, train
from brickyard.gauge.probes.watching import LEARNT, alarm_step, watch
from brickyard.probe import Probe

from tests.evaluation.marks import Mark, Outcome
from tests.jax_process import in_jax

Task = tuple[np.ndarray, np.ndarray]
ROWS, INPUTS = 256, 10
STEP = 2**0.25  # of the learning rates that are tried
STRUCTURES = [
    Probe(widths=widths, activation=activation, loss=loss, normalisation=normalisation, batch_size=batch, steps=300)
    for widths, activation, loss, normalisation, batch in (
        ((32,), "relu", "mse", "none", 256),
        ((32,), "tanh", "mse", "none", 256),
        ((32, 32), "gelu", "mse", "none", 256),
        ((32,), "relu", "cross_entropy", "none", 256),
        ((32, 32), "tanh", "cross_entropy", "none", 256),
        ((32, 32), "silu", "cross_entropy", "none", 256),
        ((32,), "relu", "huber", "none", 32),
        ((32, 32), "relu", "mse", "none", 32),
        ((32,), "leaky_relu", "mse", "layer", 32),
        ((32,), "relu", "cross_entropy", "batch", 32),
        ((32,), "sigmoid", "mse", "none", 16),
        ((32,), "relu", "focal", "none", 8),
    )
]


def run(size: str, work: Path) -> Outcome:
    """100 parabolas, 100 softmax models, networks by learning rate, and runs with and without the alarm."""
    full = size == "full"
    parabolas = in_jax(split_parabolas, 100 if full else 10)
    softmax = in_jax(descend_softmax, 100 if full else 10)
    critical = in_jax(critical_rates, STRUCTURES[:6] if full else STRUCTURES[:2], 6 if full else 2)
    alarms = in_jax(alarmed, STRUCTURES if full else STRUCTURES[:3], 20 if full else 6)
    return Outcome(
        "Which learning rate is too high, and is divergence seen in time?",
        f"Gradient descent on {len(parabolas)} random parabolas (a linear layer, squared errors) at .99 and 1.01 of 2 / c, c "
        f"the largest curvature by power iteration; {len(softmax)} softmax models at .99 of 2 / (half the top eigenvalue of "
        f"X'X/n); {len(critical)} networks by full-batch descent, at learning rates a factor 2^(1/4) apart, for the lowest at "
        f"which the loss ends above its start; {len(alarms)} runs of {STRUCTURES[0].steps} steps at random rates around 2 / c, "
        "each with and without the alarm; healthy ones end below their start and below guessing, by a twentieth. (Two runs on "
        "other seeds came before, with the alarm at ten times the start, then by seeds 5000 to 5015 at a thousand; whatever "
        "ended below its start counted as healthy: 10 false alarms in 154, then 9 in 194, 7 of which had learnt nothing.)",
        _marks(parabolas, softmax, critical, alarms),
        {"Critical learning rates of networks": _by_structure(critical), "Alarms": _alarm_table(alarms)},
        _notes(critical, alarms),
    )


def task(seed: int, loss: str) -> Task:
    """Rows of differently scaled inputs; classes of a random network as one-hot rows, or its outputs for squared errors."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(ROWS, INPUTS)) * np.exp(draw.normal(size=INPUTS) / 2)
    outputs = np.tanh(rows @ draw.normal(size=(INPUTS, 16))) @ draw.normal(size=(16, 3))
    one_hot = np.eye(3)[outputs.argmax(1)]
    return rows.astype(np.float32), (outputs if loss in ("mse", "huber", "mae") else one_hot).astype(np.float32)


def split_parabolas(count: int) -> list[bool]:
    """Whether .99 of the limit ends below the start without alarm, and 1.01 of it with one."""
    return [_is_split(replace(PARABOLA, seed=seed), task(seed, "mse")) for seed in range(count)]


PARABOLA = Probe(widths=(), loss="mse", batch_size=ROWS, steps=1000)


def _is_split(probe: Probe, given: Task) -> bool:
    limit = highest_rate("sgd", float(train(probe, *given).curvature[0])) or math.inf
    below, above = (train(replace(probe, learning_rate=factor * limit), *given) for factor in (0.99, 1.01))
    return alarm_step(below) is None and below.end_loss < below.loss[0] and alarm_step(above) is not None


def descend_softmax(count: int) -> list[bool]:
    """Whether the loss falls in every step, and the curvature keeps to its bound, at .99 of what the bound bears."""
    fell = []
    for seed in range(count):
        rows, targets = task(seed, "cross_entropy")
        with_one = np.c_[rows, np.ones(ROWS)].astype(float)
        bound = np.linalg.eigvalsh(with_one.T @ with_one / ROWS).max() / 2
        probe = Probe(widths=(), batch_size=ROWS, steps=300, seed=seed, learning_rate=0.99 * 2 / bound)
        training = train(probe, rows, targets)
        # float32 rounds a loss of about 1 to 1e-7: less than that is no rise
        fell.append(bool(np.diff(training.loss).max() < 1e-6 and training.curvature.max() <= bound * 1.001))
    return fell


def critical_rates(structures: Sequence[Probe], seeds: int) -> list[dict[str, object]]:
    """For each network the limit by its first curvature, and the lowest rate at which it ends above its start."""
    found = []
    for structure, seed in itertools.product(structures, range(1000, 1000 + seeds)):
        given = task(seed, structure.loss)
        probe = replace(structure, seed=seed)
        limit = highest_rate("sgd", float(train(probe, *given).curvature[0])) or math.inf
        critical = _critical(probe, given, limit)
        found.append({"network": described(probe), "limit": limit, "critical": critical, "ratio": critical / limit})
    return found


def _critical(probe: Probe, given: Task, limit: float) -> float:
    """From a quarter of the limit up, to 32 times it."""
    rates = (limit / 4 * STEP**power for power in range(29))
    return next((rate for rate in rates if is_lost(train(replace(probe, learning_rate=rate), *given, watch=False))), math.inf)


def is_lost(training: Training) -> bool:
    """Whether training without an alarm ended above its start, or without a number."""
    return bool(not training.end_loss <= training.loss[0])


def has_learnt(training: Training) -> bool:
    """Whether training without an alarm ended below its start, and below what guessing costs, by a twentieth."""
    return bool(training.end_loss < LEARNT * min(training.loss[0], training.guess))


def alarmed(structures: Sequence[Probe], seeds: int) -> list[dict[str, object]]:
    """For each run what it comes to without the alarm, when it is no longer finite, and when the alarm goes off."""
    found = []
    for structure, seed in itertools.product(structures, range(6000, 6000 + seeds)):
        given = task(seed, structure.loss)
        limit = highest_rate("sgd", float(train(replace(structure, seed=seed), *given).curvature[0])) or 1.0
        rate = limit * 2 ** np.random.default_rng(seed).uniform(-5, 5)
        probe = replace(structure, seed=seed, learning_rate=float(rate))
        free, watched = (train(probe, *given, watch=on) for on in (False, True))
        found.append(
            {
                "network": described(probe),
                "lost": is_lost(free),
                "learnt": has_learnt(free),
                "ends": bool(np.isfinite(free.loss).all() and np.isfinite(free.end_loss)),
                "infinite_at": _first(~np.isfinite(free.loss), free.end_loss),
                "alarm_at": alarm_step(watched),
                "cause": next((cause.name for cause in watch(probe, watched, INPUTS).causes), None),
            }
        )
    return found


def _first(infinite: np.ndarray, end: float) -> int | None:
    """The first step whose loss is not finite; the number of steps if only the end is not."""
    return int(infinite.argmax()) if infinite.any() else None if math.isfinite(end) else len(infinite)


def described(probe: Probe) -> str:
    parts = ["x".join(map(str, probe.widths)), probe.activation, probe.loss, f"batch {probe.batch_size}"]
    return ", ".join(parts + [f"{probe.normalisation} normalised"] * (probe.normalisation != "none"))


def _marks(
    parabolas: Sequence[bool], softmax: Sequence[bool], critical: Sequence[Mapping], alarms: Sequence[Mapping]
) -> list[Mark]:
    within = np.mean([0.5 <= row["ratio"] <= 2 for row in critical])
    infinite = [row for row in alarms if not row["ends"]]
    caught = [row["alarm_at"] is not None and row["alarm_at"] < row["infinite_at"] for row in infinite]
    healthy = [row for row in alarms if row["learnt"]]
    false = sum(row["alarm_at"] is not None for row in healthy)
    return [
        Mark(".99 and 1.01 of 2 / c split all parabolas", f"{np.mean(parabolas):.0%} of {len(parabolas)}", all(parabolas)),
        Mark("softmax falls in every step at .99 of its bound", f"{np.mean(softmax):.0%} of {len(softmax)}", all(softmax)),
        Mark(
            "critical rate of a network within a factor 2 of 2 / c at its start",
            f"{within:.0%} of {len(critical)}",
            bool(within == 1),
        ),
        Mark("divergence caught before NaN in 95 %", f"{np.mean(caught):.1%} of {len(caught)}", float(np.mean(caught)) >= 0.95),
        Mark("no false alarm in 100 healthy runs", f"{false} in {len(healthy)}", false == 0 and len(healthy) >= 100),
    ]


def _by_structure(critical: Sequence[Mapping]) -> list[dict[str, object]]:
    names = dict.fromkeys(row["network"] for row in critical)
    ratios = {name: [row["ratio"] for row in critical if row["network"] == name] for name in names}
    return [
        {
            "network": name,
            "lowest": _ratio(min(ratio)),
            "median": _ratio(float(np.median(ratio))),
            "highest": _ratio(max(ratio)),
            "within a factor 2": f"{np.mean([0.5 <= one <= 2 for one in ratio]):.0%}",
        }
        for name, ratio in ratios.items()
    ]


def _ratio(value: float) -> str:
    """A ratio, or that none of the tried rates was too high."""
    return f"{value:.2f}" if math.isfinite(value) else "over 32"


def _alarm_table(alarms: Sequence[Mapping]) -> list[dict[str, object]]:
    names = dict.fromkeys(row["network"] for row in alarms)
    groups = {name: [row for row in alarms if row["network"] == name] for name in names}
    return [
        {
            "network": name,
            "runs": len(rows),
            "lost": sum(row["lost"] for row in rows),
            "not finite": sum(not row["ends"] for row in rows),
            "alarms": sum(row["alarm_at"] is not None for row in rows),
            "alarms of lost runs": sum(row["lost"] and row["alarm_at"] is not None for row in rows),
        }
        for name, rows in groups.items()
    ]


def _notes(critical: Sequence[Mapping], alarms: Sequence[Mapping]) -> list[str]:
    ratios = [row["ratio"] for row in critical]
    causes = [row["cause"] for row in alarms if row["alarm_at"] is not None]
    named = {str(name): causes.count(name) for name in dict.fromkeys(causes)}
    lost = [row for row in alarms if row["lost"]]
    alarmed_lost = sum(row["alarm_at"] is not None for row in lost)
    unlearnt = [row for row in alarms if not row["lost"] and not row["learnt"]]
    idle, idle_alarmed = len(unlearnt), sum(row["alarm_at"] is not None for row in unlearnt)
    learnt_alarmed = sum(row["learnt"] and row["alarm_at"] is not None for row in alarms)
    lowest, middle, highest = (_ratio(value) for value in (min(ratios), float(np.median(ratios)), max(ratios)))
    return [
        f"{sum(ratio >= 1 for ratio in ratios)} of {len(ratios)} networks bore 2 / c: the curvature at the start gives a rate "
        "that is safe. With cross-entropy it is far below the highest: its gradients do not grow with the error.",
        f"Critical rates lie from {lowest} to {highest} times 2 / c, in the middle at {middle}.",
        f"Of {len(alarms) - len(lost)} runs that ended below their start, {idle} had learnt nothing; {idle_alarmed} of these "
        f"raised the alarm on their way, as did {learnt_alarmed} of those that had learnt something.",
        f"Of {len(lost)} runs that ended above their start, the alarm went off in {alarmed_lost}; the others did not run away.",
        "First causes named: " + ", ".join(f"{name} {count}" for name, count in named.items()) + ".",
    ]
