"""Runs without new input, from end to end: a higher threshold, and records taken down."""

import json
import shutil

import pyarrow.parquet as pq
import pytest
from brickyard.errors import ConfigError, InputError
from brickyard.queries import find_release
from brickyard.rerun import run_redecide, run_take_down
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, DECISIONS, QUARANTINE, RECORDS, TABLES, TOMBSTONES

from tests import corpus
from tests.corpus import NARROW, released_rows

HIGHER = (*NARROW, "near_duplicates.min_jaccard=0.9")


@pytest.fixture(scope="module")
def loaded(spark, tmp_path_factory):
    """A corpus, and a warehouse made of it."""
    base = tmp_path_factory.mktemp("rerun")
    folder = corpus.write_corpus(base / "in")
    corpus.run(spark, base / "w", folder, *NARROW)
    return folder, base / "w"


@pytest.fixture
def copied(loaded, tmp_path):
    shutil.copytree(loaded[1], tmp_path / "w")
    return loaded[0], tmp_path / "w"


def verdicts(warehouse):
    return {row["record_id"]: row for row in released_rows(warehouse, DECISIONS)}


def test_a_higher_threshold_is_published_with_the_verdicts_of_a_whole_run(spark, copied, tmp_path):
    folder, warehouse = copied
    summary = run_redecide(spark, corpus.configure(warehouse, folder, *HIGHER))
    corpus.run(spark, tmp_path / "whole", folder, *HIGHER)
    assert verdicts(warehouse) == verdicts(tmp_path / "whole")
    assert summary.release_id == corpus.releases(warehouse)[-1].release_id
    assert corpus.run(spark, warehouse, folder, *HIGHER).status == "already_published"
    with pytest.raises(ConfigError, match="do not hold the answer"):
        run_redecide(spark, corpus.configure(warehouse, folder, *NARROW))


def test_taking_down_promotes_the_next_and_retires_the_releases_before(spark, copied):
    folder, warehouse = copied
    before = verdicts(warehouse)
    gone = next(row for row in before.values() if row["reason"] == "near_duplicate")["final_representative_id"]
    taken = sorted(row["record_id"] for row in before.values() if row["doc_id"] == gone)
    config = corpus.configure(warehouse, folder, *NARROW)
    summary = run_take_down(spark, config, taken, [], None, purge=False)
    after = verdicts(warehouse)
    assert summary.taken_down == taken
    assert set(after) == set(before) - set(taken)
    revived = {name for name, row in after.items() if row["kept"] and not before[name]["kept"]}
    assert {row["record_id"] for row in summary.promoted} == revived != set()
    assert gone not in {row["doc_id"] for row in released_rows(warehouse, CURATED)}
    assert {row["record_id"] for row in released_rows(warehouse, TOMBSTONES)} == set(taken)
    old, _ = corpus.releases(warehouse)
    assert summary.retired_releases == [old.release_id]
    with pytest.raises(ConfigError, match="was retired on"):
        find_release(Warehouse(spark, str(warehouse)), old.release_id)


def test_what_was_taken_down_does_not_come_back_and_its_bytes_can_be_purged(spark, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    rows = [{"id": str(i), "text": f"number{i} " + "some words here " * 9} for i in range(9)]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = (*NARROW, "input.id_field=id")
    corpus.run(spark, tmp_path / "w", folder, *settings)
    config = corpus.configure(tmp_path / "w", folder, *settings)
    run_take_down(spark, config, [], ["4"], "text LIKE 'number7 %'", purge=True)
    assert {row["external_id"] for row in released_rows(tmp_path / "w", RECORDS)} == set("0123568")
    (folder / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[3:6]))
    corpus.run(spark, tmp_path / "w", folder, *settings)
    assert {row["external_id"] for row in released_rows(tmp_path / "w", RECORDS)} == set("0123568")
    assert ("taken_down", "", None) in {
        (row["reason"], row["head"], row["sha256"]) for row in released_rows(tmp_path / "w", QUARANTINE)
    }
    left = [pq.read_table(path).to_pylist() for table in TABLES for path in (tmp_path / "w" / table.name).glob("*.parquet")]
    assert "number5" in str(left)
    assert "number7" not in str(left)
    with pytest.raises(InputError, match="no record of the newest release"):
        run_take_down(spark, config, ["0" * 32], [], None, purge=False)
