"""The executors of our own cluster, and how to kill one."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.submit import Cluster

PATIENCE = 60


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


def has_python(pid: int) -> bool:
    """Whether an executor has started Python: it runs, or has run, a task of ours."""
    try:
        children = Path(f"/proc/{pid}/task").glob("*/children")
        return any(child.read_text().strip() for child in children)
    except OSError:
        return False


def kill_one(on: Cluster) -> int:
    """Kill (SIGKILL) the executor that runs Python, as soon as there is one; its pid."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for pid in filter(has_python, sorted(executors(on))):
            os.kill(pid, signal.SIGKILL)
            return pid
        time.sleep(0.02)
    raise TimeoutError("no executor with a task")
