"""The SQL that makes a release's tables visible as views in a schema. Plain text: it needs no Spark."""

from brickyard import catalog
from brickyard.catalog import SCHEMA, Release


def view_statements(warehouse: str, release: Release, schema: str = SCHEMA) -> list[str]:
    """The statements for Spark: the release's tables at its versions, the four that only grow as they are."""
    views = [
        f"CREATE OR REPLACE VIEW {schema}.{table} AS SELECT * FROM {_path(warehouse, table)}{_pinned(version)}"
        for table, version in catalog.tables_of(release).items()
    ]
    return [f"CREATE DATABASE IF NOT EXISTS {schema}", *views]


def _pinned(version: int | None) -> str:
    return "" if version is None else f" VERSION AS OF {version}"


def _path(warehouse: str, table: str) -> str:
    return "delta.`" + catalog.location(warehouse, table).replace("`", "``") + "`"
