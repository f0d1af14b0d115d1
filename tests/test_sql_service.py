"""The SQL service, asked over JDBC: what it shows, when, and that no client can change the warehouse."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from brickyard import releases, serving, storage
from brickyard.catalog import find_release
from brickyard.errors import StorageError
from brickyard.queries import create_views, run_query
from brickyard.releases import Attempt
from brickyard.service_place import place_for, running
from brickyard.statements import load_query, with_literals
from brickyard.storage import Warehouse
from brickyard.tables import DECISIONS, RELEASED, RELEASES
from pyspark.sql import functions as F

from jobs import sql_service
from tests import corpus
from tests.faults import processes
from tests.jdbc import Refused, connected

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "sql").glob("*.sql"))


class Running(NamedTuple):
    """A service on a warehouse of its own, and the Java that clients live in."""

    url: str
    warehouse: Path
    options: list[str]
    jvm: object

    def client(self):
        return connected(self.jvm, self.url)


def command(*words):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}/pipelines{os.pathsep}{ROOT}", "PYSPARK_PYTHON": sys.executable}
    given = [sys.executable, "-m", "jobs.main", "sql-service", *words]
    return subprocess.run(given, env=environment, capture_output=True, text=True, check=False)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def service(spark, released, tmp_path_factory):
    warehouse = shutil.copytree(released.warehouse, tmp_path_factory.mktemp("served") / "w")
    options = ["--set", f"warehouse={warehouse}", "--port", str(free_port())]
    started = command("start", *options)
    assert started.returncode == 0, started.stderr
    yield Running(started.stdout.splitlines()[-1], warehouse, options, spark._jvm)
    command("stop", *options)


def eventually(condition, seconds=60):
    """What the condition gives as soon as it is true. Polls: the service looks for releases by the clock."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
    return found


def publish_without_decisions(warehouse: Warehouse, name: str) -> str:
    """A release like the newest, but with empty decisions."""
    newest = find_release(warehouse.path)
    emptied = storage.write_nothing(warehouse, DECISIONS, "overwrite", newest.table_versions["decisions"], name, "decide")
    attempt = Attempt(name, name, name, newest, "{}")
    return releases.publish(warehouse, attempt, newest.table_versions | {"decisions": emptied.version}).release_id


def bytes_of(warehouse: Path) -> dict[str, str]:
    return {str(path.relative_to(warehouse)): corpus.digest(path) for path in warehouse.rglob("*") if path.is_file()}


def test_it_answers_files_of_sql_as_brickyard_sql_does(spark, service):
    warehouse = Warehouse(spark, str(service.warehouse))
    create_views(warehouse, find_release(warehouse.path))
    with service.client() as client:
        for name in ("drop_reasons", "funnel", "lengths", "batches", "largest_groups"):
            query = load_query(str(ROOT / "sql" / f"{name}.sql"), {})
            assert client.ask(with_literals(*query)) == [tuple(row) for row in run_query(spark, *query).collect()]


def test_every_live_release_has_a_schema_with_all_tables(service):
    schema = f"release_{find_release(str(service.warehouse)).release_id}"
    with service.client() as client:
        assert {row[0] for row in client.ask("SHOW DATABASES")} >= {"brickyard", schema}
        for shown in ("brickyard", schema):
            names = {row[1] for row in client.ask(f"SHOW TABLES IN {shown}")}
            assert names == {table.name for table in RELEASED} | {"recall_meter", "gate_results", "stage_metrics", "releases"}


WRITES = (
    "INSERT INTO brickyard.decisions SELECT * FROM brickyard.decisions",
    "DELETE FROM delta.`{records}`",
    "UPDATE delta.`{records}` SET text = 'x'",
    "INSERT INTO delta.`{records}` SELECT * FROM delta.`{records}`",
    "INSERT OVERWRITE DIRECTORY '{records}' USING parquet SELECT 1 AS a",
    "CREATE TABLE brickyard.mine AS SELECT 1 AS a",
    "CREATE TABLE default.mine USING parquet LOCATION '{warehouse}/mine' AS SELECT 1 AS a",
    "CREATE TABLE default.taken USING delta LOCATION '{records}' TBLPROPERTIES ('delta.appendOnly' = 'true')",
    "OPTIMIZE delta.`{records}`",
    "ALTER TABLE delta.`{records}` SET TBLPROPERTIES ('delta.logRetentionDuration' = 'interval 0 days')",
    "SELECT TRANSFORM (1) USING 'touch {warehouse}/touched && cat' AS (a INT)",
)
"""Ways to change the warehouse by SQL."""


@pytest.mark.parametrize("statement", WRITES, ids=lambda words: " ".join(words.split()[:2]))
def test_a_client_cannot_change_the_warehouse(service, statement):
    before = bytes_of(service.warehouse)
    places = {"warehouse": service.warehouse, "records": service.warehouse / "records"}
    with service.client() as client, pytest.raises(Refused):
        client.ask(statement.format(**places))
    assert bytes_of(service.warehouse) == before


def test_a_vacuum_by_a_client_deletes_nothing(service):
    (service.warehouse / "decisions" / "part-0-that-nothing-needs.parquet").write_bytes(b"x")
    before = bytes_of(service.warehouse)
    with service.client() as client, contextlib.suppress(Refused):
        client.ask("SET spark.databricks.delta.retentionDurationCheck.enabled = false")
        client.ask(f"VACUUM delta.`{service.warehouse}/decisions` RETAIN 0 HOURS")
    assert bytes_of(service.warehouse) == before


def test_properties_of_java_set_by_the_address_do_not_lift_the_confinement(service):
    before = bytes_of(service.warehouse)
    with connected(service.jvm, service.url + "brickyard?set:system:java.security.manager=x;set:system:user.dir=/") as client:
        assert client.ask("SELECT count(*) FROM decisions") == [(len(corpus.released_rows(service.warehouse, DECISIONS)),)]
        with pytest.raises(Refused):
            client.ask(f"DELETE FROM delta.`{service.warehouse}/records`")
    assert bytes_of(service.warehouse) == before


def test_variables_in_a_text_are_text(service):
    with service.client() as client:
        assert client.ask("SELECT '${env:HOME}${system:user.name}'") == [("${env:HOME}${system:user.name}",)]


def test_what_a_client_does_to_the_views_is_undone(service):
    with service.client() as client:

        def insist(statement):  # the service may be about to restore what the statement before has done
            with contextlib.suppress(Refused):
                client.ask(statement)
                return True

        client.ask("DROP DATABASE brickyard CASCADE")
        eventually(lambda: insist("DROP VIEW brickyard.decisions"))
        eventually(lambda: insist("CREATE OR REPLACE VIEW brickyard.documents AS SELECT 'lies' AS doc_id"))
        eventually(lambda: insist("CREATE VIEW brickyard.extra AS SELECT 1 AS a"))

        def restored():
            with contextlib.suppress(Refused):
                names = {row[1] for row in client.ask("SHOW TABLES IN brickyard")}
                lies = client.ask("SELECT count(*) FROM brickyard.documents WHERE doc_id = 'lies'")
                return "decisions" in names and "extra" not in names and lies == [(0,)]

        eventually(restored)


class Meddled:
    """A session in whose catalog a client changes what has just been made."""

    def __init__(self, spark, made, change):
        self._spark, self._made, self._change = spark, made, change

    def __getattr__(self, name):
        return getattr(self._spark, name)

    def sql(self, statement):
        found = self._spark.sql(statement)
        if self._made in statement:
            self._spark.sql(self._change)
        return found


@pytest.mark.parametrize(
    "change",
    ["CREATE OR REPLACE VIEW brickyard.records AS SELECT 'lies' AS record_id", "CREATE VIEW brickyard.extra AS SELECT 1 AS a"],
)
def test_what_a_client_does_while_a_schema_is_made_is_undone(spark, released, change):
    catalogs, warehouse = serving.catalogs_of(spark), str(released.warehouse)
    meddled = Meddled(spark, "VIEW brickyard.recall_meter AS", change)
    shown = serving.refresh(catalogs._replace(clients=meddled), warehouse, {})
    again = serving.refresh(catalogs, warehouse, shown)
    tables = {row.tableName for row in spark.sql("SHOW TABLES IN brickyard").collect()}
    assert ("extra" in tables, spark.sql("SELECT 1 FROM brickyard.records WHERE record_id = 'lies'").count()) == (False, 0)
    assert serving.refresh(catalogs, warehouse, again) == again
    for schema in again:
        spark.sql(f"DROP DATABASE {schema} CASCADE")


def test_a_release_that_has_lost_a_file_is_shown_no_more(spark, released, tmp_path):
    """Who connects later would list the files anew, and see fewer rows."""
    warehouse = shutil.copytree(released.warehouse, tmp_path / "w")
    catalogs = serving.catalogs_of(spark)
    shown = serving.refresh(catalogs, str(warehouse), {})
    schema = serving.schema_of(find_release(str(warehouse)))
    lost = next(path for path in (warehouse / "decisions").glob("*.parquet") if str(path) in shown[schema].files)
    lost.rename(tmp_path / "lost")
    with pytest.raises(StorageError, match=f"{lost.name} is missing"):
        serving.refresh(catalogs, str(warehouse), shown)
    assert not any(session.catalog.databaseExists(schema) for session in catalogs)
    (tmp_path / "lost").rename(lost)
    shown = serving.refresh(catalogs, str(warehouse), shown)
    assert spark.sql(f"SELECT count(*) FROM {schema}.decisions").first()[0] > 0
    for name in shown:
        spark.sql(f"DROP DATABASE {name} CASCADE")


TWICE = "SELECT record_id FROM brickyard.decisions UNION ALL SELECT record_id FROM brickyard.decisions"


def test_a_new_release_is_seen_without_a_restart_and_a_retired_one_no_more(spark, service):
    """A query that runs meanwhile, of which the server has computed the first part only, keeps its version."""
    warehouse = Warehouse(spark, str(service.warehouse))
    old, records = find_release(warehouse.path).release_id, len(corpus.released_rows(service.warehouse, DECISIONS))
    with service.client() as client, service.client() as other:
        other.ask("SET spark.sql.thriftServer.incrementalCollect = true")
        running = other.stream(TWICE)
        next(running)

        def count(schema):
            with contextlib.suppress(Refused):
                return client.ask(f"SELECT count(*) FROM {schema}.decisions")[0][0]

        new = publish_without_decisions(warehouse, "emptied")
        eventually(lambda: count("brickyard") == 0)
        assert (count(f"release_{new}"), count(f"release_{old}")) == (0, records)
        assert 1 + len(list(running)) == 2 * records
        storage.update(
            warehouse, RELEASES, {"retired_at": find_release(warehouse.path).published_at}, "release_id", [old], "a", "b"
        )
        eventually(lambda: count(f"release_{old}") is None)
        assert count(f"release_{new}") == 0


def test_starting_twice_is_a_conflict_and_status_says_what_runs(service):
    again = command("start", *service.options)
    assert (again.returncode, again.stdout) == (5, "")
    assert f"the service of {service.warehouse} runs at {service.url}" in again.stderr
    found = json.loads(command("status", *service.options).stdout)
    assert (found["status"], found["url"]) == ("running", service.url)


def test_stop_ends_the_service_and_no_other_process(released):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        taken = command("start", "--set", f"warehouse={released.warehouse}", "--port", str(port))
        stopped = command("stop", "--set", f"warehouse={released.warehouse}", "--port", str(port))
        said = command("status", "--set", f"warehouse={released.warehouse}", "--port", str(port))
    assert (taken.returncode, stopped.returncode, said.returncode) == (5, 0, 3)
    assert f"something else listens on 127.0.0.1:{port}" in taken.stderr
    assert json.loads(stopped.stdout) == {"status": "stopped"}


AUTHENTICATION, BIND, HTTP = (
    f"spark.hadoop.hive.server2.{name}" for name in ("authentication", "thrift.bind.host", "transport.mode")
)


def test_a_service_whose_java_was_killed_ends_and_says_why(released):
    options = ["--set", f"warehouse={released.warehouse}", "--port", str(free_port())]
    started = command("start", *options)
    assert started.returncode == 0, started.stderr
    service = running(place_for(int(options[-1])))
    for pid in processes.members(os.getsid(service.pid)):
        if pid != service.pid and Path(f"/proc/{pid}/comm").read_text().strip() == "java":
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: json.loads(command("status", *options).stdout)["status"] == "stopped")
    eventually(lambda: "Java ended" in place_for(int(options[-1])).log.read_text())


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--set", "warehouse=/nowhere/w"], 6, "holds no release"),
        (["--host", "0.0.0.0"], 2, "everybody who reaches that address could read the warehouse"),  # noqa: S104
        (["--host", "0.0.0.0", "--set", f"{AUTHENTICATION}=noSasl"], 2, "to one of KERBEROS, LDAP"),  # noqa: S104
        (["--set", f"{BIND}=0.0.0.0"], 2, "speaks binary Thrift, where --host and --port say"),
        (["--set", f"{HTTP}=http"], 2, "speaks binary Thrift"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_started(released, capsys, words, code, sentence):
    assert sql_service.main(["start", "--set", f"warehouse={released.warehouse}", "--port", str(free_port()), *words]) == code
    assert sentence in capsys.readouterr().err


def test_a_machine_that_cannot_confine_starts_nothing_unless_told_to(released, capsys, monkeypatch):
    from brickyard import confinement

    monkeypatch.setattr(confinement, "can_confine", lambda: False)
    assert sql_service.main(["start", "--set", f"warehouse={released.warehouse}", "--port", str(free_port())]) == 2
    assert "this machine has no Landlock" in capsys.readouterr().err


def test_tables_of_a_release_are_joined_by_hashing(spark):
    session = spark.newSession()
    for name, value in serving.local_joins(cores=8).items():
        if name.startswith("spark.sql."):
            session.conf.set(name, value)
    rows = session.range(100_000).selectExpr("hex(id) AS record_id")
    joined = rows.join(rows.withColumnRenamed("record_id", "other"), rows["record_id"] == F.col("other"))
    counted = joined.groupBy().count()
    assert counted.collect() == [(100_000,)]
    plan = counted._jdf.queryExecution().executedPlan().toString().partition("Initial Plan")[0]
    assert "ShuffledHashJoin" in plan, plan


def test_on_a_cluster_what_is_shuffled_is_compressed(tmp_path):
    for master, expected in {"local[4]": "false", "spark://master:7077": "true"}.items():
        settings = serving.service_settings("127.0.0.1", 10000, tmp_path, {"spark.master": master})
        assert settings.get("spark.shuffle.compress", "true") == expected
