"""Runs of the job as people start them, in processes of their own; and what of them is still alive. Linux only (/proc)."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from brickyard.kill_points import AT, VICTIM

ROOT = Path(__file__).parents[2]
LONGEST = 900
"""Seconds after which a run counts as hung: that is a failure."""

FORMS = ("brickyard", "spark-submit")
"""Python starts Java, or Java starts Python."""


@dataclass(frozen=True)
class Ended:
    """How a run ended; `summary` is its last line of standard output, if that is JSON."""

    code: int
    seconds: float
    errors: str
    summary: dict = field(default_factory=dict)

    @property
    def trace(self) -> bool:
        return "Traceback" in self.errors or "\tat org." in self.errors


def command(form: str, home: Path, job: str = "curate", settings: Iterable[str] = (), module: str = "jobs.main") -> list[str]:
    """The words that start a job on `<home>/curate.toml`."""
    words = ["--config", str(home / "curate.toml")]
    words += [word for setting in settings for word in ("--set", setting)]
    if form == "spark-submit":
        properties = ["--properties-file", str(ROOT / "infra/spark-defaults.conf")]
        return [str(ROOT / ".venv/bin/spark-submit"), *properties, str(ROOT / f"jobs/{job}.py"), *words]
    return [sys.executable, "-m", module, job, *words]


def start(words: list[str], **environment: str) -> subprocess.Popen:
    """Start a run in a session of its own: what it starts can be told by that."""
    paths = os.pathsep.join([str(ROOT / "pipelines"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    given = {**os.environ, "PYTHONPATH": paths, "PYSPARK_PYTHON": sys.executable, **environment}
    return subprocess.Popen(
        words, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def finish(process: subprocess.Popen, started: float) -> Ended:
    """Wait for the end; a run that hangs is killed, and has the code -9999."""
    try:
        output, errors = process.communicate(timeout=LONGEST)
        code = process.returncode
    except subprocess.TimeoutExpired:
        kill_all(process.pid)
        output, errors, code = "", f"still running after {LONGEST} s", -9999
    last = (output.strip().splitlines() or [""])[-1]
    return Ended(code, round(time.monotonic() - started, 1), errors, json.loads(last) if last.startswith("{") else {})


def run(words: list[str], **environment: str) -> Ended:
    """Start a run and wait for its end."""
    started = time.monotonic()
    return finish(start(words, **environment), started)


def run_killed_at(words: list[str], point: str, victim: str) -> tuple[int, Ended]:
    """A run that dies at a named point; (its session, how it ended). Its Java may still live."""
    started = time.monotonic()
    process = start(words, **{AT: point, VICTIM: victim})
    return process.pid, finish(process, started)


def run_killed_after(words: list[str], seconds: float, victim: str) -> tuple[int, Ended]:
    """A run of which the victim dies after some seconds, whatever it is doing; it may have ended before."""
    started = time.monotonic()
    process = start(words)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        for pid in drivers(process.pid, victim):
            _kill(pid)
    return process.pid, finish(process, started)


def drivers(session: int, victim: str) -> list[int]:
    """The Python driver, its Java process, or both, of a run."""
    found = []
    for pid in members(session):
        words = _words(pid)
        java = os.path.basename(words[0]) == "java" if words else False
        python = any(word in ("jobs.main", "tests.faults.mutant") or word.endswith("/jobs/curate.py") for word in words)
        if (java and victim != "python") or (python and not java and victim != "jvm"):
            found.append(pid)
    return found


def members(session: int) -> list[int]:
    """The processes of a session that are alive."""
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and _session_of(entry) == session]


def _session_of(pid: str) -> int:
    try:
        state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return -1
    return -1 if state in "ZX" else int(numbers[2])


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except OSError:
        return []


def await_end(session: int, seconds: float = 60) -> int:
    """How many processes of a session are alive still after so many seconds; they are killed then."""
    until = time.monotonic() + seconds
    while (alive := len(members(session))) and time.monotonic() < until:
        time.sleep(0.05)
    kill_all(session)
    return alive


def kill_all(session: int) -> None:
    """Kill all processes of a session that we started."""
    for pid in members(session):
        _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
