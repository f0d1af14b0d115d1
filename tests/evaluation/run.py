"""Run experiments on the gauge and write docs/evaluation.json, from which docs/evaluation.md is made.

    python -m tests.evaluation.run --experiments E6,E7,E8 [--size small]

With --size small an experiment only shows that it runs: its results go to the working folder.
"""

import argparse
import importlib
import json
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path

from infra.setup import ROOT
from tests.evaluation.marks import Outcome
from tests.evaluation.render import render

EXPERIMENTS = {
    "E1": "e01_size",
    "E6": "e06_dimension",
    "E7": "e07_bayes_error",
    "E8": "e08_naive_bayes",
    "E9": "e09_divergence",
    "E10": "e10_normalisation",
    "E11": "e11_cost",
    "E12": "e12_search",
    "D": "duplicates_and_training",
}
"""Names as in the plan of the gauge; each module has a function `run(size, work) -> Outcome`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", default=",".join(EXPERIMENTS))
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--work", type=Path, default=ROOT / "warehouse" / "evaluation")
    options = parser.parse_args()
    for name in options.experiments.split(","):
        say(f"{name}: {EXPERIMENTS[name]}")
        started = time.monotonic()
        outcome = importlib.import_module(f"tests.evaluation.{EXPERIMENTS[name]}").run(options.size, options.work)
        save(name, options.size, outcome, round(time.monotonic() - started), options.work)


def save(name: str, size: str, outcome: Outcome, seconds: int, work: Path) -> None:
    """Replace the experiment's results among all, and make the page anew."""
    folder = ROOT / "docs" if size == "full" else work
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "evaluation.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    results[name] = {
        "command": f"make evaluate EXPERIMENTS={name}",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "seconds": seconds,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        **asdict(outcome),
    }
    results = dict(sorted(results.items()))  # not what is in them: columns of tables have an order
    kept.write_text(json.dumps(results, indent=1) + "\n")
    (folder / "evaluation.md").write_text(render(results))
    for mark in outcome.marks:
        say(f"  {'reached' if mark.reached else 'MISSED '} {mark.asked}: {mark.measured}")


def say(message: str) -> None:
    print(f"evaluation: {message}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
