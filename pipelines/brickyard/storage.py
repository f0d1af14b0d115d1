"""The only Delta code: idempotent writes, pinned reads, restoring."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from delta.tables import DeltaTable
from pyarrow import fs
from pyspark.sql import DataFrame, SparkSession

from brickyard.conform import conform
from brickyard.errors import ConflictError
from brickyard.reading.listing import open_filesystem
from brickyard.tables import Table

_PROPERTIES = {
    "delta.logRetentionDuration": "interval 365 days",
    "delta.deletedFileRetentionDuration": "interval 30 days",
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
    """Where the tables are, and the session that reads and writes them."""

    spark: SparkSession
    path: str

    def location(self, table: Table) -> str:
        return f"{self.path}/{table.name}"


def exists(warehouse: Warehouse, table: Table) -> bool:
    """Whether the table has been made."""
    return bool(history(warehouse, table, 1))


def read(warehouse: Warehouse, table: Table, version: int | None = None) -> DataFrame:
    """The table at a version, or as it is now."""
    reader = warehouse.spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    return reader.load(warehouse.location(table))


def history(warehouse: Warehouse, table: Table, limit: int | None = None) -> list[Commit]:
    """The newest commits, newest first; none if there is no table.

    Read from the commit files of the Delta log (Delta protocol, "Delta Log Entries" and "Commit Provenance
    Information"): milliseconds, where DESCRIBE HISTORY takes a Spark job.
    """
    filesystem, folder = open_filesystem(f"{warehouse.location(table)}/_delta_log")
    names = (info.base_name for info in filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True)))
    commits = sorted((name for name in names if re.fullmatch(r"\d{20}\.json", name)), reverse=True)
    return [_read_commit(filesystem, f"{folder}/{name}") for name in commits[:limit]]


def _read_commit(filesystem: fs.FileSystem, path: str) -> Commit:
    with filesystem.open_input_stream(path) as stream:
        actions: list[dict[str, Any]] = [json.loads(line) for line in stream.read().splitlines() if line.strip()]
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    owner = json.loads(info.get("userMetadata") or "{}")
    rows = int(info.get("operationMetrics", {}).get("numOutputRows", 0))
    return Commit(int(path[-25:-5]), rows, owner.get("attempt"), owner.get("stage"), owner.get("counts", {}))


def find_commit(warehouse: Warehouse, table: Table, attempt: str, stage: str) -> Commit | None:
    """The commit that a stage of an attempt made earlier, before it was interrupted."""
    commits = history(warehouse, table)
    return next((commit for commit in commits if (commit.attempt, commit.stage) == (attempt, stage)), None)


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

    A transaction id is used once only: Delta would silently skip a second write under the same one.
    """
    writer = conform(frame, table).write.format("delta").mode(mode).option("txnVersion", 1)
    writer = writer.option("txnAppId", f"{attempt}/{stage}/{table.name}")
    writer = writer.option("userMetadata", json.dumps({"attempt": attempt, "stage": stage, "counts": counts or {}}))
    if not exists(warehouse, table):
        columns = ",".join(table.statistics)
        writer = writer.options(**_PROPERTIES, **{"delta.dataSkippingStatsColumns": columns})
    writer.save(warehouse.location(table))
    commit = history(warehouse, table, 1)[0]
    if (commit.attempt, commit.stage) != (attempt, stage):
        raise ConflictError(f"table {table.name}: somebody else committed version {commit.version} meanwhile; run again")
    return commit


def restore(warehouse: Warehouse, table: Table, version: int) -> None:
    """Make the table what it was at `version`, by a new commit; nothing if it is that version already."""
    if history(warehouse, table, 1)[0].version != version:
        DeltaTable.forPath(warehouse.spark, warehouse.location(table)).restoreToVersion(version)
