"""The only Delta code: fenced commits, pinned reads, restoring."""

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote

from delta.tables import DeltaTable
from deltalake import CommitProperties, Schema
from deltalake import DeltaTable as RustTable
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, create_table_with_add_actions
from pyarrow import fs
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from brickyard.conform import conform
from brickyard.data_files import DataFile, read_paths, write_frame, write_rows
from brickyard.errors import ConflictError
from brickyard.lock import not_needed
from brickyard.reading.listing import open_filesystem
from brickyard.s3 import delta_options
from brickyard.tables import Table

RETENTION_DAYS = 30
"""How long files that a newer version no longer needs are kept, so that older releases can be read."""

_PROPERTIES = {
    "delta.logRetentionDuration": "interval 365 days",
    "delta.deletedFileRetentionDuration": f"interval {RETENTION_DAYS} days",
    "delta.checkpointPolicy": "classic",
    "delta.enableDeletionVectors": "false",
}
"""Set once, when a table is made: readable by every Delta reader, history kept as long as releases may live."""


@dataclass(frozen=True)
class Commit:
    """A version of a table, the rows that its commit wrote, and whose it is."""

    version: int
    rows: int
    attempt: str | None
    stage: str | None
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Warehouse:
    """Where the tables are, the session that reads and writes them, and a check that they are still ours to write."""

    spark: SparkSession
    path: str
    check_lock: Callable[[], None] = not_needed

    def location(self, table: Table) -> str:
        return f"{self.path}/{table.name}"


def exists(warehouse: Warehouse, table: Table) -> bool:
    """Whether the table has been made."""
    return bool(history(warehouse, table, 1))


def read(warehouse: Warehouse, table: Table, version: int | None = None) -> DataFrame:
    """The table at a version, or as it is now.

    The log is read by delta-rs in milliseconds, and Spark gets the names of files: Delta's own reader runs up to five
    Spark jobs for each mention of a table. (Tables have no deletion vectors, partitions or mapped columns.)
    """
    uris = _open(warehouse, table, version).file_uris()
    return read_paths(warehouse.spark, [unquote(uri) for uri in uris], table.schema)


def _open(warehouse: Warehouse, table: Table, version: int | None = None) -> RustTable:
    path = warehouse.location(table)
    return RustTable(path, version, storage_options=delta_options(path))


def history(warehouse: Warehouse, table: Table, limit: int | None = None) -> list[Commit]:
    """The newest commits, newest first; none if there is no table.

    Read from the commit files of the Delta log (Delta protocol, "Delta Log Entries" and "Commit Provenance
    Information"): milliseconds, where DESCRIBE HISTORY takes a Spark job.
    """
    return list(itertools.islice(_commits(warehouse, table), limit))


def _commits(warehouse: Warehouse, table: Table) -> Iterator[Commit]:
    """All commits, newest first, read one by one as they are asked for."""
    filesystem, folder = open_filesystem(f"{warehouse.location(table)}/_delta_log")
    names = (info.base_name for info in filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True)))
    for name in sorted((name for name in names if re.fullmatch(r"\d{20}\.json", name)), reverse=True):
        yield _read_commit(filesystem, f"{folder}/{name}")


def _read_commit(filesystem: fs.FileSystem, path: str) -> Commit:
    with filesystem.open_input_stream(path) as stream:
        actions: list[dict[str, Any]] = [json.loads(line) for line in stream.read().splitlines() if line.strip()]
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    owner = json.loads(info.get("userMetadata") or "{}")
    metrics = info.get("operationMetrics", {})
    rows = int(owner.get("rows", metrics.get("numTargetRowsDeleted", 0)))
    return Commit(int(path[-25:-5]), rows, owner.get("attempt"), owner.get("stage"), owner.get("counts", {}))


def find_commit(warehouse: Warehouse, table: Table, attempt: str, stage: str, base: int | None) -> Commit | None:
    """The commit that a stage of an attempt made earlier, after the version `base`, before it was interrupted.

    None if a purge has deleted files of it since.
    """
    commits = itertools.takewhile(lambda commit: base is None or commit.version > base, _commits(warehouse, table))
    found = next((commit for commit in commits if (commit.attempt, commit.stage) == (attempt, stage)), None)
    return found if found and _is_whole(warehouse, table, found.version) else None


def _is_whole(warehouse: Warehouse, table: Table, version: int) -> bool:
    """Whether all files of a version are still there."""
    names = [unquote(uri) for uri in _open(warehouse, table, version).file_uris()]
    filesystem, _ = open_filesystem(warehouse.path)
    paths = [open_filesystem(name)[1] for name in names]
    return all(info.type == fs.FileType.File for info in filesystem.get_file_info(paths)) if paths else True


def write(
    rows: DataFrame | list[DataFile] | list[tuple],
    warehouse: Warehouse,
    table: Table,
    mode: str,
    attempt: str,
    stage: str,
    counts: dict[str, int] | None = None,
) -> Commit:
    """Commit rows (`append` or `overwrite`); `counts` are kept with the commit.

    `rows`: a frame, rows of this process in the table's order of columns, or files that tasks have written to the table's
    folder. A table made by an earlier version of Brickyard gets the columns that it lacks. Raises ConflictError if
    somebody else has committed meanwhile.
    """
    files = _write_files(rows, warehouse, table)
    count = sum(file.rows for file in files)
    properties = _owned(attempt, stage, count, counts)
    actions = [AddAction(file.path, file.size, {}, int(time.time() * 1000), True, file.stats) for file in files]
    warehouse.check_lock()
    with _refusing_others(table):
        if not exists(warehouse, table):
            create_table_with_add_actions(
                warehouse.location(table),
                _schema(table),
                actions,
                configuration=_properties(table),
                commit_properties=properties,
                storage_options=delta_options(warehouse.location(table)),
            )
            return Commit(0, count, attempt, stage, counts or {})
        current = _with_all_columns(warehouse, table)
        current.create_write_transaction([*actions], mode, current.schema(), commit_properties=properties)
    return Commit(current.version() + 1, count, attempt, stage, counts or {})


def _write_files(rows: DataFrame | list[DataFile] | list[tuple], warehouse: Warehouse, table: Table) -> list[DataFile]:
    folder = warehouse.location(table)
    if isinstance(rows, DataFrame):
        return write_frame(conform(rows, table), folder, table.statistics)
    if all(isinstance(row, DataFile) for row in rows):
        return cast(list[DataFile], rows)
    return write_rows(cast(list[tuple], rows), folder, table.schema, table.statistics)


def _owned(attempt: str, stage: str, rows: int, counts: dict[str, int] | None) -> CommitProperties:
    """Whose a commit is, where Delta's own readers show it; no other version than the next one will do."""
    owner = {"attempt": attempt, "stage": stage, "rows": rows, "counts": counts or {}}
    return CommitProperties(custom_metadata={"userMetadata": json.dumps(owner)}, max_commit_retries=0)


@contextmanager
def _refusing_others(table: Table) -> Iterator[None]:
    """A version that was taken meanwhile means that another writer is at work, lock or no lock."""
    try:
        yield
    except CommitFailedError as error:
        raise ConflictError(f"table {table.name}: somebody else has committed meanwhile; run again") from error


def _schema(table: Table) -> Schema:
    return Schema.from_json(table.schema.json())


def _with_all_columns(warehouse: Warehouse, table: Table) -> RustTable:
    current = _open(warehouse, table)
    known = {field.name for field in current.schema().fields}
    missing = [field for field in _schema(table).fields if field.name not in known]
    if not missing:
        return current
    current.alter.add_columns(missing)
    return _open(warehouse, table)


def _properties(table: Table) -> dict[str, str | None]:
    return {**_PROPERTIES, "delta.dataSkippingStatsColumns": ",".join(table.statistics)}


def write_nothing(
    warehouse: Warehouse,
    table: Table,
    mode: str,
    base: int | None,
    attempt: str,
    stage: str,
    counts: dict[str, int] | None = None,
) -> Commit:
    """Append or overwrite with no rows: the version `base` itself if that changes nothing, else a commit.

    A table that is not there yet is made.
    """
    if base is not None and (mode == "append" or _is_empty(warehouse, table, base)):
        restore(warehouse, table, base)
        return Commit(history(warehouse, table, 1)[0].version, 0, attempt, stage, counts or {})
    return write([], warehouse, table, mode, attempt, stage, counts)


def _is_empty(warehouse: Warehouse, table: Table, version: int) -> bool:
    return read(warehouse, table, version).isEmpty()


def delete(warehouse: Warehouse, table: Table, keys: DataFrame, attempt: str, stage: str) -> Commit:
    """Remove the rows whose key is among `keys` (one column); only files that hold such a row are written again."""
    (column,) = keys.columns
    merge = DeltaTable.forPath(warehouse.spark, warehouse.location(table)).alias("t")
    warehouse.check_lock()
    with _committing_as(warehouse, attempt, stage):
        merge.merge(keys.alias("k"), f"t.{column} = k.{column}").whenMatchedDelete().execute()
    return history(warehouse, table, 1)[0]


def update(
    warehouse: Warehouse, table: Table, values: dict[str, Any], column: str, among: list[str], attempt: str, stage: str
) -> None:
    """Set columns of the rows whose `column` is one of the given values."""
    literals: dict[str, str | Column] = {name: F.lit(value) for name, value in values.items()}
    warehouse.check_lock()
    with _committing_as(warehouse, attempt, stage):
        DeltaTable.forPath(warehouse.spark, warehouse.location(table)).update(F.col(column).isin(among), literals)


@contextmanager
def _committing_as(warehouse: Warehouse, attempt: str, stage: str) -> Iterator[None]:
    """Commits made inside say whose they are; a merge takes this from the session only."""
    setting = "spark.databricks.delta.commitInfo.userMetadata"
    warehouse.spark.conf.set(setting, json.dumps({"attempt": attempt, "stage": stage}))
    try:
        yield
    finally:
        warehouse.spark.conf.unset(setting)


def purge(warehouse: Warehouse, table: Table) -> None:
    """Delete all files that the newest version does not need: earlier versions can no longer be read."""
    check = "spark.databricks.delta.retentionDurationCheck.enabled"
    warehouse.check_lock()
    warehouse.spark.conf.set(check, "false")
    try:
        DeltaTable.forPath(warehouse.spark, warehouse.location(table)).vacuum(0)
    finally:
        warehouse.spark.conf.unset(check)


def restore(warehouse: Warehouse, table: Table, version: int) -> None:
    """Make the table what it was at `version`, by a new commit; nothing if it is that version already."""
    current = _open(warehouse, table)
    if current.version() != version:
        warehouse.check_lock()
        with _refusing_others(table):
            current.restore(version, commit_properties=CommitProperties(max_commit_retries=0))
