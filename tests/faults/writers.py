"""Two drivers commit to one table at once: with the lock, what was acknowledged is there; without, some of it may be lost.

    python -m tests.faults.writers WAREHOUSE FOLDER NAME COMMITS HOW

is one of the two; it acknowledges a commit by a line in FOLDER/NAME.acknowledged, synced to disk. HOW is `locked`, as runs
are; `free`, our commits without the lock: each is made only if there is none of its version; `delta`, Delta's own commits
(take-downs and retirements make such) without the lock: on a local disk it looks, then renames, on S3 it looks, then writes; or
`together`, the same, both drivers starting each commit as a second of the clock begins.
"""

import os
import sys
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from brickyard import storage
from brickyard.errors import ConflictError
from brickyard.frames import frame_of
from brickyard.lock import run_lock
from brickyard.session import build_session, stop_session
from brickyard.storage import Warehouse
from brickyard.tables import STAGE_METRICS
from deltalake import DeltaTable
from pyspark.errors import PySparkException

from tests.faults import laws, processes

COMMITS = 50
"""Of each of the two."""
SETTINGS = {"spark.driver.memory": "700m", "spark.master": "local[1]"}
PATIENCE = 60
"""Seconds that one commit may take, with all its tries."""


def commit_all(warehouse: Warehouse, acknowledged: TextIO, name: str, commits: int, how: str) -> None:
    """Commit `commits` rows, one by one, each again until it is done; acknowledge each."""
    for number in range(commits):
        until = time.monotonic() + PATIENCE
        while not _commit(warehouse, f"{name}-{number}", how):
            assert time.monotonic() < until, "a commit is refused again and again"
            time.sleep(0.02)
        acknowledged.write(f"{name}-{number}\n")
        acknowledged.flush()
        os.fsync(acknowledged.fileno())


def _commit(warehouse: Warehouse, row: str, how: str) -> bool:
    """Whether the commit of one row is done; False if another writer is in the way, and it must be tried again."""
    frame = frame_of(warehouse.spark, [(row, "stage", 0, 0, 0.0, {})], STAGE_METRICS.schema)
    if how == "together":
        time.sleep(1 - time.time() % 1)
    try:
        with (
            run_lock(warehouse.spark._jvm, warehouse.path, row)
            if how == "locked"
            else nullcontext(warehouse.check_lock) as check
        ):
            if how in ("delta", "together"):
                frame.write.format("delta").mode("append").save(warehouse.location(STAGE_METRICS))
            else:
                storage.write(frame, replace(warehouse, check_lock=check), STAGE_METRICS, "append", row, "stage")
    except ConflictError:
        return False
    except PySparkException:
        if how == "locked":
            raise
        return False
    return True


def run_both(home: Path, commits: int, how: str, address: str = "", **environment: str) -> dict:
    """Two drivers at once on a new warehouse; what they acknowledged, and what of it is lost or there twice.

    `address` is what the drivers call the folder `home`, if that is a bucket's.
    """
    home.mkdir(parents=True)
    started, locked = time.monotonic(), how == "locked"
    words = [sys.executable, "-m", "tests.faults.writers", address or str(home), str(home)]
    running = [processes.start([*words, name, str(commits), how], **environment) for name in ("one", "other")]
    ended = [processes.finish(process, started) for process in running]
    if problems := [one.errors[-300:] for one in ended if one.code]:
        return {"problem": "; ".join(problems), "passed": False}
    acknowledged = [line for name in ("one", "other") for line in (home / f"{name}.acknowledged").read_text().split()]
    rows = Counter(DeltaTable(str(home / STAGE_METRICS.name)).to_pyarrow_table()["run_id"].to_pylist())
    versions = [int(log.stem) for log in sorted((home / STAGE_METRICS.name / "_delta_log").glob("0*.json"))]
    lost = sorted(set(acknowledged) - set(rows))
    problems += [f"{len(lost)} acknowledged commits are lost: {lost[:5]}"] if lost and locked else []
    problems += ["versions have gaps"] if versions != list(range(len(versions))) else []
    problems += ["rows are there twice"] if locked and max(rows.values()) > 1 else []
    problems += [f"{len(acknowledged)} of {2 * commits} acknowledged"] if len(acknowledged) != 2 * commits else []
    problems += laws.commits_twice(home) if locked else []
    return {"acknowledged": len(acknowledged), "present": len(set(acknowledged)) - len(lost), "lost": len(lost),
            "twice": sum(count > 1 for count in rows.values()), "seconds": round(time.monotonic() - started, 1),
            "problem": "; ".join(problems), "passed": not problems}  # fmt: skip


def main() -> None:
    path, folder, name, commits, how = sys.argv[1:]
    spark = build_session("writer", SETTINGS)
    with open(f"{folder}/{name}.acknowledged", "a") as acknowledged:
        commit_all(Warehouse(spark, path), acknowledged, name, int(commits), how)
    stop_session(spark)


if __name__ == "__main__":
    main()
