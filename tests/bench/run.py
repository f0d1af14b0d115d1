"""Run the benchmark, or some rows of it, and render docs/benchmarks.md.

    python -m tests.bench.run --size issue --rows near,signatures --runs 3

Every row that has run replaces its results in docs/benchmarks.json, from which the page is made; with --size small, which
measures the machine's noise rather than programs, both go to the working folder.
"""

import argparse
import importlib
import json
import os
import platform
import re
import time
from importlib import metadata
from pathlib import Path

from infra.setup import ROOT, RUNTIME, site_packages
from tests.bench.bench import SIZES, Bench, say
from tests.bench.render import render
from tests.bench.setup import BENCH

ROWS = (
    "signatures", "tokens", "training", "near", "real", "components", "kmeans", "semantic", "growth", "skew", "memory",
    "increment", "embeddings", "vectors",
)  # fmt: skip

RESULTS, PAGE = "benchmarks.json", "benchmarks.md"

_SHOWN = (
    "pyspark", "delta-spark", "numpy", "numba", "pyarrow", "datatrove", "text-dedup", "rensa", "datasketch", "scipy",
    "scikit-learn", "spacy", "polars", "datasets", "onnxruntime", "tokenizers", "model2vec",
)  # fmt: skip


def machine() -> dict:
    """What it ran on, without names of hosts and people."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpu": model[1] if model else platform.machine(), "cores": os.cpu_count(),
            "memory_gb": round(pages / 1e9), "system": f"{platform.system()} {platform.release().split('-')[0]}",
            "load_before": os.getloadavg()[0]}  # fmt: skip


def versions() -> dict:
    """Versions of what matters, ours and theirs."""
    return {"python": platform.python_version(), "brickyard": _installed(RUNTIME), "peers": _installed(BENCH)}


def _installed(environment: Path) -> dict[str, str]:
    found = metadata.distributions(path=[str(site_packages(environment))])
    names = {distribution.metadata["Name"].lower().replace("_", "-"): distribution.version for distribution in found}
    return {name: names[name] for name in _SHOWN if name in names}


def run_row(name: str, bench: Bench) -> dict | None:
    """The results of one row with the circumstances in which they came about."""
    before, started = machine(), time.time()
    found = importlib.import_module(f"tests.bench.rows.{name}").run(bench)
    if found is None:
        return None
    command = f"make bench SIZE={bench.size} ROWS={name} RUNS={bench.runs}"
    command += f" PROGRAMS='{','.join(bench.programs)}'" if bench.programs else ""
    return {"size": bench.size, "command": command, "machine": before, "versions": versions(),
            "date": time.strftime("%Y-%m-%d", time.gmtime(started)), **found}  # fmt: skip


def save(name: str, row: dict, work: Path) -> None:
    """Keep a row in the working folder and among the results from which the page is made."""
    kept = work / "results" / f"{name}-{row['size']}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(row, indent=1))
    target = work if row["size"] == "small" else ROOT / "docs"
    results = target / RESULTS
    rows = json.loads(results.read_text()) if results.exists() else {}
    rows[f"{name}-{row['size']}"] = row
    results.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
    (target / PAGE).write_text(render(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--programs", default="", help="names of programs, separated by commas; others are left out")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=ROOT / "warehouse" / "bench")
    options = parser.parse_args()
    programs = tuple(filter(None, options.programs.split(",")))
    bench = Bench(options.size, options.runs, options.work.resolve(), programs)
    for name in options.rows.split(","):
        say(f"row {name}")
        row = run_row(name, bench)
        if row:
            save(name, row, bench.work)


if __name__ == "__main__":
    main()
