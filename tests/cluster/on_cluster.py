"""The main job on a cluster makes the laptop's tables, and its executors use the environment that was shipped."""

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.laws import table_digests
from tests.cluster.submit import ROOT, Cluster, cluster, curation, follow, submission, succeed


def run(given) -> dict:
    with cluster() as on:
        places = where(on, given.environment)
        words = curation(str(given.corpus), str(given.corpus), str(given.work / "cluster"))
        started = time.monotonic()
        succeed(follow(submission(on, given.environment, "jobs/curate.py", *words)))
        seconds = time.monotonic() - started
        again = subprocess.run(
            [str(ROOT / "infra/cluster"), "start", "--state", str(on.state)], capture_output=True, text=True, check=True
        )
    assert again.stdout.split() == [on.master], again
    return {
        "modules_seen": len(places),
        "from_the_checkout": [place for place in places if Path(place).is_relative_to(ROOT)],
        "same_as_laptop": compare(given.tables, table_digests(given.work / "cluster")),
        "seconds": round(seconds, 1),
    }


def where(on: Cluster, environment: Path) -> list[str]:
    """All files that two executors' Python had loaded. Fails if one is the driver's; Spark's own PySpark is its Spark's."""
    told = follow(submission(on, environment, "tests/cluster/where.py"))
    succeed(told)
    shipped, loaded = set(), set()
    for (folder,), named, files in told.summary:
        assert all(name.startswith(f"{folder}/environment/lib/") for name in named), named
        shipped.add(folder)
        loaded |= {file for file in files if file.startswith("/")}
    assert len(shipped) == 2, shipped  # two executors took part
    spark = ROOT / ".venv/lib/python3.11/site-packages/pyspark"
    foreign = [file for file in loaded if Path(file).is_relative_to(ROOT) and not Path(file).is_relative_to(spark)]
    if foreign:
        sys.exit(f"executors use the driver's files: {json.dumps(foreign[:10])}")
    return sorted(loaded - {file for file in loaded if Path(file).is_relative_to(spark)})


def compare(wanted: dict[str, str], found: dict[str, str]) -> dict[str, bool]:
    """Table -> whether all its rows are the same. Exits if one is not."""
    same = {name: found[name] == digest for name, digest in wanted.items()}
    if not all(same.values()):
        sys.exit(f"other rows than on the laptop: {[name for name, held in same.items() if not held]}")
    return same
