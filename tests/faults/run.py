"""Faults, one after another: `make faults`. Results go to docs/faults.json as they come; what has passed is not run again.

python -m tests.faults.run --parts kills,times --points 24 --random 60 --minutes 30
"""

import argparse
import datetime
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock

from tests.faults import damages, full_disk, kills, page, reader, results, writers

Todo = tuple[str, Callable[[], dict]]


def kill_cases(home: Path, options) -> Iterator[Todo]:
    """Named points, then a mutant that must fail, then random times."""
    reference = kills.make_reference(home / "reference", options.documents)
    say(f"an undisturbed second run: {reference.seconds} s, {reference.lines} lines")
    points = kills.points_reached(reference)[: options.points]
    for case in kills.cases_at_points(points):
        yield case.name, partial(kills.run_case, case, reference)
    mutant = kills.Case("decisions.after_write", "both", module="tests.faults.mutant")
    yield "mutant / no resume / decisions.after_write", lambda: must_fail(kills.run_case(mutant, reference))
    longest = reference.seconds * min(options.jobs, 1.3)  # runs at once take longer
    for case in kills.cases_at_times(options.random, options.seed, longest):
        yield case.name, partial(kills.run_case, case, reference)


def must_fail(result: dict) -> dict:
    """A mutant passes if the test finds it out."""
    return {**result, "passed": not result["passed"], "problem": "" if result["problem"] else "the mutant was not noticed",
            "noticed": result["problem"]}  # fmt: skip


def writer_cases(home: Path, options) -> Iterator[Todo]:
    """Two drivers at once, with the lock and without."""
    for how, name in (
        ("locked", "with the lock"),
        ("free", "without the lock"),
        ("delta", "Delta's own commits, without the lock"),
    ):
        yield f"two writers / {name}", partial(writers.run_both, home / how, options.commits, how)


def reader_cases(home: Path, options) -> Iterator[Todo]:
    """A reader beside releases, some killed."""
    yield "reader / releases", lambda: reader.run_through(home / "reader", options.releases)


def damage_cases(home: Path, _options) -> Iterator[Todo]:
    """Damaged logs and files of one table, in one session."""
    yield "damages / a table with a checkpoint", lambda: damages.run_all(home)


def disk_cases(home: Path, options) -> Iterator[Todo]:
    """Full and read-only disks, each in a namespace of its own."""
    if not full_disk.can_mount():
        say("this user may not mount in a namespace of its own: full disks are left out")
        return
    reference = kills.make_reference(home / "reference", options.documents // 10)
    for case in full_disk.CASES:
        yield f"disk / {case}", lambda case=case: full_disk.run_case(case, reference)


PARTS: dict[str, Callable[[Path, argparse.Namespace], Iterator[Todo]]] = {
    "kills": kill_cases,
    "writers": writer_cases,
    "reader": reader_cases,
    "damages": damage_cases,
    "disks": disk_cases,
}


def say(message: str) -> None:
    print(f"faults: {message}", file=sys.stderr, flush=True)  # noqa: T201


def work_through(todo: Iterator[Todo], until: float, facts: dict, jobs: int = 1) -> int:
    """Run what has not passed yet, `jobs` at a time, while there is time; how many failed."""
    cases, saving = results.load(), Lock()
    left = [(name, case) for name, case in todo if not results.is_done(cases, name)]
    with ThreadPoolExecutor(jobs) as pool:
        return sum(pool.map(partial(_run_one, cases=cases, saving=saving, until=until, facts=facts), left))


def _run_one(item: Todo, cases: dict[str, dict], saving: Lock, until: float, facts: dict) -> int:
    """Run one and keep what came of it; 1 if it failed."""
    name, case = item
    if time.monotonic() > until:
        say(f"time is up, so not run: {name}; run the same command again to go on")
        return 0
    result = case()
    with saving:
        say(f"{'passed' if result['passed'] else 'FAILED'}  {name}  {result.get('problem', '')}")
        cases[name] = {**result, "code": results.code_digest()}
        results.save(cases, facts)
    return int(not result["passed"])


def facts_of(options: argparse.Namespace) -> dict:
    """What the results are of."""
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux",
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "documents": options.documents,
        "seed": options.seed,
    }


def main() -> int:
    """Zero if nothing failed that was run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help=f"default: {','.join(PARTS)}")
    parser.add_argument("--points", type=int, default=24, help="so many named points, each with three victims")
    parser.add_argument("--random", type=int, default=60, help="so many random moments")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--commits", type=int, default=writers.COMMITS, help="of each of two writers")
    parser.add_argument("--releases", type=int, default=20, help="beside a reader")
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--jobs", type=int, default=1, help="so many kills at a time")
    parser.add_argument("--minutes", type=float, default=1e6, help="start no case after so many minutes")
    options = parser.parse_args()
    until, failed = time.monotonic() + 60 * options.minutes, 0
    for part in options.parts.split(","):
        with tempfile.TemporaryDirectory() as folder:
            jobs = options.jobs if part == "kills" else 1
            failed += work_through(PARTS[part](Path(folder), options), until, facts_of(options), jobs)
    page.write()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
