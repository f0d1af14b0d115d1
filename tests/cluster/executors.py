"""The executors of our own cluster, and how to kill one."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.submit import Cluster

PATIENCE = 60

BUSY = 0.2
"""CPU seconds after which an executor is known to run tasks."""


def executors(on: Cluster) -> Iterator[int]:
    """Pids of executors that our workers started: they say what they are, and run where our cluster keeps its files."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
            place = (folder / "cwd").resolve()
        except OSError:
            continue
        if "org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and place.is_relative_to(on.state.resolve()):
            yield int(folder.name)


def seconds_of(pid: int) -> float:
    """CPU seconds that a process has used; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def kill_a_busy_one(on: Cluster) -> int:
    """Kill (SIGKILL) the executor that first has worked for BUSY seconds from now on; its pid."""
    before = {pid: seconds_of(pid) for pid in executors(on)}
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for pid, seconds in before.items():
            if seconds_of(pid) > seconds + BUSY:
                os.kill(pid, signal.SIGKILL)
                return pid
        time.sleep(0.02)
    raise TimeoutError("no executor with a task")
