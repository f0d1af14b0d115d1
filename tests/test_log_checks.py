"""A damaged log is refused, or makes no difference. (All readers and more damages: `make faults`.)"""

import json
import os
import shutil
from pathlib import Path

import pytest
from brickyard import catalog, storage
from brickyard.catalog import find_release
from brickyard.duck import connect
from brickyard.errors import StorageError
from brickyard.log_checks import whole_files, whole_rows
from brickyard.storage import Warehouse
from brickyard.tables import RECORDS, RELEASES
from brickyard.views import show_release
from deltalake import DeltaTable

from tests.faults import damages
from tests.tiny import frame_of, record_row


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    """A warehouse in which `records` has four commits, and what its newest version has."""
    warehouse = Warehouse(spark, str(tmp_path_factory.mktemp("whole")))
    for number in range(4):
        rows = frame_of(spark, RECORDS, [record_row(number, f"text {number}")])
        storage.write(rows, warehouse, RECORDS, "append", f"attempt-{number}", "read")
    return warehouse


@pytest.fixture
def damaged(table, tmp_path):
    """Damage a copy; returns it."""

    def make(damage):
        copy = Warehouse(table.spark, str(tmp_path / "copy"))
        shutil.copytree(table.path, copy.path)
        damage(tmp_path / "copy" / RECORDS.name)
        return copy

    return make


@pytest.mark.parametrize("version", [1, 3])
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda v: damages.cut_to(v, 0), "the commit is damaged: it is empty"),
        (lambda v: damages.cut_to(v, 0.5), "its log cannot be read"),
        (damages.junk, "its log cannot be read"),
        (damages.cut_last_line, r"the commit is damaged: files of 0 rows, but it wrote 1"),
    ],
)
def test_a_commit_that_lost_something_is_refused_by_name(damaged, version, damage, sentence):
    warehouse = damaged(damage(version))
    for wanted in (None, 3):
        with pytest.raises(StorageError, match=sentence):
            whole_files(warehouse.location(RECORDS), wanted)
    assert len(whole_files(warehouse.location(RECORDS), 0)) == 1


@pytest.mark.parametrize("version", [1, 3])
def test_a_missing_commit_is_refused(damaged, version):
    with pytest.raises(StorageError, match="its log cannot be read"):
        whole_files(damaged(damages.without(version)).location(RECORDS), 3)


@pytest.mark.parametrize("version", [1, 3])
def test_a_quick_look_without_spark_does_not_pass_over_an_empty_commit(damaged, version):
    with pytest.raises(StorageError, match=r"the commit is damaged: it is empty|names 3 files instead of 4"):
        whole_files(damaged(damages.cut_to(version, 0)).location(RECORDS))


def test_what_a_checkpoint_holds_is_not_needed_any_more(damaged, table):
    DeltaTable(table.location(RECORDS), 2).create_checkpoint()
    whole = len(whole_files(table.location(RECORDS)))
    assert len(whole_files(damaged(damages.cut_to(1, 0)).location(RECORDS))) == whole == 4


def test_more_or_fewer_files_than_the_commit_says_are_refused(damaged):
    def forget_what_was_removed(folder):
        commit = folder / "_delta_log" / f"{3:020d}.json"
        commit.write_text(commit.read_text().replace('\\"files\\": 4', '\\"files\\": 1'))

    with pytest.raises(StorageError, match=r"version 3: its log names 4 files instead of 1"):
        whole_files(damaged(forget_what_was_removed).location(RECORDS))


@pytest.mark.parametrize("version", [4, 5])
def test_a_restored_table_that_lost_something_is_refused(damaged, version):
    warehouse = damaged(lambda folder: None)
    for restored in (1, 3):
        storage.restore(warehouse, RECORDS, restored)
        assert len(whole_files(warehouse.location(RECORDS))) == restored + 1
    path = Path(warehouse.location(RECORDS), "_delta_log", f"{version:020d}.json")
    lines = path.read_bytes().splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if json.loads(line).keys() & {"add", "remove"})
    path.write_bytes(b"".join(lines[:last] + lines[last + 1 :]))
    with pytest.raises(StorageError, match=r"its log names \d files instead of \d"):
        whole_files(warehouse.location(RECORDS), version)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: os.truncate(path, 0)], ids=["missing", "empty"])
def test_no_way_to_show_a_release_passes_over_a_file(released, tmp_path, damage):
    warehouse = shutil.copytree(released.warehouse, tmp_path / "w")
    release = find_release(str(warehouse))
    damage(next((warehouse / RECORDS.name).glob("*.parquet")))
    for show in (show_release, connect):
        with pytest.raises(StorageError, match=r"\.parquet (is missing|has 0 bytes)"):
            show(str(warehouse), release)


@pytest.mark.parametrize(
    "damage", [lambda log: os.truncate(log, 0), lambda log: log.write_text('{"add": ')], ids=["empty", "cut"]
)
def test_a_damaged_list_of_releases_is_refused(released, tmp_path, damage):
    warehouse = shutil.copytree(released.warehouse, tmp_path / "w")
    damage(max((warehouse / RELEASES.name / "_delta_log").glob("*.json")))
    with pytest.raises(StorageError, match=r"damaged|cannot be read"):
        find_release(str(warehouse))


def test_a_release_that_others_follow_is_missed(released, monkeypatch):
    (row,) = whole_rows(f"{released.warehouse}/{RELEASES.name}")
    others = [
        row | {"release_id": name, "previous_release_id": before} for name, before in (("b", row["release_id"]), ("d", "c"))
    ]
    monkeypatch.setattr(catalog, "whole_rows", lambda place: [row, *others])
    with pytest.raises(StorageError, match="a release is missing: 3 are there, of which 2 follow one another"):
        catalog.list_releases(str(released.warehouse))


def test_a_checksum_of_sparks_that_cannot_be_read_does_not_matter(damaged):
    warehouse = damaged(lambda folder: (folder / "_delta_log" / f"{3:020d}.crc").write_text('{"numFi'))
    assert len(whole_files(warehouse.location(RECORDS))) == 4
