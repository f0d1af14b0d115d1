"""Jobs as people submit them, and what became of them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.laws import EVERYTHING

ROOT = Path(__file__).parents[2]
SETTINGS = [word for setting in EVERYTHING for word in ("--set", setting)]


class Cluster(NamedTuple):
    """A running cluster: its master's address, and the folder with its settings, logs and pids."""

    master: str
    state: Path


class Ended(NamedTuple):
    """How a job ended: exit code, the JSON object of its last line, what it said."""

    code: int
    summary: Any
    said: str


@contextmanager
def cluster(*options: str) -> Iterator[Cluster]:
    """A cluster of its own, whatever else runs."""
    with tempfile.TemporaryDirectory() as folder:
        where = ["--state", f"{folder}/state"]
        command = [str(ROOT / "infra/cluster"), "start", *options, *where]
        master = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
        try:
            yield Cluster(master, Path(folder, "state"))
        finally:
            subprocess.run([str(ROOT / "infra/cluster"), "stop", *where], check=True)


def packed(work: Path) -> Path:
    """The environment for executors, packed once."""
    path = work / "environment.tar.gz"
    if not path.exists():
        subprocess.run([str(ROOT / "infra/pack_environment"), str(path)], check=True)
    return path


def submission(on: Cluster, environment: Path, job: str, *words: str, conf: tuple[str, ...] = ()) -> list[str]:
    """The command that the README names."""
    options = [word for setting in conf for word in ("--conf", setting)]
    settings = ["--properties-file", str(on.state / "driver.conf"), *options]
    return [str(ROOT / ".venv/bin/spark-submit"), "--master", on.master, "--archives", f"{environment}#environment", *settings,
            str(ROOT / job), *words]  # fmt: skip


def curation(corpus: str, root: str, warehouse: str) -> list[str]:
    """Arguments of the main job, all stages on; ids come from uris, which are relative to the root."""
    places = [f"input.paths={corpus}/part-*.parquet", f"input.root={root}", f"warehouse={warehouse}"]
    return [*(word for place in places for word in ("--set", place)), *SETTINGS]


def follow(
    command: list[str], variables: dict[str, str] | None = None, each_line: Callable[[str], None] = lambda line: None
) -> Ended:
    """Run a job to its end; each line that it says is handed over as it comes. (spark-submit makes one stream of both.)"""
    environment = {**os.environ, **(variables or {})}
    if "spark-submit" in command[0]:
        environment["PYSPARK_PYTHON"] = "./environment/bin/python"
    said = []
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as job:
        for line in job.stdout or ():
            said.append(line)
            each_line(line)
    return Ended(job.returncode, json.loads(said[-1]) if said and not job.returncode else {}, "".join(said))


def succeed(ended: Ended) -> Ended:
    if ended.code:
        sys.exit(f"{ended.said[-3000:]}\nthe job ended with {ended.code}")
    return ended
