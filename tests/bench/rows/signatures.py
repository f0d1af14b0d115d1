"""Signatures alone: megabytes of text per second and core."""

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always, facts_of
from tests.bench.measure import module
from tests.bench.setup import BENCH

ONE_THREAD = {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(bench: Bench) -> dict:
    corpus = bench.corpus("signatures", bench.pick(2000, 65_000, 65_000))
    entries = [
        Entry(name, note, always(module(home, program, corpus)), environment=ONE_THREAD, most_runs=most_runs)
        for name, note, home, program, most_runs in PROGRAMS
    ]
    return {"corpus": facts_of(corpus), "results": alternate(bench, "signatures", entries)}


PROGRAMS = (
    ("brickyard kernel", "from Python strings, 1 core", RUNTIME, "tests.bench.ours.kernel_signatures", None),
    (
        "brickyard in Spark",
        "from Parquet, bands and Arrow hop included, all cores",
        RUNTIME,
        "tests.bench.ours.spark_signatures",
        None,
    ),
    ("rensa", "from Python strings, its batch function", BENCH, "tests.bench.peers.rensa_signatures", None),
    ("datasketch", "from Python strings, update_batch", BENCH, "tests.bench.peers.datasketch_signatures", None),
    ("datatrove", "from Python strings, its signature stage without files", BENCH, "tests.bench.peers.datatrove_signatures", 1),
)
