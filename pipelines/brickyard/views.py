"""The SQL that shows a release's tables in a schema of Spark's. Plain text: it needs no Spark.

A table is shown as the Parquet files of its version. Delta's own reader would plan every query anew by some Spark jobs over
the log: three quarters of the time of a small query. (Tables have no deletion vectors, partitions or mapped columns.)
"""

import os
import re
from typing import Any

from brickyard import catalog, logs
from brickyard.catalog import GROWING, SCHEMA, Release
from brickyard.log_checks import whole_files

_PATTERN = re.compile(r"([\\\[\]{}*?,])")
"""What has a meaning in the names of files to Hadoop, outside and inside of braces."""

_TYPES = {"long": "BIGINT", "integer": "INT"}
"""Types of the Delta protocol that SQL calls otherwise."""


def show_release(warehouse: str, release: Release, schema: str = SCHEMA) -> list[str]:
    """The statements that make a schema anew: the release's tables at its versions, all others as they are.

    Each table is looked at once: from then on the session knows its files, and one that is gone is an error. A session that
    looks later finds a file less, in silence. Raises StorageError if a table is damaged: Spark would not notice all of it.
    """
    shown = [f"DROP DATABASE IF EXISTS {schema} CASCADE", f"CREATE DATABASE {schema}"]
    for table, version in release.table_versions.items():
        shown.append(show_files(f"{schema}.{table}", catalog.location(warehouse, table), version))
        shown.append(f"SELECT 1 FROM {schema}.{table} WHERE false")
    return shown + [_show_newest(warehouse, table, schema) for table in (*GROWING, *catalog.gauges(warehouse))]


def files_shown(warehouse: str, release: Release) -> list[str]:
    """The files of all tables of a release on a disk; of an object store none, for looking would be a request for each."""
    places = [(catalog.location(warehouse, table), version) for table, version in release.table_versions.items()]
    return [] if "://" in warehouse else [file for place in places for file in whole_files(*place)]


def follow(warehouse: str, schema: str, release: Release) -> list[str]:
    """The statements that lead the schema `brickyard` to another one, in which the release is shown: a view for each table.

    What the gauge wrote may have come after that schema was made.
    """
    tables = (*release.table_versions, *GROWING)
    views = [f"CREATE OR REPLACE VIEW {SCHEMA}.{table} AS SELECT * FROM {schema}.{table}" for table in tables]
    views += [_show_newest(warehouse, table, SCHEMA, "CREATE OR REPLACE VIEW") for table in catalog.gauges(warehouse)]
    return [f"CREATE DATABASE IF NOT EXISTS {SCHEMA}", *views]


def _show_newest(warehouse: str, table: str, schema: str, verb: str = "CREATE VIEW") -> str:
    path = catalog.location(warehouse, table).replace("`", "``")
    return f"{verb} {schema}.{table} AS SELECT * FROM delta.`{path}`"


def show_files(name: str, location: str, version: int) -> str:
    """A table of the files, or a view without rows if there is none."""
    columns, files = logs.columns(location, version), whole_files(location, version)
    if not files:
        nothing = ", ".join(f"CAST(NULL AS {_type(column.kind)}) AS {column.name}" for column in columns)
        return f"CREATE VIEW {name} AS SELECT {nothing} WHERE false"
    declared = ", ".join(f"{column.name} {_type(column.kind)} COMMENT {_quoted(column.comment)}" for column in columns)
    names = ",".join(_PATTERN.sub(r"\\\1", os.path.basename(file)) for file in files)
    folder = _PATTERN.sub(r"\\\1", location)
    return f"CREATE TABLE {name} ({declared}) USING parquet OPTIONS (path {_quoted(f'{folder}/{{{names}}}')})"


def _type(kind: Any) -> str:
    """A type of the Delta protocol in the words of Spark's SQL."""
    if isinstance(kind, str):
        return _TYPES.get(kind, kind.upper())
    if kind["type"] == "map":
        return f"MAP<{_type(kind['keyType'])}, {_type(kind['valueType'])}>"
    return f"ARRAY<{_type(kind['elementType'])}>"


def _quoted(value: str) -> str:
    """A string literal; Spark would take a dollar and a brace for a variable."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024") + "'"
