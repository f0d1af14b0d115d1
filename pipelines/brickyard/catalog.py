"""Which releases a warehouse holds, and what each one is made of. Needs no Spark: `brickyard sql --engine duckdb` has none."""

import datetime
from dataclasses import dataclass, replace

from brickyard import logs
from brickyard.errors import ConfigError, ConflictError, StorageError
from brickyard.log_checks import whole_rows

SCHEMA = "brickyard"
"""Under which queries find the tables of the newest release."""

TAKE_DOWN = "take-down"
"""The action that retires all releases before it."""
REDECIDE = "redecide"
"""The action whose settings are those of its release only."""

GROWING = ("recall_meter", "gate_results", "stage_metrics", "releases")
"""The tables that no release pins: they only grow, and are read as they are."""

GAUGES = ("gauge_figures", "gauge_points", "gauge_findings", "gauge_trials")
"""The tables of `brickyard gauge`, read as they are; there once it has run."""


@dataclass(frozen=True)
class Release:
    """A row of `releases`."""

    release_id: str
    published_at: datetime.datetime
    table_versions: dict[str, int]
    input_digest: str
    config_digest: str
    code_version: str
    batch_id: str
    previous_release_id: str | None
    action: str | None = None
    configuration: str | None = None
    retired_at: datetime.datetime | None = None


def location(warehouse: str, table: str) -> str:
    """Where a table is."""
    return f"{warehouse}/{table}"


def list_releases(warehouse: str) -> list[Release]:
    """All releases, oldest first: each names the one before, so no clock is trusted.

    Those before a take-down are retired by it, also if it was interrupted before it could write that down.
    """
    ordered = releases_as_written(warehouse)
    last = max((i for i, release in enumerate(ordered) if release.action == TAKE_DOWN), default=0)
    since = ordered[last].published_at if ordered else None
    return [replace(one, retired_at=one.retired_at or since) if i < last else one for i, one in enumerate(ordered)]


def releases_as_written(warehouse: str) -> list[Release]:
    """The rows of `releases`, oldest first. Raises StorageError if one that others follow is gone."""
    place = location(warehouse, "releases")
    rows = [Release(**row) for row in whole_rows(place)] if logs.is_table(place) else []
    after = {release.previous_release_id: release for release in rows}
    if len(after) < len(rows):
        raise ConflictError(f"{warehouse}: two releases follow the same one: two runs published at the same time")
    ordered: list[Release] = []
    while (following := after.get(ordered[-1].release_id if ordered else None)) is not None:
        ordered.append(following)
    if len(ordered) < len(rows):
        raise StorageError(
            f"table {place}: a release is missing: {len(rows)} are there, of which {len(ordered)} follow one another"
        )
    return ordered


def find_release(warehouse: str, release_id: str | None = None) -> Release:
    """The newest release, or the one that is named. Raises StorageError if there is none, ConfigError if unknown."""
    known = list_releases(warehouse)
    if not known:
        raise StorageError(f"{warehouse} holds no release; run `brickyard curate` with the same configuration first")
    if release_id is None:
        return known[-1]
    for release in known:
        if release.release_id == release_id:
            return _live(release)
    raise ConfigError(f"no release {release_id}; there are: {', '.join(one.release_id for one in known)}")


def _live(release: Release) -> Release:
    if release.retired_at is not None:
        raise ConfigError(
            f"release {release.release_id} was retired on {release.retired_at:%Y-%m-%d}, by maintain or a take-down"
        )
    return release


def tables_of(release: Release) -> dict[str, int | None]:
    """The version of each table that queries on the release see; None for those that are read as they are.

    A release made before there was a table does not have it.
    """
    return {**release.table_versions, **dict.fromkeys((*GROWING, *GAUGES))}


def gauges(warehouse: str) -> list[str]:
    """The tables of `brickyard gauge` that are there."""
    return [table for table in GAUGES if logs.is_table(location(warehouse, table))]
