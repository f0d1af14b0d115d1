"""Retire old releases, and let go of what no live one needs, once it has been of no use for long enough."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from brickyard import releases, storage
from brickyard.config import Config
from brickyard.errors import ConfigError, StorageError
from brickyard.housekeeping import LetGo, let_go, unneeded
from brickyard.lock import run_lock
from brickyard.logs import open_table
from brickyard.progress import say
from brickyard.queries import find_release
from brickyard.releases import Release
from brickyard.report.forgetting import forget
from brickyard.storage import Warehouse
from brickyard.tables import GAUGED, TABLES, Table

LEAST_DAYS = 1
"""The lock keeps runs away, not readers: a query of hours must find its files."""


@dataclass
class MaintainSummary:
    """What went, or with `dry_run` would go."""

    run_id: str
    warehouse: str
    dry_run: bool
    status: str = "maintained"
    live_releases: list[str] = field(default_factory=list)
    retired_releases: list[str] = field(default_factory=list)  # by this run
    files: int = 0
    log_files: int = 0
    bytes_freed: int = 0
    tables: dict[str, int] = field(default_factory=dict)  # bytes of each table that lets go of some


def run_maintain(
    spark: SparkSession, config: Config, keep: int, days: int, dry_run: bool, now: datetime | None = None
) -> MaintainSummary:
    """Keep the last `keep` releases live, and what they or releases retired in the last `days` days need.

    `now`: the time from which those days are counted back. Raises StorageError, before anything is deleted, if a live release
    cannot be read; ConfigError for numbers too small.
    """
    if keep < 1 or days < LEAST_DAYS:
        raise ConfigError(f"--keep {keep} --retention-days {days}: keep at least 1 release, and files for {LEAST_DAYS} days")
    summary = MaintainSummary(uuid.uuid4().hex, config.warehouse, dry_run)
    with run_lock(spark._jvm, config.warehouse, summary.run_id) as check_lock:
        warehouse = Warehouse(spark, config.warehouse, check_lock)
        find_release(warehouse)
        known = releases.list_releases(warehouse)
        old = releases.superseded(known, keep)
        live = [release for release in known if release.retired_at is None and release not in old]
        for release in live:
            releases.check(warehouse, release)
        summary.live_releases = [release.release_id for release in live]
        summary.retired_releases = [release.release_id for release in old]
        if not dry_run:
            _retire(warehouse, known, live, keep, summary)
        since = (now or datetime.now(UTC)) - timedelta(days=days)
        needed = [one for one in known if one.retired_at is None or one.retired_at > since]  # who reads one may still do so
        for table in (*TABLES, *GAUGED):
            if storage.exists(warehouse, table):
                _maintain(warehouse, table, needed, days, summary)
        for release in live:
            releases.check(warehouse, release)
    say(f"{'would free' if dry_run else 'freed'} {summary.bytes_freed:,} bytes; live: {', '.join(summary.live_releases)}")
    return summary


def _retire(warehouse: Warehouse, known: list[Release], live: list[Release], keep: int, summary: MaintainSummary) -> None:
    summary.retired_releases = releases.retire(warehouse, summary.run_id, keep)
    forget(warehouse, [release for release in known if release not in live], summary.run_id)


def _maintain(warehouse: Warehouse, table: Table, needed: list[Release], days: int, summary: MaintainSummary) -> None:
    pinned = [release for release in needed if table.name in release.table_versions]
    versions = {one.table_versions[table.name] for one in pinned if one.retired_at is None or _opens(warehouse, table, one)}
    found: LetGo = unneeded(warehouse, table, versions, days)
    if not summary.dry_run:
        let_go(warehouse, table, found)
    size = sum(found.data.values()) + sum(found.log.values())
    summary.files += len(found.data)
    summary.log_files += len(found.log)
    summary.bytes_freed += size
    if size:
        summary.tables[table.name] = size


def _opens(warehouse: Warehouse, table: Table, release: Release) -> bool:
    """Whether the log still has the version: of a retired release it may be gone, if fewer days were asked for before."""
    with suppress(StorageError):
        return bool(open_table(warehouse.location(table), release.table_versions[table.name]))
    return False
