"""The tables of a release, opened without Spark: delta-rs, DuckDB and Polars see what Spark sees."""

import duckdb
import duckdb_ext
import polars
import pytest
from brickyard import storage
from brickyard.storage import Warehouse
from brickyard.tables import EMBEDDINGS, GATE_RESULTS, RELEASED, RELEASES, STAGE_METRICS, TOKEN_SEQUENCES
from deltalake import DeltaTable

from tests import corpus


@pytest.fixture(scope="module")
def versions(released):
    """The release's table versions, as an outside reader finds them."""
    return corpus.releases(released.warehouse)[-1].table_versions


@pytest.fixture(scope="module")
def spark_counts(spark, released, versions):
    """Rows of each table of the release, counted by Spark."""
    warehouse = Warehouse(spark, str(released.warehouse))
    counts = {table.name: storage.read(warehouse, table, versions[table.name]).count() for table in RELEASED}
    assert {name for name, count in counts.items() if count == 0} == {"near_misses", "tombstones"}
    return counts


def test_delta_rs_counts_the_rows_that_spark_counts(released, versions, spark_counts):
    tables = {name: DeltaTable(str(released.warehouse / name), version) for name, version in versions.items()}
    assert {name: table.to_pyarrow_dataset().count_rows() for name, table in tables.items()} == spark_counts


def test_polars_counts_the_rows_that_spark_counts(released, versions, spark_counts):
    scans = {name: polars.scan_delta(str(released.warehouse / name), version=version) for name, version in versions.items()}
    assert {name: scan.select(polars.len()).collect().item() for name, scan in scans.items()} == spark_counts


def test_duckdb_counts_the_rows_that_spark_counts(released, versions, spark_counts):
    with duckdb.connect() as connection:
        connection.execute(f"SET extension_directory = '{duckdb_ext.__path__[0]}/extensions'")  # from its package: no download
        connection.execute("LOAD delta")
        counts = {}
        for name, version in versions.items():
            connection.execute(f"ATTACH '{released.warehouse / name}' AS {name} (TYPE delta, VERSION {version})")
            counts[name] = connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    assert counts == spark_counts


def test_lists_read_outside_are_those_that_spark_reads(spark, released, versions):
    warehouse = Warehouse(spark, str(released.warehouse))
    for table, column in ((EMBEDDINGS, "vector"), (TOKEN_SEQUENCES, "token_ids")):
        rows = storage.read(warehouse, table, versions[table.name]).collect()
        outside = {row["doc_id"]: row[column] for row in corpus.released_rows(released.warehouse, table)}
        assert outside == {row.doc_id: row[column] for row in rows}


@pytest.mark.parametrize("table", [*RELEASED, GATE_RESULTS, STAGE_METRICS, RELEASES], ids=lambda table: table.name)
def test_a_table_asks_no_feature_of_its_readers(released, table):
    outside = DeltaTable(str(released.warehouse / table.name))
    configuration = outside.metadata().configuration
    assert outside.protocol().min_reader_version == 1
    assert configuration["delta.enableDeletionVectors"] == "false"
    assert configuration["delta.checkpointPolicy"] == "classic"
    assert {"delta.logRetentionDuration", "delta.deletedFileRetentionDuration"} <= set(configuration)


def test_no_text_is_in_the_log_of_any_table(released):
    texts = [row["text"][:16] for row in corpus.released_rows(released.warehouse, RELEASED[0]) if len(row["text"]) > 20]
    logs = b"".join(path.read_bytes() for path in released.warehouse.glob("*/_delta_log/*.json")).decode()
    assert len(texts) > 30
    assert [text for text in texts if text in logs] == []
