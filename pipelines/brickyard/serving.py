"""The SQL service: Spark's Thrift server, and a schema for each live release, kept up to date.

All clients share one catalog in memory. A release's schema pins all its tables, so no query on it mixes releases (L4);
`brickyard` consists of views on it, and is led over to a new release one by one. What a client does to a schema is undone at
the next look, also what it does while the schema is being made: all is made in a catalog of our own as well, and compared.
"""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from brickyard.catalog import SCHEMA, Release, list_releases
from brickyard.errors import StorageError, first_line
from brickyard.progress import say
from brickyard.session import default_settings
from brickyard.views import files_shown, follow, show_release

SECONDS_BETWEEN_LOOKS = 1.0
"""How soon a new release becomes visible, but for the seconds that its views take to be made."""


class Made(NamedTuple):
    """The statements that made a schema, its files, and its fingerprint then: none if a client changed it meanwhile."""

    statements: list[str]
    files: list[str]
    fingerprint: int | None


Shown = dict[str, Made]
"""The schemas by name."""


class Catalogs(NamedTuple):
    """The session in whose catalog clients see the schemas, and one whose catalog they do not reach."""

    clients: SparkSession
    own: SparkSession


def catalogs_of(spark: SparkSession) -> Catalogs:
    """The session, and another one on the same context with a catalog in memory of its own."""
    java = spark._jvm.org.apache.spark.sql.SparkSession(spark._jsc.sc())  # type: ignore[union-attr]
    return Catalogs(spark, SparkSession(spark.sparkContext, java))


def service_settings(host: str, port: int, scratch: Path, given: Mapping[str, str]) -> dict[str, str]:
    """What the service sets besides the defaults of the jobs, under what it was `given`.

    It lives long, and what it keeps lies in `scratch`.
    """
    cores = os.cpu_count() or 1
    java = f"-XX:+UseSerialGC -XX:-UsePerfData -Duser.timezone=UTC -Djava.io.tmpdir={scratch}"
    return {
        "spark.driver.extraJavaOptions": java,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": "file:///nonexistent",  # a table of a client's own has no place
        # queries run again and again, over many narrow rows: compiling them pays
        "spark.sql.codegen.wholeStage": "true",
        "spark.sql.codegen.factoryMode": "FALLBACK",
        "spark.sql.parquet.columnarReaderBatchSize": "4096",
        "spark.sql.shuffle.partitions": str(cores),
        "spark.scheduler.mode": "FAIR",
        "spark.hadoop.hive.server2.thrift.bind.host": host,
        "spark.hadoop.hive.server2.thrift.port": str(port),
        "spark.hadoop.hive.server2.transport.mode": "binary",  # by HTTP it would listen on every address
        "spark.hadoop.hive.server2.enable.doAs": "false",
        "spark.hadoop.hive.server2.thrift.max.worker.threads": "64",
        # every thread that serves a client opens Hive's own, empty metastore: without a pool of connections, and its threads
        "spark.hadoop.datanucleus.connectionPoolingType": "NONE",
        # what is kept of past clients and of compiled queries; a thread of a pool keeps the session that it was made for
        "spark.sql.broadcastExchange.maxThreadThreshold": "32",
        "spark.sql.thriftserver.ui.retainedSessions": "20",
        "spark.sql.thriftserver.ui.retainedStatements": "20",
        "spark.sql.codegen.cache.maxEntries": "200",
        "spark.hadoop.hive.exec.scratchdir": f"{scratch}/hive",
        "spark.hadoop.hive.exec.local.scratchdir": f"{scratch}/hive",
        "spark.hadoop.hive.downloaded.resources.dir": f"{scratch}/resources",
        **_delta_settings(),
        **(local_joins(cores) if given.get("spark.master", "local").startswith("local") else {}),
        **given,
    }


def local_joins(cores: int) -> dict[str, str]:
    """How tables of a release are joined on one machine: each core hashes its share.

    A broadcast would be made and written by one core alone. What is hashed cannot spill: shares of more than 128 MB, all
    together, are sorted. (A heap of 1.5 GB bore eight clients that joined four tables of a million records at once.)
    """
    share = str(2**27 // cores)
    return {
        "spark.sql.autoBroadcastJoinThreshold": "1m",
        "spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold": share,
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": share,  # if it is more than the threshold, nothing is hashed
        # what is moved stays on this machine; and the threshold means the bytes that are hashed
        "spark.shuffle.compress": "false",
        "spark.broadcast.compress": "false",
    }


def _delta_settings() -> dict[str, str]:
    return {name: value for name, value in default_settings().items() if name.startswith("spark.databricks.")}


def serve(spark: SparkSession, warehouse: str, stop: threading.Event, ready: Callable[[], None]) -> None:
    """Show the releases, open the port, call `ready`, and look for new releases until `stop` is set.

    Raises StorageError if Java ends: then nobody is served.
    """
    catalogs = catalogs_of(spark)
    shown = refresh(catalogs, warehouse, {})
    thrift = spark._jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2  # type: ignore[union-attr]
    server = thrift.startWithContext(spark._jsparkSession.sqlContext())
    ready()
    trouble = ""
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        try:
            shown, trouble = refresh(catalogs, warehouse, shown), ""
        except Exception as error:  # a warehouse that cannot be read now may be readable later; what is shown stays
            if _has_ended(spark):
                raise StorageError(f"Java ended: {first_line(error)}") from error
            if first_line(error) != trouble:
                trouble = first_line(error)
                say(f"looking for releases failed, and is tried again: {trouble}")
    server.stop()


def _has_ended(spark: SparkSession) -> bool:
    """Whether there is no Java any more, or no Spark in it."""
    try:
        return bool(spark._jsc.sc().isStopped())
    except (OSError, Py4JError):
        return True


def schema_of(release: Release) -> str:
    """The schema that shows one release, for good."""
    return f"release_{release.release_id}"


def refresh(catalogs: Catalogs, warehouse: str, shown: Shown) -> Shown:
    """Show new releases, then lead `brickyard` to the newest, then drop the schemas of retired releases.

    A schema that is as it was made is left alone, but for one of whose files some are gone (a take-down has purged them, or the
    disk lost them): it is dropped at once, for who connects later would see fewer rows.
    """
    whole = {name: made for name, made in shown.items() if all(map(os.path.exists, made.files))}
    for name in set(shown) - set(whole):
        _drop(catalogs, name)
    live = [release for release in list_releases(warehouse) if release.retired_at is None]
    wanted = {schema_of(release): _words_of(warehouse, release, whole) for release in live}
    wanted[SCHEMA] = follow(warehouse, schema_of(live[-1]), live[-1]), []
    kept = {schema: _show(catalogs, schema, *words, whole.get(schema)) for schema, words in wanted.items()}
    for name in set(whole) - set(kept):
        _drop(catalogs, name)
    return kept


def _drop(catalogs: Catalogs, schema: str) -> None:
    for session in catalogs:
        session.sql(f"DROP DATABASE IF EXISTS {schema} CASCADE")


def _words_of(warehouse: str, release: Release, shown: Shown) -> tuple[list[str], list[str]]:
    """What shows a release, and its files. Neither ever changes: the logs are read once."""
    if made := shown.get(schema := schema_of(release)):
        return made.statements, made.files
    return show_release(warehouse, release, schema), files_shown(warehouse, release)


def _show(catalogs: Catalogs, schema: str, statements: list[str], files: list[str], before: Made | None) -> Made:
    if before and before.statements == statements:
        if before.fingerprint == _fingerprint(catalogs.clients, schema):
            return before
        catalogs.clients.sql(f"DROP DATABASE IF EXISTS {schema} CASCADE")  # a client has changed it
    catalogs.own.sql(f"DROP DATABASE IF EXISTS {schema} CASCADE")
    for statement in statements:
        catalogs.own.sql(statement)
        catalogs.clients.sql(statement)
    fingerprint = _fingerprint(catalogs.clients, schema)  # before the comparison: a change after it shows at the next look
    same = _described(catalogs.clients, schema) == _described(catalogs.own, schema)
    return Made(statements, files, fingerprint if same else None)


def _fingerprint(spark: SparkSession, schema: str) -> int:
    """A hash of what the catalog says of the views of a schema, and of when they were made."""
    return int(_tables(spark, schema).hashCode())


def _described(spark: SparkSession, schema: str) -> list[list[str]]:
    """What the catalog says of the views of a schema, but for when they were made."""
    said = ("identifier", "tableType", "storage", "schema", "provider", "properties", "viewText", "comment")
    tables = _tables(spark, schema)
    return [[getattr(tables.apply(n), name)().toString() for name in said] for n in range(tables.size())]


def _tables(spark: SparkSession, schema: str) -> Any:
    """Spark's own descriptions of the tables and views of a schema (a Seq of Scala); of none if there is no such schema."""
    catalog = spark._jsparkSession.sharedState().externalCatalog()
    if catalog.databaseExists(schema):
        return catalog.getTablesByName(schema, catalog.listTables(schema))
    return getattr(getattr(spark._jvm.scala.collection.immutable, "Nil$"), "MODULE$")  # type: ignore[union-attr]
