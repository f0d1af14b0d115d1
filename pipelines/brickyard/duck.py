"""SQL over a release by DuckDB, in this process: an answer in a second, where Spark takes that long to start.

DuckDB is handed the Parquet files that the logs name at the release's versions: no extension, no download. Its Python types
are avoided (no bound values): they would import pandas.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from brickyard import catalog, logs
from brickyard.catalog import SCHEMA, Release
from brickyard.errors import ConfigError, StorageError
from brickyard.log_checks import whole_files
from brickyard.statements import names_in, replace_names

_LIKE_SPARK = (
    "SET default_null_order = 'nulls_first_on_asc_last_on_desc'",
    "SET TimeZone = 'UTC'",  # of whatever machine
    "SET ieee_floating_point_ops = false",  # what is divided by 0 is NULL
    # DuckDB's own takes away all kinds of spaces
    "CREATE MACRO trim(text) AS system.main.trim(text, ' '), (text, these) AS system.main.trim(text, these)",
    # DuckDB's own replaces the first match only
    "CREATE MACRO regexp_replace(text, pattern, instead) AS system.main.regexp_replace(text, pattern, instead, 'g')",
)
"""So that the files of `sql/` mean the same."""

_TYPES = {
    "string": "VARCHAR", "long": "BIGINT", "integer": "INTEGER", "double": "DOUBLE", "float": "FLOAT", "boolean": "BOOLEAN",
    "binary": "BLOB", "timestamp": "TIMESTAMP",
}  # fmt: skip


def connect(warehouse: str, release: Release) -> duckdb.DuckDBPyConnection:
    """A database in memory with the release's tables as views in the schema `brickyard`.

    Raises ConfigError for a warehouse on an object store: DuckDB would have to download an extension. Raises StorageError if
    a file is missing.
    """
    if "://" in warehouse:
        raise ConfigError(f"--engine duckdb reads warehouses that are folders; for {warehouse} leave it out")
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for statement in (*_LIKE_SPARK, f"CREATE SCHEMA {SCHEMA}"):
        connection.execute(statement)
    with _in_our_words():
        for table, version in catalog.tables_of(release).items():
            place = catalog.location(warehouse, table)
            if version is not None or logs.is_table(place):
                connection.execute(f"CREATE VIEW {SCHEMA}.{table} AS {_selection(place, version)}")
    return connection


def _selection(location: str, version: int | None) -> str:
    """The rows of a table. A file written before there was a column lacks it: there it is NULL."""
    columns = logs.columns(location, version)
    nothing = ", ".join(f"CAST(NULL AS {_type(column.kind)}) AS {column.name}" for column in columns)
    declared = f"SELECT {nothing} WHERE false"
    files = ", ".join(_quoted(name) for name in whole_files(location, version))
    return f"{declared} UNION ALL BY NAME FROM read_parquet([{files}], union_by_name = true)" if files else declared


def _type(kind: Any) -> str:
    """A type of the Delta protocol in DuckDB's words."""
    if isinstance(kind, str):
        return _TYPES[kind]
    if kind["type"] == "map":
        return f"MAP({_type(kind['keyType'])}, {_type(kind['valueType'])})"
    return f"{_type(kind['elementType'])}[]"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def run_query(
    connection: duckdb.DuckDBPyConnection, statement: str, arguments: dict[str, str]
) -> tuple[list[str], list[tuple]]:
    """The names of the columns and the rows; `:name` in the statement stands for a string.

    Raises ConfigError where DuckDB refuses the statement, StorageError where it cannot read a file.
    """
    with _in_our_words():
        return _answer(connection, statement, arguments)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """DuckDB's errors as ours."""
    try:
        yield
    except duckdb.IOException as error:
        raise StorageError(str(error).splitlines()[0]) from error
    except duckdb.Error as error:
        if ".parquet" in str(error) and not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
            raise StorageError(str(error).splitlines()[0]) from error
        hint = "; Spark's SQL and DuckDB's differ in places: --engine spark runs Spark's"
        raise ConfigError(f"the query was refused: {str(error).splitlines()[0]}{hint}") from error


def _answer(connection: duckdb.DuckDBPyConnection, statement: str, arguments: dict[str, str]) -> tuple[list[str], list[tuple]]:
    if not names_in(statement):
        return _rows(connection.execute(statement))
    connection.execute(f"PREPARE query AS {replace_names(statement, '${}'.format)}")
    try:
        values = ", ".join(f"{name} := {_quoted(value)}" for name, value in arguments.items())
        return _rows(connection.execute(f"EXECUTE query({values})"))
    finally:
        connection.execute("DEALLOCATE query")


def _rows(answered: duckdb.DuckDBPyConnection) -> tuple[list[str], list[tuple]]:
    return [column[0] for column in answered.description or ()], answered.fetchall()
