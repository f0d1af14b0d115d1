"""SQL over a release by Spark: `brickyard.<table>` as views at the release's versions, made per session."""

from datetime import UTC, datetime
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import TimestampType

from brickyard import answers, catalog
from brickyard.catalog import Release
from brickyard.errors import ConfigError, first_line, is_storage
from brickyard.storage import Warehouse
from brickyard.views import show_release


def find_release(warehouse: Warehouse, release_id: str | None = None) -> Release:
    """The newest release, or the one that is named. Raises StorageError if there is none, ConfigError if unknown."""
    return catalog.find_release(warehouse.path, release_id)


def create_views(warehouse: Warehouse, release: Release) -> None:
    """Make the views in this session. Raises StorageError if a table is damaged."""
    for statement in show_release(warehouse.path, release):
        warehouse.spark.sql(statement)


def run_query(spark: SparkSession, statement: str, arguments: dict[str, str]) -> DataFrame:
    """The answer; `:name` in the statement stands for a string. Raises ConfigError where Spark refuses the statement."""
    try:
        return spark.sql(statement, args=arguments) if arguments else spark.sql(statement)
    except (AnalysisException, ParseException) as error:
        raise ConfigError(f"the query was refused: {first_line(error)}") from error


def render(answer: DataFrame, form: str, width: int | None = None) -> str:
    """The answer as `table`, `csv` or `json`.

    Raises ConfigError where the query fails on the data; where the tables cannot be read, Spark's own error.
    """
    try:
        rows = _in_utc(answer, [tuple(row) for row in answer.collect()])
    except (PySparkException, Py4JJavaError) as error:
        if is_storage(error):
            raise
        raise ConfigError(f"the query failed: {first_line(error)}") from error
    return answers.render(answer.columns, rows, form, width)


def _in_utc(answer: DataFrame, rows: list[tuple]) -> list[tuple]:
    """Points in time with their zone: Spark gives those of this machine, without it."""
    places = {number for number, field in enumerate(answer.schema) if isinstance(field.dataType, TimestampType)}
    return [tuple(_with_zone(value) if number in places else value for number, value in enumerate(row)) for row in rows]


def _with_zone(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
