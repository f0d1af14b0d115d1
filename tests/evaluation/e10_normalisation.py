"""E10: does a row's output under layer normalisation depend on its batch mates, and from which batch on is batch
normalisation the better one?

Batch normalisation is used in training by the batch's own statistics: small batches make it noisy, a batch of one makes it
blind. The task is drawn by seed; learning rates are chosen for each normalisation and batch on rows of their own.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from brickyard.gauge.probes.training import Run, train_many
from brickyard.probe import Probe

from tests.evaluation.marks import Mark, Outcome
from tests.gauge import with_jax
from tests.jax_process import in_jax

BATCHES = (2, 4, 8, 16, 32, 64, 128, 256)
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
INPUTS, CLASSES = 16, 4
TRAINED, CHOOSING, TESTED = 1024, 1024, 2048
SEEN = 20_000  # rows that training sees in all, whatever the batch


def run(size: str, work: Path) -> Outcome:
    """Outputs beside other batch mates; then accuracy by normalisation and batch, over tasks."""
    tasks, batches = (10, BATCHES) if size == "full" else (2, (2, 64))
    moved = {name: in_jax(farthest_move, name, 200 if size == "full" else 20) for name in ("layer", "batch", "none")}
    rows = [row for batch in batches for row in in_jax(accuracies, batch, tasks)]
    table = by_batch(rows)
    crossover = crossover_of(table)
    return Outcome(
        "Batch or layer normalisation?",
        f"Two hidden layers of 32, ReLU, plain descent over {SEEN:,} rows in all, {tasks} tasks (classes of a random network, "
        f"{INPUTS} inputs of different scales, a tenth of the labels drawn anew), batches of {batches[0]} to {batches[-1]}, "
        f"learning rates {RATES[0]} to {RATES[-1]} chosen on {CHOOSING} rows, tested on {TESTED} others. Independence: a row's "
        "training-mode output beside other batch mates.",
        [
            Mark(
                "output under layer normalisation moves by at most 1e-6 with other batch mates",
                f"{moved['layer']:.2g}",
                moved["layer"] <= 1e-6,
            ),
            Mark("output under batch normalisation moves, by more than 1e-3", f"{moved['batch']:.2g}", moved["batch"] > 1e-3),
            Mark(
                "a batch is found from which on batch normalisation is not behind layer normalisation",
                f"from {crossover}" if crossover else "none",
                crossover is not None,
            ),
        ],
        {"Test accuracy by batch": table},
        [
            f"Without normalisation outputs move by {moved['none']:.2g}.",
            "A difference counts if it is above two standard errors over the tasks.",
        ],
    )


def farthest_move(normalisation: str, draws: int) -> float:
    """The largest change of an output when everything else in its batch changes, as a share of the outputs' size."""
    probe = Probe(widths=(32, 32), normalisation=normalisation)
    parameters = with_jax.parameters_of(probe, INPUTS, CLASSES)
    moves = []
    for seed in range(draws):
        draw = np.random.default_rng(seed)
        one, mates, others = (draw.normal(size=(count, INPUTS)).astype(np.float32) for count in (1, 15, 15))
        first, second = (with_jax.passed(probe, parameters, np.r_[one, beside])[0][0] for beside in (mates, 5 * others))
        moves.append(np.abs(first - second).max() / max(np.abs(first).max(), 1))
    return float(max(moves))


def task(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, one-hot labels to train and choose by (a tenth drawn anew), and the true classes."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(TRAINED + CHOOSING + TESTED, INPUTS)) * np.exp(draw.normal(size=INPUTS))
    outputs = np.tanh(rows @ draw.normal(size=(INPUTS, 16))) @ draw.normal(size=(16, CLASSES))
    classes = outputs.argmax(1)
    told = np.where(draw.random(len(classes)) < 0.1, draw.integers(0, CLASSES, len(classes)), classes)
    return rows.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[told], classes


def accuracies(batch: int, tasks: int) -> list[dict[str, object]]:
    """Test accuracy of the learning rate that is best on the rows to choose by, for each normalisation and task."""
    return [
        {"batch": batch, "normalisation": name, "task": seed, "accuracy": chosen_accuracy(name, batch, seed)}
        for name, seed in itertools.product(("none", "batch", "layer"), range(tasks))
    ]


def chosen_accuracy(normalisation: str, batch: int, seed: int) -> float:
    rows, targets, classes = task(seed)
    probe = Probe(widths=(32, 32), normalisation=normalisation, batch_size=batch, steps=SEEN // batch, schedule="cosine")
    runs = [Run((32, 32), rate, 0.0, seed, np.arange(TRAINED)) for rate in RATES]
    guessed = train_many(replace(probe, seed=seed), runs, rows, targets).outputs.argmax(2)
    choosing = slice(TRAINED, TRAINED + CHOOSING)
    best = int((guessed[:, choosing] == targets[choosing].argmax(1)).mean(1).argmax())
    return float((guessed[best, TRAINED + CHOOSING :] == classes[TRAINED + CHOOSING :]).mean())


def by_batch(rows: Sequence[Mapping]) -> list[dict[str, object]]:
    """Mean accuracies over the tasks, and batch's lead over layer normalisation with its standard error."""
    table = []
    for batch in dict.fromkeys(row["batch"] for row in rows):
        of = {
            name: np.array([row["accuracy"] for row in rows if (row["batch"], row["normalisation"]) == (batch, name)])
            for name in ("none", "batch", "layer")
        }
        lead = of["batch"] - of["layer"]
        table.append(
            {
                "batch": batch,
                **{f"{name} normalised": float(values.mean()) for name, values in of.items()},
                "batch over layer": float(lead.mean()),
                "standard error": float(lead.std(ddof=1) / len(lead) ** 0.5),
            }
        )
    return table


def crossover_of(table: Sequence[Mapping]) -> int | None:
    """The smallest batch from which on batch normalisation is nowhere behind by more than two standard errors; None if the
    smallest of all is one already, or if there is none: then nothing crosses."""
    behind = [row["batch"] for row in table if row["batch over layer"] < -2 * row["standard error"]]
    beyond = [row["batch"] for row in table if row["batch"] > max(behind)] if behind else []
    return min(beyond) if beyond else None
