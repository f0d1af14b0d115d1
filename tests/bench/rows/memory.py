"""The largest process of each kind, at two sizes: the driver (java and python), and the Python workers."""

from dataclasses import replace

from tests.bench.bench import Bench
from tests.bench.contenders import NARROW
from tests.bench.rows.near import compare


def run(bench: Bench) -> dict:
    sizes = (bench.pick(2000, 100_000, 100_000), bench.pick(4000, 1_000_000, 1_000_000))
    once = replace(bench, runs=1)
    return {"parts": [_one(once, documents) for documents in sizes]}


def _one(bench: Bench, documents: int) -> dict:
    corpus = bench.corpus("memory", documents)
    return {"name": f"{documents:,} documents", **compare(bench, "memory", corpus, (NARROW,))}
