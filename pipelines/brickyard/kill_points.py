"""Named points at which a run kills itself, for tests of what a crash leaves behind; nothing happens unless it is asked for.

    BRICKYARD_KILL_AT=records.after_write BRICKYARD_KILL_VICTIM=python brickyard curate ...

The name may be followed by which time counts (`duplicate_pairs.after_write:2`). The victim is `python` (this process),
`jvm` (its Java process) or `both`.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from brickyard.errors import ConfigError
from brickyard.tables import TABLES

AT, VICTIM = "BRICKYARD_KILL_AT", "BRICKYARD_KILL_VICTIM"
VICTIMS = ("python", "jvm", "both")

BEFORE, DURING, AFTER = WHEN = ("before_write", "during_write", "after_write")
"""Before anything of a commit is there; when its first file of data is; when it is made."""

POINTS = ("run.locked", *(f"{table.name}.{when}" for table in TABLES for when in WHEN), "gate.before")
"""Every name: each table's writes, `releases` being the publication, and what lies before the first and between them."""

_reached: Counter[str] = Counter()


def check_kill_point(environment: Mapping[str, str] = os.environ) -> None:
    """Raise ConfigError if the environment names a point or a victim that there is not."""
    point, victim = _wanted(environment)[0], environment.get(VICTIM, "both")
    if AT in environment and point not in POINTS:
        raise ConfigError(f"{AT}={environment[AT]}: no such point; there are {', '.join(POINTS)}")
    if victim not in VICTIMS:
        raise ConfigError(f"{VICTIM}={victim}: write one of {', '.join(VICTIMS)}")


def _wanted(environment: Mapping[str, str]) -> tuple[str, int]:
    """The point at which to die, and at which time of reaching it."""
    point, _, time = environment.get(AT, "").partition(":")
    return point, int(time) if time.isdecimal() else 1


def reach(point: str) -> None:
    """Die here, if this is the point that is asked for."""
    if AT in os.environ and _is_due(point):
        _kill()


@contextmanager
def around_write(table: str, folder: str, already: bool = False) -> Iterator[None]:
    """The three points of one commit to the table at `folder` (a local one, for `during_write`).

    `already`: earlier tasks have written the files, and only the commit is to come.
    """
    reach(f"{table}.{BEFORE}")
    written = threading.Event()
    if AT in os.environ and _is_due(f"{table}.{DURING}"):
        threading.Thread(
            target=_kill_at_first_file, args=(folder, set() if already else _data_files(folder), written), daemon=True
        ).start()
    yield
    written.set()
    reach(f"{table}.{AFTER}")


def _is_due(point: str) -> bool:
    wanted, time = _wanted(os.environ)
    _reached[point] += point == wanted
    return point == wanted and _reached[point] == time


def _data_files(folder: str) -> set[Path]:
    return set(Path(folder).glob("*.parquet"))


def _kill_at_first_file(folder: str, before: set[Path], written: threading.Event) -> None:
    while _data_files(folder) <= before:
        if written.wait(0.001):
            return
    _kill()


def _kill() -> None:
    """SIGKILL: no handler runs, nothing is flushed."""
    from pyspark import SparkContext

    victim = os.environ.get(VICTIM, "both")
    if victim != "python" and SparkContext._jvm is not None:
        os.kill(SparkContext._jvm.java.lang.ProcessHandle.current().pid(), signal.SIGKILL)
    if victim != "jvm":
        os.kill(os.getpid(), signal.SIGKILL)
