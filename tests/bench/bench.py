"""What the rows of the benchmark share: where things are, what has been asked for, alternating runs."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.corpus import generate
from tests.bench.measure import Failed, Measured, measure

SIZES = ("small", "issue", "large")


@dataclass(frozen=True)
class Bench:
    """One invocation: the size, how often each program runs, the working folder, the programs asked for (none: all)."""

    size: str
    runs: int
    work: Path
    programs: tuple[str, ...] = ()

    def pick(self, small: int, issue: int, large: int) -> int:
        """The number for the size asked for."""
        return (small, issue, large)[SIZES.index(self.size)]

    def corpus(self, name: str, documents: int, **options) -> Path:
        """A generated corpus; made once, and again if its options change."""
        folder = self.work / "corpora" / f"{name}-{documents}"
        wanted = {"documents": documents, **options}
        stamp = folder / "options.json"
        if not stamp.exists() or json.loads(stamp.read_text()) != json.loads(json.dumps(wanted)):
            shutil.rmtree(folder, ignore_errors=True)
            say(f"making {folder.name}")
            generate(folder, documents, **options)
            stamp.write_text(json.dumps(wanted))
        return folder

    def small_corpus(self) -> Path:
        """What warm sessions run first."""
        return self.corpus("warm-up", 2000)


@dataclass(frozen=True)
class Entry:
    """A program in a row: its command for an output folder, and what is to be said of a run besides its measures."""

    name: str
    note: str
    command: Callable[[Path], list[str]]
    judge: Callable[[Measured, Path], dict] = lambda measured, _output: {"accurate": measured.report.get("accurate", True)}
    environment: Mapping[str, str] | None = None
    most_runs: int | None = None  # for what takes many minutes


def always(command: list[str]) -> Callable[[Path], list[str]]:
    """A command that does not depend on the output folder."""
    return lambda _output: command


def say(message: str) -> None:
    print(f"bench: {message}", file=sys.stderr, flush=True)  # noqa: T201


def alternate(bench: Bench, row: str, entries: Sequence[Entry]) -> list[dict]:
    """Run the entries asked for in turn, `bench.runs` times round; returns for each its name, note and runs.

    An entry with `most_runs` sits out after so many rounds.
    """
    entries = [entry for entry in entries if not bench.programs or entry.name in bench.programs]
    runs: list[list[dict]] = [[] for _ in entries]
    for number in range(bench.runs):
        turns = zip(entries, runs, strict=True)
        for entry, mine in ((entry, mine) for entry, mine in turns if number < (entry.most_runs or bench.runs)):
            mine.append(run_once(bench, f"{row}/{entry.name}/{number}", entry))
    return [{"name": entry.name, "note": entry.note, "runs": mine} for entry, mine in zip(entries, runs, strict=True)]


def run_once(bench: Bench, name: str, entry: Entry) -> dict:
    """One run: what was measured, what the program said, how right it was. A failure is recorded, not raised."""
    output = bench.work / "output" / name.replace(" ", "-").replace(",", "").replace("%", "")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    command = entry.command(output)
    try:
        measured = measure(command, output / "log.txt", entry.environment)
        run = {**measured.as_dict(), **entry.judge(measured, output)}
        run["report"].pop("warehouse", None)  # a path of this machine
    except Failed as failure:
        run = {"failed": str(failure)[-2000:], "accurate": False}
    say(f"{name}: {summary(run)}")
    shutil.rmtree(output, ignore_errors=True)
    return {**run, "command": portable(command, bench)}


def summary(run: Mapping) -> str:
    """A run in a few words."""
    if "failed" in run:
        return "failed: " + run["failed"].strip().splitlines()[-1]
    return f"{time_of(run):.2f} s{'' if run['accurate'] else ', not accurate'}"


def time_of(run: Mapping) -> float:
    """The seconds that count: those that the program took itself, if it says so, else those of the process."""
    taken = run["report"].get("seconds")
    return float(taken if isinstance(taken, float) else run["seconds"])  # the job's own summary has seconds by stage


def portable(command: Sequence[str], bench: Bench) -> str:
    """A command without the paths of this machine."""
    places = {str(bench.work): "WORK", os.getcwd() + "/": "", os.environ.get("BRICKYARD_DATA") or "DATA": "DATA"}
    words = " ".join(command)
    for place, name in places.items():
        words = words.replace(place, name)
    return words


def facts_of(corpus: Path) -> dict:
    """What corpus.json says."""
    facts: dict = json.loads((corpus / "corpus.json").read_text())
    return facts
