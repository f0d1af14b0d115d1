"""Semantic pairs within cells, as a share of the machine's matrix product."""

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always
from tests.bench.measure import module

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(bench: Bench) -> dict:
    members = bench.pick(500, 1000, 4000)
    command = module(RUNTIME, "tests.bench.ours.semantic_pairs", members)
    note = f"a cell of {members:,} vectors and two neighbours of as many, 1 core"
    entry = Entry("brickyard", note, always(command), environment=ONE_THREAD)
    return {"members": members, "results": alternate(bench, "semantic", [entry])}
