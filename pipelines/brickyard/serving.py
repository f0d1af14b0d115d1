"""The SQL service: Spark's Thrift server, and a schema of views for each live release, kept up to date.

All clients share one catalog in memory. A release's schema pins all its tables, so no query on it mixes releases (L4);
`brickyard` is led over to a new release view by view. What a client does to the views is undone at the next look.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import SparkSession

from brickyard.catalog import SCHEMA, Release, list_releases
from brickyard.progress import say
from brickyard.session import default_settings
from brickyard.views import view_statements

SECONDS_BETWEEN_LOOKS = 1.0
"""How soon a new release becomes visible, but for the seconds that its views take to be made."""

Shown = dict[str, tuple[list[str], int]]
"""For each schema the statements that made its views, and the fingerprint that they had then."""


def service_settings(host: str, port: int, scratch: Path) -> dict[str, str]:
    """What the service sets besides the defaults of the jobs: it lives long, and what it keeps lies in `scratch`."""
    java = f"-XX:+UseSerialGC -XX:-UsePerfData -Duser.timezone=UTC -Djava.io.tmpdir={scratch} -Dderby.system.home={scratch}"
    return {
        "spark.driver.extraJavaOptions": java,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": "file:///nonexistent",  # a table of a client's own has no place
        # queries run again and again, over many narrow rows: compiling them pays
        "spark.sql.codegen.wholeStage": "true",
        "spark.sql.codegen.factoryMode": "FALLBACK",
        "spark.sql.parquet.columnarReaderBatchSize": "4096",
        "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
        "spark.sql.variable.substitute": "false",  # ${env:X} in a client's text is text
        "spark.scheduler.mode": "FAIR",
        "spark.hadoop.hive.server2.thrift.bind.host": host,
        "spark.hadoop.hive.server2.thrift.port": str(port),
        "spark.hadoop.hive.server2.enable.doAs": "false",
        "spark.hadoop.hive.exec.scratchdir": f"{scratch}/hive",
        "spark.hadoop.hive.exec.local.scratchdir": f"{scratch}/hive",
        "spark.hadoop.hive.downloaded.resources.dir": f"{scratch}/resources",
    } | _delta_settings()


def _delta_settings() -> dict[str, str]:
    return {name: value for name, value in default_settings().items() if name.startswith("spark.databricks.")}


def serve(spark: SparkSession, warehouse: str, stop: threading.Event, ready: Callable[[], None]) -> None:
    """Show the releases, open the port, call `ready`, and look for new releases until `stop` is set."""
    shown = refresh(spark, warehouse, {})
    thrift = spark._jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2  # type: ignore[union-attr]
    server = thrift.startWithContext(spark._jsparkSession.sqlContext())
    ready()
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        try:
            shown = refresh(spark, warehouse, shown)
        except Exception as error:  # a warehouse that cannot be read now may be readable later; what is shown stays
            say(f"looking for releases failed, will be tried again: {error}")
    server.stop()


def schema_of(release: Release) -> str:
    """The schema that shows one release, for good."""
    return f"release_{release.release_id}"


def refresh(spark: SparkSession, warehouse: str, shown: Shown) -> Shown:
    """Make the schemas of new releases, then lead `brickyard` to the newest, then drop those of retired releases.

    A schema whose views are as they were made is left alone.
    """
    live = [release for release in list_releases(warehouse) if release.retired_at is None]
    schemas = [(schema_of(release), release) for release in live] + [(SCHEMA, live[-1])]
    kept = {name: _show(spark, name, view_statements(warehouse, release, name), shown) for name, release in schemas}
    for name in set(shown) - set(kept):
        spark.sql(f"DROP DATABASE IF EXISTS {name} CASCADE")
    return kept


def _show(spark: SparkSession, schema: str, statements: list[str], shown: Shown) -> tuple[list[str], int]:
    if shown.get(schema) == (statements, _fingerprint(spark, schema)):
        return shown[schema]
    for statement in statements:
        spark.sql(statement)
    return statements, _fingerprint(spark, schema)


def _fingerprint(spark: SparkSession, schema: str) -> int:
    """A hash of what the catalog says of the views of a schema; of no views if there is none."""
    catalog = spark._jsparkSession.sharedState().externalCatalog()
    if not catalog.databaseExists(schema):
        return 0
    return int(catalog.getTablesByName(schema, catalog.listTables(schema)).hashCode())
