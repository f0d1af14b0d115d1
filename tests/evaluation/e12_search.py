"""E12: how many trials do hypergradients save over a grid and chance?

A trial is a training; one with its hypergradient costs about as much as three, which the notes count as well. Tasks and seeds
are drawn by number; every search runs in the same space of learning rates and L2.
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from brickyard.gauge.probes.hypergradient import Task, held_out_loss, held_out_slope
from brickyard.gauge.probes.search import chains_of, run_chain
from brickyard.gauge.probes.space import Space
from brickyard.probe import Probe

from tests.evaluation.marks import Mark, Outcome
from tests.jax_process import in_jax

SPACE = Space({"learning_rate": (1e-3, 10.0), "l2": (1e-6, 1.0)})
BUDGETS = (8, 16, 21, 32, 64)
THIRD, ALL = 21, 64
INPUTS, CLASSES, FITTED, HELD_OUT = 20, 4, 256, 512
STRUCTURES = {
    "linear": Probe(widths=(), steps=200, batch_size=32),
    "32 tanh": Probe(widths=(32,), activation="tanh", steps=200, batch_size=32),
    "32 relu": Probe(widths=(32,), steps=200, batch_size=32),
    "32 relu, cosine": Probe(widths=(32,), steps=200, batch_size=32, schedule="cosine"),
}
KINDS = ("linear", "network", "noisy", "few relevant", "clusters")


def run(size: str, work: Path) -> Outcome:
    """The best held-out loss of every kind of search by task, seed and budget."""
    full = size == "full"
    structures, kinds, seeds = (tuple(STRUCTURES), KINDS, 3) if full else (("linear",), KINDS[:2], 2)
    pairs = list(itertools.product(structures, kinds))
    rows = [row for structure, kind in pairs for row in in_jax(searched, structure, kind, seeds)]
    best = {pair: min(row["loss"] for row in rows if (row["network"], row["task"]) == pair) for pair in pairs}
    reached = [pair for pair in pairs if median(rows, pair, "hypergradient", THIRD) <= median(rows, pair, "random", ALL)]
    cost = in_jax(price_of_a_slope, structures[-1])
    share = len(reached) / len(pairs)
    return Outcome(
        "How many trials do hypergradients save?",
        f"{len(pairs)} tasks ({', '.join(kinds)}; {FITTED} rows to learn from, {HELD_OUT} held out, {INPUTS} inputs, {CLASSES} "
        f"classes; {', '.join(structures)}), learning rate from .001 to 10 and L2 from 1e-6 to 1, budgets {BUDGETS[0]} to "
        f"{BUDGETS[-1]}, medians over {seeds} seeds. Regret: held-out loss above the best that any search found.",
        [
            Mark(
                f"hypergradients reach the regret of {ALL} random trials in {THIRD} on 70 % of the tasks",
                f"{share:.0%} of {len(pairs)}",
                share >= 0.7,
            )
        ],
        {"Median regret by budget, mean over the tasks": _by_budget(rows, pairs, best), "By task": _by_task(rows, pairs, best)},
        _notes(pairs, reached, cost),
    )


def task(kind: str) -> Task:
    """Rows and labels of a kind of task, drawn by its number."""
    draw = np.random.default_rng(KINDS.index(kind))
    count = FITTED + HELD_OUT
    rows = draw.normal(size=(count, INPUTS))
    direction = draw.normal(size=(INPUTS, CLASSES))
    if kind == "few relevant":
        direction[3:] = 0
    outputs = rows @ direction
    if kind in ("network", "noisy"):
        outputs = np.tanh(rows @ draw.normal(size=(INPUTS, 8)) / 2) @ draw.normal(size=(8, CLASSES))
    labels = outputs.argmax(1)
    if kind == "noisy":
        labels = np.where(draw.random(count) < 0.3, draw.integers(0, CLASSES, count), labels)
    if kind == "clusters":
        labels = draw.integers(0, CLASSES, count)
        rows += 1.5 * draw.normal(size=(3 * CLASSES, INPUTS))[3 * labels + draw.integers(0, 3, count)]
    return Task(rows.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[labels], FITTED)


def searched(structure: str, kind: str, seeds: int) -> list[dict[str, object]]:
    """The best loss of each search within each budget. A grid and descents are laid out anew for each; chance goes on."""
    rows = []
    for how, seed in itertools.product(("grid", "random", "hypergradient"), range(seeds)):
        if how == "grid" and seed:
            continue
        whole = losses(structure, kind, how, ALL, seed) if how == "random" else []
        for budget in BUDGETS:
            tried = whole[:budget] or losses(structure, kind, how, budget, seed)
            rows.append({"network": structure, "task": kind, "how": how, "budget": budget, "seed": seed, "loss": min(tried)})
    return rows


def losses(structure: str, kind: str, how: str, budget: int, seed: int) -> list[float]:
    """Of the trials of one search, in their order."""
    chains = chains_of(SPACE, how, budget, seed)
    return [trial.loss for chain in chains for trial in run_chain(chain, STRUCTURES[structure], task(kind), SPACE)]


def price_of_a_slope(structure: str) -> float:
    """Seconds of a trial with its slope, in those of one without; the fastest of five each."""
    probe, given = STRUCTURES[structure], task(KINDS[0])
    return _fastest(lambda: held_out_slope(probe, given)) / _fastest(lambda: held_out_loss(probe, given))


def _fastest(call) -> float:
    taken = []
    for _ in range(6):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken[1:])


def median(rows: Sequence[Mapping], pair: tuple[str, str], how: str, budget: int) -> float:
    """Over the seeds, of the best loss."""
    wanted = (*pair, how, budget)
    return float(np.median([row["loss"] for row in rows if (row["network"], row["task"], row["how"], row["budget"]) == wanted]))


def _by_budget(rows: Sequence[Mapping], pairs: Sequence[tuple], best: Mapping) -> list[dict[str, object]]:
    return [
        {
            "budget": budget,
            **{
                how: float(np.mean([median(rows, pair, how, budget) - best[pair] for pair in pairs]))
                for how in ("grid", "random", "hypergradient")
            },
        }
        for budget in BUDGETS
    ]


def _by_task(rows: Sequence[Mapping], pairs: Sequence[tuple], best: Mapping) -> list[dict[str, object]]:
    return [
        {
            "network": pair[0],
            "task": pair[1],
            "best loss": best[pair],
            f"random, {ALL}": median(rows, pair, "random", ALL) - best[pair],
            f"hypergradient, {THIRD}": median(rows, pair, "hypergradient", THIRD) - best[pair],
            f"grid, {ALL}": median(rows, pair, "grid", ALL) - best[pair],
        }
        for pair in pairs
    ]


def _notes(pairs: Sequence[tuple], reached: Sequence[tuple], cost: float) -> list[str]:
    lost = [f"{network} on {kind}" for network, kind in pairs if (network, kind) not in reached]
    return [
        f"A trial with its hypergradient takes {cost:.1f} times one without: {THIRD} last as long as {THIRD * cost:.0f}.",
        f"Chance stays ahead for {'; '.join(lost)}." if lost else "Chance stays ahead nowhere.",
        "A range of discrete settings has no slope: there a search downhill is a search at random.",
    ]
