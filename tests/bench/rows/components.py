"""Connected components of edge lists in memory: Brickyard's union-find and scipy, answers compared."""

from pathlib import Path

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always, say
from tests.bench.graphs import GRAPHS, write_graph
from tests.bench.measure import module
from tests.bench.setup import BENCH


def run(bench: Bench) -> dict:
    nodes = bench.pick(100_000, 1_000_000, 10_000_000)
    return {"nodes": nodes, "parts": [_one(bench, name, nodes) for name in GRAPHS]}


def _one(bench: Bench, name: str, nodes: int) -> dict:
    path = bench.work / "graphs" / f"{name.replace(' ', '-')}-{nodes}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    say(f"making {path.name}")
    write_graph(name, nodes, path)
    results = alternate(bench, f"components/{name}", _entries(path))
    same_answers(results, "digest")
    return {"name": name, "results": results}


def _entries(path: Path) -> list[Entry]:
    ours = module(RUNTIME, "tests.bench.ours.components", path)
    scipy = module(BENCH, "tests.bench.peers.scipy_components", path)
    return [Entry("brickyard", "", always(ours)), Entry("scipy", "keys numbered by NumPy", always(scipy))]


def same_answers(results: list[dict], key: str) -> None:
    """Mark every run inaccurate whose answer is not the one that all the others gave."""
    answers = [run["report"][key] for result in results for run in result["runs"] if "report" in run]
    for result in results:
        for run in result["runs"]:
            run["accurate"] = run["accurate"] and len(set(answers)) == 1
