"""What a stage is, and running one: read, transform, conform, write, measure."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.util import inheritable_thread_target

from brickyard import storage
from brickyard.data_files import delete_paths
from brickyard.frames import frame_of
from brickyard.stages.result import Result, Rows
from brickyard.storage import Commit, Warehouse
from brickyard.tables import Table


@dataclass(frozen=True)
class Write:
    """A table that a stage writes; `append` adds to the version that the attempt has reached, `overwrite` replaces it.

    `delete` removes the rows whose key is in the frame.
    """

    table: Table
    mode: str


@dataclass(frozen=True)
class Stage:
    """One step of the flow: its transform returns a frame for each write.

    It gets a frame for each table in `reads`, as far as the attempt has come, and for each in `earlier`, as it is in the
    release before.
    """

    name: str
    reads: tuple[Table, ...]
    writes: tuple[Write, ...]
    transform: Callable[..., Result]
    earlier: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a stage did. `resumed`: an earlier, interrupted run of the same attempt had done it."""

    stage: str
    versions: dict[str, int]
    sizes: dict[str, int]  # rows of the tables that it replaced
    rows_in: int
    rows_out: int
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)
    resumed: bool = False


def run_stage(
    stage: Stage,
    warehouse: Warehouse,
    versions: dict[str, int],
    before: dict[str, int],
    sizes: dict[str, int],
    attempt: str,
) -> Outcome:
    """Run a stage on the pinned `versions` of its tables, or find that this attempt has run it already.

    `before` are the versions of the release before. `sizes` are the rows of tables at `versions`, as far as they are
    known; what is counted is added.
    """
    started = time.monotonic()
    bases = (before.get(write.table.name) for write in stage.writes)
    earlier = [
        storage.find_commit(warehouse, write.table, attempt, stage.name, base)
        for write, base in zip(stage.writes, bases, strict=True)
    ]
    frames = [read_or_empty(warehouse, table, versions.get(table.name)) for table in stage.reads]
    frames += [read_or_empty(warehouse, table, before.get(table.name)) for table in stage.earlier]
    source = stage.reads[0].name
    if source not in sizes:
        sizes[source] = frames[0].count() if source in versions else 0
    rows_in = sizes[source]
    done = [commit for commit in earlier if commit]
    if len(done) == len(stage.writes):
        return _outcome(stage, done, rows_in, started, done[0].counts, resumed=True)
    try:
        result = stage.transform(*frames)
        commits = _commit_all(stage, result, earlier, warehouse, versions, attempt)
        delete_paths(result.scratch)
    finally:
        warehouse.spark.catalog.clearCache()  # what a stage persists lives as long as the stage
    return _outcome(stage, commits, rows_in, started, result.counts)


def _commit_all(
    stage: Stage,
    result: Result,
    earlier: list[Commit | None],
    warehouse: Warehouse,
    versions: dict[str, int],
    attempt: str,
) -> list[Commit]:
    """Write the stage's tables at the same time: planning a write keeps one core busy, its tasks the others.

    One after another if rows are deleted: such commits are named by a setting of the session.
    """

    def one(frame: Rows | None, write: Write, commit: Commit | None) -> Commit:
        return commit or _commit(frame, warehouse, write, versions, (attempt, stage.name), result.counts)

    at_once = 1 if any(write.mode == "delete" for write in stage.writes) else len(stage.writes)
    with ThreadPoolExecutor(at_once) as threads:
        run = inheritable_thread_target(one)  # the description that progress goes by
        return list(threads.map(run, result.frames, stage.writes, earlier))


def read_or_empty(warehouse: Warehouse, table: Table, version: int | None) -> DataFrame:
    """The table at a version; without a version nothing has been written yet."""
    if version is None:
        return frame_of(warehouse.spark, [], table.schema)
    return storage.read(warehouse, table, version)


def _commit(
    frame: Rows | None,
    warehouse: Warehouse,
    write: Write,
    versions: dict[str, int],
    owner: tuple[str, str],
    counts: dict[str, int],
) -> Commit:
    base, mode = versions.get(write.table.name), write.mode
    if mode == "delete":
        return _delete(frame, warehouse, write.table, base, owner)
    if mode == "append" and base is None:
        mode = "overwrite"  # whatever an unpublished attempt left behind is not ours
    elif mode == "append" and base is not None:
        storage.restore(warehouse, write.table, base)
    if frame is None:
        return storage.write_nothing(warehouse, write.table, mode, base, *owner, counts)
    return storage.write(frame, warehouse, write.table, mode, *owner, counts)


def _delete(keys: Rows | None, warehouse: Warehouse, table: Table, base: int | None, owner: tuple[str, str]) -> Commit:
    if not isinstance(keys, DataFrame) or base is None:
        return storage.write_nothing(warehouse, table, "append" if base is not None else "overwrite", base, *owner)
    storage.restore(warehouse, table, base)
    return storage.delete(warehouse, table, keys, *owner)


def _outcome(
    stage: Stage, commits: list[Commit], rows_in: int, started: float, counts: dict[str, int], resumed: bool = False
) -> Outcome:
    pairs = list(zip(stage.writes, commits, strict=True))
    versions = {write.table.name: commit.version for write, commit in pairs}
    sizes = {write.table.name: commit.rows for write, commit in pairs if write.mode == "overwrite"}
    return Outcome(stage.name, versions, sizes, rows_in, commits[0].rows, time.monotonic() - started, counts, resumed)
