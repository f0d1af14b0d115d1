"""Run a program and measure it with all the processes it starts: seconds, CPU seconds, memory. Linux only (/proc)."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

INTERVAL = 0.5
"""Seconds between two looks at the processes."""

_TICKS, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Measured:
    """What a run took. `peak_bytes` is the largest sum of the proportional memory (PSS) of all its processes at one time.

    `largest` is the largest resident memory of a single process of each kind: java, python worker, python, other.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    largest: dict[str, int] = field(default_factory=dict)
    report: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        return asdict(self)


class Failed(RuntimeError):
    """A measured program failed; the message has the end of what it wrote."""


def measure(command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end; its last line of standard output, if it is a JSON object, is the `report`.

    Raises Failed if the command does.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as errors:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **(environment or {})}
        )
        watcher = Watcher(process.pid)
        output = _read_to_end(process, watcher)
        seconds = time.monotonic() - started
    if process.returncode:
        raise Failed(f"{' '.join(command)}\nended with {process.returncode}:\n{log.read_text()[-3000:]}{output[-1000:]}")
    return Measured(round(seconds, 3), round(watcher.cpu_seconds, 2), watcher.peak_bytes, watcher.largest, report_in(output))


def _read_to_end(process: subprocess.Popen, watcher: "Watcher") -> str:
    watcher.start()
    try:
        output, _ = process.communicate()
    except BaseException:
        os.kill(process.pid, signal.SIGTERM)
        raise
    finally:
        watcher.stop()
    return output


def report_in(output: str) -> dict:
    """The JSON object in the last line, or nothing."""
    lines = output.strip().splitlines()
    try:
        report = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


class Watcher(threading.Thread):
    """Looks at a process and its descendants until it is stopped."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.ended = root, threading.Event()
        self.peak_bytes, self.largest = 0, dict[str, int]()
        self._ticks: dict[int, int] = {}
        self._before = os.times()

    def run(self) -> None:
        while not self.ended.wait(INTERVAL):
            self.look()

    def look(self) -> None:
        """One look at all processes there are now."""
        family = descendants(self.root)
        self.peak_bytes = max(self.peak_bytes, sum(map(proportional_bytes, family)))
        for pid in family:
            self._ticks[pid] = max(self._ticks.get(pid, 0), ticks(pid))
            kind = kind_of(pid)
            self.largest[kind] = max(self.largest.get(kind, 0), resident_bytes(pid))

    def stop(self) -> None:
        self.ended.set()
        self.join()

    @property
    def cpu_seconds(self) -> float:
        """The larger of what was seen process by process, and what the system says of those that were waited for."""
        now = os.times()
        waited = now.children_user + now.children_system - self._before.children_user - self._before.children_system
        return max(waited, sum(self._ticks.values()) / _TICKS)


def descendants(root: int) -> list[int]:
    """A process and all that it and its children have started and that still run."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            children.setdefault(_parent(int(entry)), []).append(int(entry))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _read(path: str) -> str:
    """A file under /proc, or nothing if the process is gone."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name of the program."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else -1


def ticks(pid: int) -> int:
    """CPU time of a process so far, user and system."""
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def proportional_bytes(pid: int) -> int:
    """Memory of a process, pages that it shares counted in parts."""
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def kind_of(pid: int) -> str:
    """What a process is, by its command line."""
    words = _read(f"/proc/{pid}/cmdline").split("\0")
    program = os.path.basename(words[0])
    if program.startswith("python"):
        return "python worker" if any(word.endswith((".daemon", ".worker")) for word in words) else "python"
    return "java" if program == "java" else "other"


def module(environment: Path, name: str, *arguments: object) -> list[str]:
    """The command that runs a module in a virtual environment."""
    return [str(environment / "bin" / "python"), "-m", name, *map(str, arguments)]


def print_report(**report: object) -> None:
    """The last line of a measured program."""
    sys.stderr.flush()
    print(json.dumps(report), flush=True)  # noqa: T201


def digest_lines(lines: Iterable[str]) -> str:
    """SHA-256 over lines."""
    import hashlib

    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
