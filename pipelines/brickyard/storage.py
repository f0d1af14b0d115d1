"""The only Delta code: fenced commits, pinned reads, restoring."""

import itertools
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeGuard, cast

from delta import exceptions as delta_exceptions
from delta.tables import DeltaTable
from deltalake import CommitProperties, Schema
from deltalake import DeltaTable as RustTable
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions
from py4j.protocol import Py4JError
from pyarrow import fs
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from brickyard.conform import conform
from brickyard.data_files import DataFile, read_paths, write_frame, write_rows
from brickyard.errors import ConflictError, StorageError, first_line, is_storage
from brickyard.kill_points import around_write
from brickyard.lock import not_needed
from brickyard.log_checks import list_names, named_files, read_actions, whole_files
from brickyard.logs import commit_info, open_table, told
from brickyard.reading.listing import open_filesystem
from brickyard.s3 import delta_options
from brickyard.tables import Table

RETENTION_DAYS = 30
"""How long files that a newer version no longer needs are kept, so that older releases can be read."""

_PROPERTIES = {
    "delta.logRetentionDuration": "interval 365 days",
    "delta.enableExpiredLogCleanup": "false",  # `maintain` does it: Delta does not know which versions a live release pins
    "delta.deletedFileRetentionDuration": f"interval {RETENTION_DAYS} days",
    "delta.checkpointPolicy": "classic",
    "delta.enableDeletionVectors": "false",
}
"""Set once, when a table is made: readable by every Delta reader, history kept as long as releases may live."""


DELTA_CONFLICTS = tuple(
    getattr(delta_exceptions, name)
    for name in dir(delta_exceptions)
    if name.startswith(("Concurrent", "DeltaConcurrent", "MetadataChanged", "ProtocolChanged"))
)
"""What Delta raises if another writer was quicker."""


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
    return read_paths(warehouse.spark, whole_files(warehouse.location(table), version), table.schema)


def history(warehouse: Warehouse, table: Table, limit: int | None = None) -> list[Commit]:
    """The newest commits, newest first; none if there is no table.

    Read from the commit files of the Delta log (Delta protocol, "Delta Log Entries" and "Commit Provenance
    Information"): milliseconds, where DESCRIBE HISTORY takes a Spark job.
    """
    return list(itertools.islice(_commits(warehouse, table), limit))


def _commits(warehouse: Warehouse, table: Table) -> Iterator[Commit]:
    """All commits, newest first, read one by one as they are asked for."""
    folder = f"{warehouse.location(table)}/_delta_log"
    for name in sorted((name for name in list_names(folder) if re.fullmatch(r"\d{20}\.json", name)), reverse=True):
        yield _read_commit(f"{folder}/{name}")


def _read_commit(path: str) -> Commit:
    actions = read_actions(path)
    owner, metrics = told(actions), commit_info(actions).get("operationMetrics", {})
    rows = int(owner.get("rows", metrics.get("numTargetRowsDeleted", 0)))
    return Commit(int(path[-25:-5]), rows, owner.get("attempt"), owner.get("stage"), owner.get("counts", {}))


def find_commit(warehouse: Warehouse, table: Table, attempt: str, stage: str, base: int | None) -> Commit | None:
    """The commit that a stage of an attempt made earlier, after the version `base`, before it was interrupted.

    None if a purge has deleted files of it since.
    """
    commits = itertools.takewhile(lambda commit: base is None or commit.version > base, _commits(warehouse, table))
    found = next((commit for commit in commits if (commit.attempt, commit.stage) == (attempt, stage)), None)
    return found if found and not _missing(warehouse, table, found.version) else None


def _missing(warehouse: Warehouse, table: Table, version: int) -> bool:
    """Whether a file of a version is not there any more."""
    names, _ = named_files(warehouse.location(table), version)
    filesystem, _ = open_filesystem(warehouse.path)
    infos = filesystem.get_file_info([open_filesystem(name)[1] for name in names]) if names else []
    return any(info.type != fs.FileType.File for info in infos)


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
    folder = warehouse.location(table)
    with _naming(table, folder), around_write(table.name, folder, already=_are_files(rows)):
        current = _with_all_columns(warehouse, table) if exists(warehouse, table) else None
        files = _write_files(rows, warehouse, table)
        warehouse.check_lock()
        return _commit(files, warehouse, table, current, mode, {"attempt": attempt, "stage": stage, "counts": counts or {}})


def _are_files(rows: DataFrame | list[DataFile] | list[tuple]) -> TypeGuard[list[DataFile]]:
    return isinstance(rows, list) and all(isinstance(row, DataFile) for row in rows)


def _write_files(rows: DataFrame | list[DataFile] | list[tuple], warehouse: Warehouse, table: Table) -> list[DataFile]:
    folder = warehouse.location(table)
    if isinstance(rows, DataFrame):
        return write_frame(conform(rows, table), folder, table.statistics)
    if _are_files(rows):
        return rows
    return write_rows(cast(list[tuple], rows), folder, table.schema, table.statistics)


def _commit(
    files: list[DataFile], warehouse: Warehouse, table: Table, current: RustTable | None, mode: str, owner: dict[str, Any]
) -> Commit:
    """The commit that follows the version that `current` is of; without it the first one.

    Whose it is stands where Delta's own readers show it, with the numbers by which a damaged log is known.
    """
    location, rows = warehouse.location(table), sum(file.rows for file in files)
    actions = [AddAction(file.path, file.size, {}, int(time.time() * 1000), True, file.stats) for file in files]
    if current is not None:
        kept = len(current.file_uris()) if mode == "append" else 0
        properties = _owned(owner, rows, kept + len(files))
        current.create_write_transaction([*actions], mode, current.schema(), commit_properties=properties)
        version = current.version() + 1
    else:
        create_table_with_add_actions(
            location,
            _schema(table),
            actions,
            configuration=_properties(table),
            commit_properties=_owned(owner, rows, len(files)),
            storage_options=delta_options(location),
        )
        version = 0
    return Commit(version, rows, owner["attempt"], owner["stage"], owner["counts"])


def _owned(owner: dict[str, Any], rows: int, files: int) -> CommitProperties:
    """Whose a commit is, the rows it wrote and the files that the table has then; no other version than the next will do."""
    return _told({**owner, "rows": rows, "files": files})


def _told(words: dict[str, Any]) -> CommitProperties:
    return CommitProperties(custom_metadata={"userMetadata": json.dumps(words)}, max_commit_retries=0)


def _schema(table: Table) -> Schema:
    return Schema.from_json(table.schema.json())


def _with_all_columns(warehouse: Warehouse, table: Table) -> RustTable:
    current = open_table(warehouse.location(table))
    known = {field.name for field in current.schema().fields}
    missing = [field for field in _schema(table).fields if field.name not in known]
    if not missing:
        return current
    current.alter.add_columns(missing)
    return open_table(warehouse.location(table))


@contextmanager
def _naming(table: Table, location: str) -> Iterator[None]:
    """Say which table it was and where, if a disk or a file lets a write down; another writer is a conflict."""
    try:
        yield
    except (OSError, Py4JError, PySparkException, DeltaError) as error:
        if _is_conflict(error):
            raise ConflictError(f"table {table.name}: somebody else has committed meanwhile; run again") from error
        if not is_storage(error):
            raise
        what = first_line(error)
        raise StorageError(f"table {table.name}, while it was written to {location}: {what}{_room(what, location)}") from error


def _is_conflict(error: Exception) -> bool:
    """delta-rs has one kind of error for a version that is taken and for a disk that is full."""
    taken = isinstance(error, CommitFailedError) and str(error).startswith("Failed to commit transaction")
    made = isinstance(error, DeltaError) and "already exists" in str(error)
    return taken or made or isinstance(error, DELTA_CONFLICTS)


def _room(what: str, location: str) -> str:
    """How much room there is, if there is too little."""
    if "No space left" not in what or "://" in location:
        return ""
    folders = (location, os.environ.get("SPARK_LOCAL_DIRS") or tempfile.gettempdir())
    return " (free: " + ", ".join(f"{shutil.disk_usage(folder).free:,} bytes at {folder}" for folder in folders) + ")"


def is_still_ours(warehouse: Warehouse, table: Table, version: int, attempt: str) -> bool:
    """Whether a version that an attempt has written is what it was: without a lock, a local disk may give it to a rival.

    A commit that names no attempt is one that only made the table, or restored it.
    """
    commit = _read_commit(f"{warehouse.location(table)}/_delta_log/{version:020d}.json")
    return commit.attempt in (attempt, None)


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
    location = warehouse.location(table)
    warehouse.check_lock()
    with _naming(table, location), _committing_as(warehouse, attempt, stage), around_write(table.name, location):
        merge.merge(keys.alias("k"), f"t.{column} = k.{column}").whenMatchedDelete().execute()
    return history(warehouse, table, 1)[0]


def update(
    warehouse: Warehouse, table: Table, values: dict[str, Any], column: str, among: list[str], attempt: str, stage: str
) -> None:
    """Set columns of the rows whose `column` is one of the given values."""
    literals: dict[str, str | Column] = {name: F.lit(value) for name, value in values.items()}
    warehouse.check_lock()
    with _naming(table, warehouse.location(table)), _committing_as(warehouse, attempt, stage):
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


def restore(warehouse: Warehouse, table: Table, version: int) -> None:
    """Make the table what it was at `version`, by a new commit; nothing if it is that version already."""
    current = open_table(warehouse.location(table))
    if current.version() != version:
        warehouse.check_lock()
        told = _told({"files": len(open_table(warehouse.location(table), version).file_uris())})
        with _naming(table, warehouse.location(table)):
            current.restore(version, commit_properties=told)
