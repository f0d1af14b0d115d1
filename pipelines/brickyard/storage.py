"""The only Delta code: idempotent writes, pinned reads, restoring."""

import json
from dataclasses import dataclass

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from brickyard.conform import conform
from brickyard.tables import Table

_HISTORY = 100
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


@dataclass(frozen=True)
class Warehouse:
    """Where the tables are, and the session that reads and writes them."""

    spark: SparkSession
    path: str

    def location(self, table: Table) -> str:
        return f"{self.path}/{table.name}"


def exists(warehouse: Warehouse, table: Table) -> bool:
    """Whether the table has been made."""
    return DeltaTable.isDeltaTable(warehouse.spark, warehouse.location(table))


def read(warehouse: Warehouse, table: Table, version: int | None = None) -> DataFrame:
    """The table at a version, or as it is now."""
    reader = warehouse.spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    return reader.load(warehouse.location(table))


def history(warehouse: Warehouse, table: Table, limit: int = _HISTORY) -> list[Commit]:
    """The newest commits, newest first; none if there is no table."""
    if not exists(warehouse, table):
        return []
    delta = DeltaTable.forPath(warehouse.spark, warehouse.location(table))
    columns = delta.history(limit).select("version", "operationMetrics", "userMetadata").collect()
    return [_commit(row.version, row.operationMetrics or {}, row.userMetadata) for row in columns]


def _commit(version: int, metrics: dict[str, str], user_metadata: str | None) -> Commit:
    owner = json.loads(user_metadata) if user_metadata else {}
    return Commit(version, int(metrics.get("numOutputRows", 0)), owner.get("attempt"), owner.get("stage"))


def find_commit(warehouse: Warehouse, table: Table, attempt: str, stage: str) -> Commit | None:
    """The commit that a stage of an attempt made earlier, before it was interrupted."""
    commits = history(warehouse, table)
    return next((commit for commit in commits if (commit.attempt, commit.stage) == (attempt, stage)), None)


def write(frame: DataFrame, warehouse: Warehouse, table: Table, mode: str, attempt: str, stage: str) -> Commit:
    """Commit a frame (`append` or `overwrite`), once for each attempt, stage and table.

    A transaction id is used once only: Delta would silently skip a second write under the same one.
    """
    writer = conform(frame, table).write.format("delta").mode(mode).option("txnVersion", 1)
    writer = writer.option("txnAppId", f"{attempt}/{stage}/{table.name}")
    writer = writer.option("userMetadata", json.dumps({"attempt": attempt, "stage": stage}))
    if not exists(warehouse, table):
        columns = ",".join(table.statistics)
        writer = writer.options(**_PROPERTIES, **{"delta.dataSkippingStatsColumns": columns})
    writer.save(warehouse.location(table))
    return history(warehouse, table, 1)[0]


def restore(warehouse: Warehouse, table: Table, version: int) -> None:
    """Make the table what it was at `version`, by a new commit; nothing if it is that version already."""
    if history(warehouse, table, 1)[0].version != version:
        DeltaTable.forPath(warehouse.spark, warehouse.location(table)).restoreToVersion(version)


