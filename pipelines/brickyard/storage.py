"""The only Delta code: idempotent writes, pinned reads, restoring."""

import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from delta import exceptions as delta_exceptions
from delta.tables import DeltaTable
from deltalake import DeltaTable as RustTable
from deltalake import Schema
from deltalake.exceptions import DeltaError
from py4j.protocol import Py4JError
from pyarrow import fs
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from brickyard.conform import conform
from brickyard.errors import ConflictError, StorageError, first_line, is_storage
from brickyard.frames import frame_of
from brickyard.kill_points import around_write
from brickyard.log_checks import check_files, check_log, open_table, read_actions
from brickyard.reading.listing import open_filesystem
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

_PATTERN = re.compile(r"([\\\[\]{}*?])")
"""What Spark would take for a pattern in the name of a file. (Its option not to, `__globPaths__`, repeats rows in 3.5.3.)"""


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
    """Where the tables are, and the session that reads and writes them."""

    spark: SparkSession
    path: str

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
    files = [_PATTERN.sub(r"\\\1", name) for name in whole_files(warehouse, table, version)]
    if not files:
        return frame_of(warehouse.spark, [], table.schema)
    return warehouse.spark.read.schema(table.schema).parquet(*files)


def whole_files(warehouse: Warehouse, table: Table, version: int | None = None) -> list[str]:
    """The files of a version, or of the newest. Raises StorageError if the log is damaged, or a file is not what it says.

    Spark passes over a file of 0 bytes in silence. In object stores an object is there as a whole or not at all.
    """
    names, sizes = _named(warehouse, table, version)
    if "://" not in warehouse.path:
        check_files(warehouse.location(table), names, sizes)
    return names


def _named(warehouse: Warehouse, table: Table, version: int | None) -> tuple[list[str], list[int]]:
    """The files of a version, with their bytes, as the log says."""
    location = warehouse.location(table)
    opened = open_table(location, version)
    adds = pa.table(opened.get_add_actions())
    check_log(location, opened.version(), len(adds))
    return [f"{location}/{unquote(path)}" for path in adds["path"].to_pylist()], adds["size_bytes"].to_pylist()


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
    actions = read_actions(filesystem, path)
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    owner = json.loads(info.get("userMetadata") or "{}")
    metrics = info.get("operationMetrics", {})
    rows = int(metrics.get("numOutputRows", metrics.get("numTargetRowsDeleted", 0)))
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
    names, _ = _named(warehouse, table, version)
    filesystem, _ = open_filesystem(warehouse.path)
    infos = filesystem.get_file_info([open_filesystem(name)[1] for name in names]) if names else []
    return any(info.type != fs.FileType.File for info in infos)


def write(
    frame: DataFrame,
    warehouse: Warehouse,
    table: Table,
    mode: str,
    attempt: str,
    stage: str,
    counts: dict[str, int] | None = None,
) -> Commit:
    """Commit a frame (`append` or `overwrite`), once for each attempt, stage and table; `counts` are kept with it.

    Delta silently skips a write under a transaction id that it has seen: the id holds the version that is to come, since
    a stage whose commit was purged writes once more. A table made by an earlier version of Brickyard gets the columns that
    it lacks.
    """
    newest = next(_commits(warehouse, table), None)
    expected = newest.version + 1 if newest else 0
    writer = conform(frame, table).write.format("delta").mode(mode).option("mergeSchema", "true")
    writer = writer.option("txnAppId", f"{attempt}/{stage}/{table.name}").option("txnVersion", expected)
    writer = writer.option("userMetadata", json.dumps({"attempt": attempt, "stage": stage, "counts": counts or {}}))
    if newest is None:
        writer = writer.options(**_properties(table))
    with _naming(table, warehouse.location(table)), around_write(table.name, warehouse.location(table)):
        writer.save(warehouse.location(table))
    commit = history(warehouse, table, 1)[0]
    if (commit.version, commit.attempt, commit.stage) != (expected, attempt, stage):
        raise ConflictError(f"table {table.name}: somebody else committed version {commit.version} meanwhile; run again")
    return commit


@contextmanager
def _naming(table: Table, location: str) -> Iterator[None]:
    """Say which table it was and where, if a disk or a file lets a write down; another writer is a conflict."""
    try:
        yield
    except DELTA_CONFLICTS as error:
        raise ConflictError(f"table {table.name}: somebody else has committed meanwhile; run again") from error
    except (OSError, Py4JError, PySparkException, DeltaError) as error:
        if not is_storage(error):
            raise
        what = first_line(error)
        raise StorageError(f"table {table.name}, while it was written to {location}: {what}{_room(what, location)}") from error


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
    filesystem, folder = open_filesystem(f"{warehouse.location(table)}/_delta_log")
    return _read_commit(filesystem, f"{folder}/{version:020d}.json").attempt in (attempt, None)


def _properties(table: Table) -> dict[str, str]:
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
    if not exists(warehouse, table):
        schema = Schema.from_json(table.schema.json())
        with _naming(table, warehouse.location(table)), around_write(table.name, warehouse.location(table)):
            RustTable.create(warehouse.location(table), schema, configuration=_properties(table))
        return Commit(0, 0, attempt, stage, counts or {})
    if base is not None and (mode == "append" or _is_empty(warehouse, table, base)):
        restore(warehouse, table, base)
        return Commit(history(warehouse, table, 1)[0].version, 0, attempt, stage, counts or {})
    return write(frame_of(warehouse.spark, [], table.schema), warehouse, table, mode, attempt, stage, counts)


def _is_empty(warehouse: Warehouse, table: Table, version: int) -> bool:
    return read(warehouse, table, version).isEmpty()


def delete(warehouse: Warehouse, table: Table, keys: DataFrame, attempt: str, stage: str) -> Commit:
    """Remove the rows whose key is among `keys` (one column); only files that hold such a row are written again."""
    (column,) = keys.columns
    merge = DeltaTable.forPath(warehouse.spark, warehouse.location(table)).alias("t")
    with _committing_as(warehouse, attempt, stage), around_write(table.name, warehouse.location(table)):
        merge.merge(keys.alias("k"), f"t.{column} = k.{column}").whenMatchedDelete().execute()
    return history(warehouse, table, 1)[0]


def update(
    warehouse: Warehouse, table: Table, values: dict[str, Any], column: str, among: list[str], attempt: str, stage: str
) -> None:
    """Set columns of the rows whose `column` is one of the given values."""
    literals: dict[str, str | Column] = {name: F.lit(value) for name, value in values.items()}
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
    warehouse.spark.conf.set(check, "false")
    try:
        DeltaTable.forPath(warehouse.spark, warehouse.location(table)).vacuum(0)
    finally:
        warehouse.spark.conf.unset(check)


def restore(warehouse: Warehouse, table: Table, version: int) -> None:
    """Make the table what it was at `version`, by a new commit; nothing if it is that version already."""
    if history(warehouse, table, 1)[0].version != version:
        DeltaTable.forPath(warehouse.spark, warehouse.location(table)).restoreToVersion(version)
