"""The same release in another layout: no row changes, and a query for some rows reads less."""

import itertools
import shutil

import pyarrow.parquet as pq
import pytest
from brickyard.log_checks import whole_files
from brickyard.rerun import run_arrange
from brickyard.stages import arrange as stage
from brickyard.tables import DECISIONS, GATE_RESULTS, LAYOUTS, RELEASED
from pyspark.sql import functions as F

from tests import corpus


@pytest.fixture(scope="module")
def arranged(spark, released, tmp_path_factory):
    """A copy of the released warehouse, arranged in files of ten rows."""
    warehouse = shutil.copytree(released.warehouse, tmp_path_factory.mktemp("arranged") / "w")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "ROWS_PER_FILE", 10)
        run_arrange(spark, corpus.configure(warehouse, released.folder))
    return warehouse


def test_no_row_changes_and_the_gate_examines_what_is_published(released, arranged):
    before, after = corpus.releases(arranged)
    assert (after.action, after.previous_release_id) == ("arrange", before.release_id)
    assert (after.input_digest, after.config_digest) == (before.input_digest, before.config_digest)
    for table in RELEASED:
        rows = [sorted(map(repr, corpus.released_rows(arranged, table, release))) for release in (before, after)]
        assert rows[0] == rows[1]
    changed = {name for name in before.table_versions if before.table_versions[name] != after.table_versions[name]}
    assert changed == {table.name for table in LAYOUTS}
    checks = [row for row in corpus.rows(arranged, GATE_RESULTS) if row["release_id"] == after.release_id]
    assert checks
    assert all(row["version"] in (None, after.table_versions.get(row["table"])) for row in checks)


@pytest.mark.parametrize("table", LAYOUTS, ids=lambda table: table.name)
def test_files_hold_neighbours_in_order(arranged, table):
    version = corpus.releases(arranged)[-1].table_versions[table.name]
    order = LAYOUTS[table]
    files = [pq.read_table(name, columns=list(order)).to_pylist() for name in whole_files(str(arranged / table.name), version)]
    keys = [[tuple((row[name] is not None, row[name]) for name in order) for row in rows] for rows in files if rows]
    assert all(rows == sorted(rows) for rows in keys)
    spans = sorted((rows[0], rows[-1]) for rows in keys)
    assert len(spans) > 2
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))


def test_an_arranged_release_is_not_arranged_again_and_its_input_is_known(spark, released, arranged):
    config = corpus.configure(arranged, released.folder)
    before = corpus.log_versions(arranged)
    assert run_arrange(spark, config).status == "already_published"
    summary = corpus.run(spark, arranged, released.folder)
    assert (summary.status, summary.release_id) == ("already_published", corpus.releases(arranged)[-1].release_id)
    assert corpus.log_versions(arranged) == before


def test_what_one_document_stands_for_is_read_from_fewer_bytes(spark, released, arranged):
    bytes_read = [_bytes_for_one(spark, warehouse) for warehouse in (released.warehouse, arranged)]
    assert bytes_read[1] < bytes_read[0]


def _bytes_for_one(spark, warehouse) -> int:
    """Bytes of the files that the log's statistics leave to be read."""
    version = corpus.releases(warehouse)[-1].table_versions["decisions"]
    one = min(row["final_representative_id"] or "z" for row in corpus.released_rows(warehouse, DECISIONS))
    decisions = spark.sql(f"SELECT * FROM delta.`{warehouse}/decisions` VERSION AS OF {version}")
    found = decisions.where(F.col("final_representative_id") == one)
    assert found.collect()
    scan = next(node for node in _nodes(found._jdf.queryExecution().executedPlan()) if node.metrics().contains("filesSize"))
    return scan.metrics().apply("filesSize").value()


def _nodes(plan):
    yield plan
    inner = [plan.executedPlan()] if plan.getClass().getSimpleName() == "AdaptiveSparkPlanExec" else []
    children = plan.children()
    for child in [*inner, *(children.apply(i) for i in range(children.size()))]:
        yield from _nodes(child)
