"""Laptop, cluster, object storage: the same tables; executors killed; a secured cluster. Results in docs/cluster.json.

    python -m tests.cluster.run [--steps s3,lease] [--documents 2000]

Needs Go to build the S3 server. All traffic stays on this machine; all processes are this command's own, and ended by it.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.bench.corpus import generate
from tests.bench.laws import table_digests
from tests.cluster import killed, on_cluster, on_s3, secure, workers
from tests.cluster.page import render
from tests.cluster.submit import ROOT, curation, follow, packed, succeed

RESULTS, PAGE = ROOT / "docs/cluster.json", ROOT / "docs/cluster.md"


@dataclass(frozen=True)
class Given:
    """What every step starts from; `tables` are the digests of the laptop's tables."""

    work: Path
    corpus: Path
    environment: Path
    tables: dict[str, str]


STEPS: dict[str, Callable[[Given], dict]] = {
    "cluster": on_cluster.run,
    "killed": killed.run,
    "s3": on_s3.run,
    "lease": on_s3.run_lease,
    "writers": on_s3.run_writers,
    "secure": secure.run,
    "workers": workers.run,
}


def prepare(work: Path, documents: int) -> Given:
    """The corpus, the environment for executors, and what the laptop makes of the corpus: local[*], one process."""
    corpus = work / "corpus"
    if not (corpus / "corpus.json").exists():
        generate(corpus, documents, boilerplate=0.2)
    if not (work / "laptop" / "releases").exists():
        say("laptop")
        words = curation(str(corpus), str(corpus), str(work / "laptop"))
        succeed(follow([str(ROOT / ".venv/bin/brickyard"), "curate", *words]))
    return Given(work, corpus, packed(work), table_digests(work / "laptop"))


def say(message: str) -> None:
    print(f"cluster-test: {message}", file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    """Zero if everything held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", default=",".join(STEPS))
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--work", type=Path, help="a folder to keep; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        given = prepare(work, options.documents)
        for name in options.steps.split(","):
            say(name)
            keep(name, {**STEPS[name](given), "documents": options.documents})
    return 0


def keep(name: str, result: dict) -> None:
    """Write a step's results beside those of the others."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = {"machine": machine(), "date": date.today().isoformat(), **result}
    ordered = {step: results[step] for step in STEPS if step in results}
    RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
    PAGE.write_text(render(ordered))


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Spark 3.5.3"


if __name__ == "__main__":
    sys.exit(main())
