"""A run is killed at a named point or at any time; the same command again must give what an undisturbed run gives."""

import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from brickyard.kill_points import POINTS, VICTIMS, WHEN
from brickyard.tables import RELEASES, TABLES

from tests.faults import corpus, laws, processes
from tests.faults.processes import Ended


@dataclass(frozen=True)
class Case:
    """`at`: a point, or seconds; `form`: how the job is started; `module`: what is started, if not our own job."""

    at: str | float
    victim: str
    form: str = "brickyard"
    module: str = "jobs.main"

    @property
    def name(self) -> str:
        at = self.at if isinstance(self.at, str) else f"time {self.at:05.2f}"
        return " / ".join(("kill", at, self.victim, self.form))


@dataclass(frozen=True)
class Reference:
    """The warehouse to start from, with one release, and what an undisturbed second run makes of it."""

    home: Path
    fingerprints: tuple[dict[str, str], dict[str, str]]  # of the first release, and of the second
    lines: int
    seconds: float
    commits: dict[str, list[int]]  # of the second run, by table: the rows that each wrote


def make_reference(home: Path, documents: int = corpus.DOCUMENTS) -> Reference:
    """Make the corpus, load its first batch, and let a copy load the second undisturbed."""
    corpus.write_corpus(home / "start", documents)
    _must_end_well(processes.run(processes.command("brickyard", home / "start")))
    first = laws.releases(home / "start/warehouse")[0]
    corpus.bring_second_batch(home / "start")
    shutil.copytree(home / "start", home / "undisturbed")
    ended = processes.run(processes.command("brickyard", home / "undisturbed"))
    _must_end_well(ended)
    done = home / "undisturbed/warehouse"
    lines = laws.count_lines(home / "start/in")
    if problems := laws.broken(done, lines):
        raise RuntimeError(f"the undisturbed run breaks laws: {problems}")
    fingerprints = laws.fingerprint(done, first), laws.fingerprint(done, laws.releases(done)[1])
    return Reference(home / "start", fingerprints, lines, ended.seconds, _commits_since(first, done))


def _must_end_well(ended: Ended) -> None:
    if ended.code:
        raise RuntimeError(f"a run that nobody disturbed ended with {ended.code}:\n{ended.errors[-3000:]}")


def _commits_since(release: dict, warehouse: Path) -> dict[str, list[int]]:
    versions, found = release["table_versions"], dict[str, list[int]]()
    for table in TABLES:
        for log in sorted((warehouse / table.name / "_delta_log").glob("0*.json")):
            if int(log.stem) > versions.get(table.name, 0) and "attempt" in (owner := laws.owner_of(log)):
                found.setdefault(table.name, []).append(owner.get("rows", 1))
    return found


def points_reached(reference: Reference) -> list[str]:
    """The points that the second run meets, each once for each of a table's commits, in an order that spreads over tables."""
    found = [point for point in POINTS if point.split(".")[0] not in {table.name for table in TABLES}]
    for when in range(len(WHEN)):
        for number, (name, commits) in enumerate(sorted(reference.commits.items())):
            point = f"{name}.{WHEN[(number + when) % len(WHEN)]}"
            met = [rows for rows in commits if rows or not point.endswith("during_write")]  # nothing is written of no rows
            found += [point if time == 1 else f"{point}:{time}" for time in range(1, len(met) + 1)]
    published = [f"{RELEASES.name}.{when}" for when in WHEN]
    return [*published, *(point for point in found if point not in published)]


def cases_at_points(points: list[str]) -> list[Case]:
    """Each point with each victim, all points with one before the next; `spark-submit` starts every fourth."""
    cases = [Case(point, VICTIMS[(number + turn) % 3]) for turn in range(3) for number, point in enumerate(points)]
    return [Case(one.at, one.victim, processes.FORMS[number % 4 == 3]) for number, one in enumerate(cases)]


def cases_at_times(count: int, seed: int, longest: float) -> list[Case]:
    """Random moments from the start of Python to the end of an undisturbed run, the same for the same seed."""
    source = random.Random(seed)
    times = [round(source.uniform(0.5, longest), 2) for _ in range(count)]
    return [Case(at, VICTIMS[number % 3], processes.FORMS[number % 4 == 3]) for number, at in enumerate(times)]


def run_case(case: Case, reference: Reference) -> dict:
    """What came of a case; `problem` is empty if all is as it must be."""
    with tempfile.TemporaryDirectory(dir=reference.home.parent) as folder:
        home = Path(folder) / "home"
        shutil.copytree(reference.home, home)
        words = processes.command(case.form, home, module=case.module)
        if isinstance(case.at, str):
            session, killed = processes.run_killed_at(words, case.at, case.victim)
        else:
            session, killed = processes.run_killed_after(words, case.at, case.victim)
        problems = between(case, home, killed, reference)
        if case.victim == "jvm":  # until Python has noticed, and ended, it holds the lock
            processes.await_end(session)
        again = processes.run(words)
        problems += after(home, again, reference) if again.code == 0 else [f"again: {again.code}: {again.errors[-300:]}"]
        if left := processes.await_end(session):
            problems.append(f"{left} processes of the killed run are still alive")
    return {"code_killed": killed.code, "seconds_killed": killed.seconds, "seconds_again": again.seconds,
            "status": again.summary.get("status"), "problem": "; ".join(problems), "passed": not problems}  # fmt: skip


def between(case: Case, home: Path, killed: Ended, reference: Reference) -> list[str]:
    """A named point must be met; readers see the release before, or the new one, each as it should be."""
    problems = []
    if isinstance(case.at, str) and killed.code == 0:
        problems.append("the point was not reached")
    if killed.code == -9999:
        problems.append("the killed run hung")
    if case.victim == "jvm" and killed.trace and "Py4J" not in killed.errors:  # who lives must explain; the dead cannot
        problems.append(f"a stack trace: {killed.errors[-300:]}")
    seen = laws.releases(home / "warehouse")
    if not 1 <= len(seen) <= 2:
        problems.append(f"L4: {len(seen)} releases after the kill")
    return problems + mixtures(home, seen, reference)


def mixtures(home: Path, seen: list[dict], reference: Reference) -> list[str]:
    """Which releases are not what they are in the undisturbed warehouse."""
    found = [laws.fingerprint(home / "warehouse", release) for release in seen]
    return [
        f"release {number + 1} has other rows in {', '.join(name for name in wanted if one[name] != wanted[name])}"
        for number, (one, wanted) in enumerate(zip(found, reference.fingerprints, strict=False))
        if one != wanted
    ]


def after(home: Path, again: Ended, reference: Reference) -> list[str]:
    """What is wrong after the same command has ended well."""
    seen = laws.releases(home / "warehouse")
    problems = [] if len(seen) == 2 else [f"{len(seen)} releases in the end"]
    if again.summary.get("status") not in ("published", "already_published"):
        problems.append(f"status {again.summary.get('status')}")
    return problems + mixtures(home, seen, reference) + laws.broken(home / "warehouse", reference.lines)
