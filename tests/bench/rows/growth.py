"""Seconds over five doublings of a corpus in which a fifth of every text is shared boilerplate: the exponent of growth."""

import numpy as np

from tests.bench.bench import Bench, time_of
from tests.bench.contenders import NARROW_WARM
from tests.bench.rows.near import compare

DOUBLINGS = 5


def run(bench: Bench) -> dict:
    smallest = bench.pick(500, 20_000, 40_000)
    sizes = [smallest * 2**power for power in range(DOUBLINGS + 1)]
    parts = [_one(bench, documents) for documents in sizes]
    return {"parts": parts, "exponent": exponent(parts), "boilerplate": 0.2}


def _one(bench: Bench, documents: int) -> dict:
    corpus = bench.corpus("growth", documents, boilerplate=0.2)
    return {"name": f"{documents:,} documents", "documents": documents, **compare(bench, "growth", corpus, (NARROW_WARM,))}


def exponent(parts: list[dict]) -> float | None:
    """The slope of log seconds over log documents, by least squares over the last five sizes."""
    points = [
        (part["documents"], float(np.median([time_of(run) for run in part["results"][0]["runs"]])))
        for part in parts[1:]
        if all("report" in run for run in part["results"][0]["runs"])
    ]
    if len(points) < 2:
        return None
    documents, seconds = np.log(np.array(points)).T
    return float(np.polyfit(documents, seconds, 1)[0])
