"""Without Spark: DuckDB answers as Spark does, on the pinned versions, and starts neither Java nor pandas."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from brickyard import storage
from brickyard.catalog import GAUGES, find_release
from brickyard.duck import connect, run_query
from brickyard.errors import ConfigError, StorageError
from brickyard.log_checks import whole_rows
from brickyard.queries import create_views
from brickyard.queries import run_query as run_in_spark
from brickyard.statements import load_query
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, DECISIONS, TABLES

from jobs import sql
from tests import corpus
from tests.questions import FILES, questions

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def asked(released):
    """The questions, with values that have an answer."""
    return questions(str(released.warehouse))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_duckdb_answers_a_file_as_spark_does(spark, released, asked, file):
    warehouse = Warehouse(spark, str(released.warehouse))
    release = find_release(warehouse.path)
    query = asked[file.stem]
    create_views(warehouse, release)
    answer = run_in_spark(spark, *query)
    with connect(warehouse.path, release) as connection:
        columns, rows = run_query(connection, *query)
    assert columns == answer.columns
    assert rows == [tuple(row) for row in answer.collect()]
    assert rows or file.stem in ("near_misses", "recall", "across_sources")


ALIKE = (
    "CAST(1 / 0 AS STRING)", "round(100 * 0.0 / 0, 2)", "trim('\u3000 x \u00a0 ')", "trim('  x ')", "trim(BOTH 'x' FROM 'xax')",
    "'a_b' LIKE 'a^_b' ESCAPE '^'", "regexp_replace('a  b  c', ' +', '-')",
)  # fmt: skip


def test_what_the_files_use_means_the_same(spark, released):
    with connect(str(released.warehouse), find_release(str(released.warehouse))) as connection:
        for expression in ALIKE:
            (row,) = run_query(connection, f"SELECT {expression}", {})[1]
            assert row == tuple(spark.sql(f"SELECT {expression}").first()), expression


def test_the_funnel_of_no_records_has_zeros(spark, released):
    query = load_query(str(ROOT / "sql/funnel.sql"), {})
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA brickyard; CREATE TABLE brickyard.decisions (reason VARCHAR)")
        connection.execute("CREATE TABLE brickyard.quarantine (reason VARCHAR)")
        assert {row[1:] for row in run_query(connection, *query)[1]} == {(0, 0)}


def test_every_table_has_its_columns_and_rows_also_if_it_is_empty(released):
    release = find_release(str(released.warehouse))
    with connect(str(released.warehouse), release) as connection:
        later = ("recall_meter", *GAUGES)  # made when they are first asked for
        for table in (table for table in TABLES if table.name not in later):
            found = connection.execute(f"SELECT * FROM brickyard.{table.name}")
            assert [column[0] for column in found.description] == table.schema.names
            assert len(found.fetchall()) == len(corpus.rows(released.warehouse, table, release.table_versions.get(table.name)))


def test_rows_of_a_log_are_those_that_another_reader_finds(released):
    for table in (table for table in TABLES if table.name in ("releases", "stage_metrics", "tombstones")):
        wanted = corpus.rows(released.warehouse, table)
        maps = [name for name in table.schema.names if table.schema[name].dataType.typeName() == "map"]
        wanted = [row | {name: dict(row[name]) for name in maps} for row in wanted]
        assert whole_rows(str(released.warehouse / table.name)) == wanted


HAND_MADE = """
CREATE SCHEMA brickyard;
CREATE TABLE brickyard.records AS FROM (VALUES
  ('r1', 'd1', 'b1', 'news', 'x', 'good'), ('r2', 'd1', 'b2', 'web', 'y', 'good'), ('r3', 'd2', 'b2', 'web', 'y', 'bad'),
  ('r4', 'd3', 'b2', 'web', 'z', NULL), ('r5', 'd2', 'b2', 'web', 'z', 'bad'))
  AS t(record_id, doc_id, batch_id, source, uri, label);
CREATE TABLE brickyard.decisions AS FROM (VALUES
  ('r1', true, NULL, 'd1'), ('r2', false, 'exact_duplicate', 'd1'), ('r3', true, NULL, 'd2'),
  ('r4', false, 'near_duplicate', 'd1'), ('r5', false, 'exact_duplicate', 'd2'))
  AS t(record_id, kept, reason, final_representative_id);
CREATE TABLE brickyard.curated AS FROM (VALUES ('d1', 'news'), ('d2', 'web')) AS t(doc_id, source);
CREATE TABLE brickyard.releases AS FROM (VALUES ('b1', TIMESTAMP '2026-01-02'), ('b2', TIMESTAMP '2026-02-03'),
  ('b1', TIMESTAMP '2026-03-04')) AS t(batch_id, published_at);
"""
"""Two sources in two batches: r1 and r3 are kept."""


@pytest.fixture(scope="module")
def ask_hand_made():
    """Run a file on tables small enough to count by hand."""
    with duckdb.connect() as connection:
        connection.execute(HAND_MADE)
        yield lambda name: run_query(connection, *load_query(str(ROOT / "sql" / f"{name}.sql"), {}))[1]


def test_across_sources_counts_what_another_source_stands_for(ask_hand_made):
    assert ask_hand_made("across_sources") == [
        ("news", "web", "exact_duplicate", 1, 1),
        ("news", "web", "near_duplicate", 1, 1),
    ]


def test_batches_are_the_newest_first(ask_hand_made):
    found = [(row[0], str(row[1]), *row[2:]) for row in ask_hand_made("batches")]
    assert found == [("b2", "2026-02-03", 4, 1, 25.0, 50.0), ("b1", "2026-01-02", 1, 1, 100.0, 50.0)]


def test_labels_are_balanced_within_their_source(ask_hand_made):
    assert ask_hand_made("labels") == [("news", "good", 1, 100.0, 1, 100.0), ("web", "bad", 2, 50.0, 1, 100.0),
                                       ("web", "(none)", 1, 25.0, 0, 0.0), ("web", "good", 1, 25.0, 0, 0.0)]  # fmt: skip


def test_a_release_is_answered_at_its_versions_whatever_was_committed_since(spark, released, tmp_path):
    warehouse = Warehouse(spark, shutil.copytree(released.warehouse, tmp_path / "w").as_posix())
    release = find_release(warehouse.path)
    storage.write_nothing(warehouse, DECISIONS, "overwrite", release.table_versions["decisions"], "other", "decide")
    assert storage.read(warehouse, DECISIONS).isEmpty()
    with connect(warehouse.path, release) as connection:
        (count,) = run_query(connection, "SELECT count(*) FROM brickyard.decisions", {})[1]
    assert count == (len(corpus.released_rows(released.warehouse, DECISIONS)),)


def test_a_folder_of_whatever_name_is_read_by_both(spark, released, tmp_path):
    warehouse = Warehouse(spark, shutil.copytree(released.warehouse, tmp_path / "a b,{c}[1]*?'e $x`").as_posix())
    release, question = find_release(warehouse.path), "SELECT count(*) FROM brickyard.decisions"
    create_views(warehouse, release)
    (row,) = run_in_spark(spark, question, {}).collect()
    with connect(warehouse.path, release) as connection:
        assert run_query(connection, question, {})[1] == [tuple(row)]


def test_the_process_needs_neither_java_nor_spark_nor_pandas(released):
    code = """
import sys
from jobs import sql
assert sql.main(sys.argv[1:]) == 0
print([name for name in ("pyspark", "py4j", "delta", "pandas", "numpy", "pyarrow") if name in sys.modules])
"""
    words = ["--set", f"warehouse={released.warehouse}", "--engine", "duckdb", "--format", "json"]
    words += ["--file", f"{ROOT}/sql/search.sql", "--arg", "text=a"]
    words += [
        "SELECT CAST(TIMESTAMPTZ '2026-02-03 02:30:00+00' AS DATE) AS day, max(published_at) AS m FROM brickyard.releases"
    ]
    environment = {"PATH": "/nowhere", "TZ": "America/Los_Angeles", "PYTHONPATH": f"{ROOT}/pipelines{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", code, *words]
    result = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    lines = result.stdout.splitlines()
    assert result.returncode == 0, result.stderr
    assert lines[-1] == "[]"
    assert json.loads(lines[0])["day"] == "2026-02-03"
    assert json.loads(lines[1])["source"] == corpus.SOURCE


def test_what_duckdb_refuses_is_a_configuration_error_that_names_the_other_engine(released, no_session, capsys):
    words = ["--set", f"warehouse={released.warehouse}", "--engine", "duckdb"]
    assert sql.main([*words, "SELECT stack(2, 1, 2)"]) == 2
    assert "the query was refused: Catalog Error" in capsys.readouterr().err
    assert sql.main(["--set", "warehouse=s3://bucket/w", "--engine", "duckdb", "SELECT 1"]) in (2, 6)
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_is_gone_is_a_storage_error(released, tmp_path):
    warehouse = shutil.copytree(released.warehouse, tmp_path / "w")
    for file in (warehouse / "decisions").glob("*.parquet"):
        file.unlink()
    with pytest.raises(StorageError, match="parquet"), connect(str(warehouse), find_release(str(warehouse))):
        pass


def test_values_are_values_and_never_a_part_of_the_statement(released):
    hostile = ["' OR '1' = '1", "x'); DROP SCHEMA brickyard CASCADE; --", "$id", ":id", '"', "\\", "é😀", "${env:HOME}", "?"]
    with connect(str(released.warehouse), find_release(str(released.warehouse))) as connection:
        for value in hostile:
            assert run_query(connection, "SELECT :id AS v, ':id' AS quoted", {"id": value})[1] == [(value, ":id")]
        with pytest.raises(ConfigError, match="refused"):
            run_query(connection, "SELECT :id +", {"id": "1"})


def test_the_notebook_runs_as_it_is_written(released, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("WAREHOUSE", str(released.warehouse))
    cells = json.loads((ROOT / "docs/notebooks/release.ipynb").read_text())["cells"]
    names: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - a notebook of ours
    assert dict(names["reasons"].itertuples(index=False))["kept"] == len(corpus.released_rows(released.warehouse, CURATED))
    assert len(names["rows"]) == 3
