"""K-means and assignment at equal inertia: ours, MLlib alone, scikit-learn."""

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always, say
from tests.bench.measure import module
from tests.bench.setup import BENCH
from tests.bench.vectors import DIMENSION, write_vectors

CLUMPS_PER_CELL = 8
"""Directions around which vectors lie, for each cell: with one, the start decides everything, as with no real vectors."""

WITHIN = 1.03
"""How much larger than scikit-learn's the inertia may be."""


def run(bench: Bench) -> dict:
    vectors, cells = bench.pick(20_000, 1_000_000, 2_000_000), bench.pick(50, 1000, 1000)
    folder = bench.work / "vectors" / str(vectors)
    if not folder.exists():
        say(f"making {vectors:,} vectors")
        write_vectors(folder, vectors, CLUMPS_PER_CELL * cells)
    entries = [
        Entry(name, note, always(module(home, program, folder, cells)), most_runs=1 if name == "MLlib alone" else None)
        for name, note, home, program in PROGRAMS
    ]
    results = alternate(bench, "kmeans", entries)
    _judge(results)
    return {"vectors": vectors, "dimension": DIMENSION, "cells": cells, "clumps": CLUMPS_PER_CELL * cells, "results": results}


def _judge(results: list[dict]) -> None:
    """Inertia within 3 % of scikit-learn's largest."""
    runs = [(result["name"], run) for result in results for run in result["runs"] if "report" in run]
    reference = max((run["report"]["inertia"] for name, run in runs if name == "scikit-learn"), default=float("inf"))
    for _, run in runs:
        run["inertia_ratio"] = run["report"]["inertia"] / reference
        run["accurate"] = run["inertia_ratio"] <= WITHIN


PROGRAMS = (
    ("brickyard", "MLlib on a sample, block solver; every vector assigned", RUNTIME, "tests.bench.ours.kmeans"),
    ("MLlib alone", "default solver, all vectors, 10 iterations, random start", RUNTIME, "tests.bench.ours.mllib_kmeans"),
    ("scikit-learn", "KMeans, all vectors, 10 iterations, default start", BENCH, "tests.bench.peers.sklearn_kmeans"),
)
