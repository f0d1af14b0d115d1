"""SQL over a release: `brickyard.<table>` as views at the release's versions, made per session."""

import csv
import io
import json
import re
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame, Row, SparkSession
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from brickyard import releases
from brickyard.errors import ConfigError, StorageError, first_line, is_storage
from brickyard.releases import Release
from brickyard.storage import Warehouse
from brickyard.tables import GATE_RESULTS, RECALL_METER, RELEASED, RELEASES, STAGE_METRICS, Table

SCHEMA = "brickyard"


def find_release(warehouse: Warehouse, release_id: str | None = None) -> Release:
    """The newest release, or the one that is named. Raises StorageError if there is none, ConfigError if unknown."""
    known = releases.list_releases(warehouse)
    if not known:
        raise StorageError(f"{warehouse.path} holds no release; run `brickyard curate` with the same configuration first")
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


def view_statements(warehouse: Warehouse, release: Release) -> list[str]:
    """The SQL that makes the views: the release's tables at its versions, the four that only grow as they are.

    A release made before there was a table has no view of it.
    """
    statements = [f"CREATE DATABASE IF NOT EXISTS {SCHEMA}"]
    for table in (table for table in RELEASED if table.name in release.table_versions):
        version = release.table_versions[table.name]
        pinned = f"SELECT * FROM {_path(warehouse, table)} VERSION AS OF {version}"
        statements.append(f"CREATE OR REPLACE VIEW {SCHEMA}.{table.name} AS {pinned}")
    for table in (RECALL_METER, GATE_RESULTS, STAGE_METRICS, RELEASES):
        statements.append(f"CREATE OR REPLACE VIEW {SCHEMA}.{table.name} AS SELECT * FROM {_path(warehouse, table)}")
    return statements


def _path(warehouse: Warehouse, table: Table) -> str:
    return "delta.`" + warehouse.location(table).replace("`", "``") + "`"


def create_views(warehouse: Warehouse, release: Release) -> None:
    """Make the views in this session. Raises StorageError if a table is damaged: Spark would not notice all of it."""
    releases.check(warehouse, release)
    for statement in view_statements(warehouse, release):
        warehouse.spark.sql(statement)


def load_query(path: str, arguments: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The statement of a file in `sql/`, and a value for each `:name` in it.

    Defaults stand in comments of the form `-- :name = value  what it is`. Raises ConfigError for a name that is missing
    or unknown.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    defaults = dict(re.findall(r"^-- :(\w+) = (\S+)", text, re.MULTILINE))
    statement = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip().rstrip(";")
    wanted = set(re.findall(r"(?<!:):(\w+)", statement))
    values = {**defaults, **arguments}
    if missing := sorted(wanted - set(values)):
        raise ConfigError(f"{path}: give {' '.join(f'--arg {name}=VALUE' for name in missing)}")
    if unknown := sorted(set(arguments) - wanted):
        raise ConfigError(f"{path}: has no argument {', '.join(unknown)}; it has {', '.join(sorted(wanted)) or 'none'}")
    return statement, {name: values[name] for name in wanted}


def run_query(spark: SparkSession, statement: str, arguments: dict[str, str]) -> DataFrame:
    """The answer; `:name` in the statement stands for a string. Raises ConfigError where Spark refuses the statement."""
    try:
        return spark.sql(statement, args=arguments) if arguments else spark.sql(statement)
    except (AnalysisException, ParseException) as error:
        raise ConfigError(f"the query was refused: {first_line(error)}") from error


def render(answer: DataFrame, form: str, width: int | None = None) -> str:
    """The answer as a table for people, as CSV, or as JSON lines.

    Raises ConfigError where the query fails on the data; where the tables cannot be read, Spark's own error.
    """
    try:
        rows = [tuple(row) for row in answer.collect()]
    except (PySparkException, Py4JJavaError) as error:
        if is_storage(error):
            raise
        raise ConfigError(f"the query failed: {first_line(error)}") from error
    if form == "json":
        return "\n".join(_as_json(answer.columns, row) for row in rows)
    return _as_csv(answer.columns, rows) if form == "csv" else _as_table(answer.columns, rows, width)


def _as_json(columns: list[str], row: tuple) -> str:
    if len(set(columns)) < len(columns):
        raise ConfigError(f"two columns of the answer have one name ({', '.join(columns)}); name them with AS")
    values = (value.asDict(recursive=True) if isinstance(value, Row) else value for value in row)
    return json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False, default=str)


def _as_csv(columns: list[str], rows: list[tuple]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return buffer.getvalue().rstrip("\n")


def _as_table(columns: list[str], rows: list[tuple], width: int | None) -> str:
    table = RichTable(*columns, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    buffer = io.StringIO()
    Console(file=buffer, width=width or 120).print(table)
    return buffer.getvalue().rstrip("\n")


def _cell(value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}" if isinstance(value, float) else str(value)
