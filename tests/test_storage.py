"""Tables are read as they were written, whatever their folder is called; who commits second is refused."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from brickyard import housekeeping, storage
from brickyard.data_files import FileWriter, write_batches
from brickyard.errors import ConflictError
from brickyard.storage import Warehouse
from brickyard.tables import DOCUMENTS, RECORDS

from tests.tiny import documents_of


@pytest.mark.parametrize("name", ["2024 [texts]", "a+b#c?d", "ü*{x},y", "plain"])
def test_a_table_of_two_files_has_the_rows_that_were_written_whatever_its_folder_is_called(spark, tmp_path, name):
    warehouse = Warehouse(spark, str(tmp_path / name))
    rows = documents_of(spark, ["one", "two", "three"])
    storage.write(rows.limit(1).unionAll(rows.offset(1)).repartition(2, "doc_id"), warehouse, DOCUMENTS, "overwrite", "a", "s")
    read = storage.read(warehouse, DOCUMENTS)
    assert len(read.inputFiles()) == 2
    assert sorted(read.collect()) == sorted(rows.collect())


def test_an_older_version_is_what_the_table_was(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path))
    first = storage.write(documents_of(spark, ["one"]), warehouse, DOCUMENTS, "overwrite", "a", "s")
    storage.write(documents_of(spark, ["two"]), warehouse, DOCUMENTS, "append", "b", "s")
    assert storage.read(warehouse, DOCUMENTS, first.version).collect() == documents_of(spark, ["one"]).collect()
    assert storage.read(warehouse, DOCUMENTS).count() == 2


def test_a_table_that_an_earlier_version_made_gets_the_columns_it_lacks(spark, tmp_path):
    warehouse, rows = Warehouse(spark, str(tmp_path)), documents_of(spark, ["one"])
    rows.drop("copies").write.format("delta").save(warehouse.location(DOCUMENTS))
    storage.write(documents_of(spark, ["two"]), warehouse, DOCUMENTS, "append", "a", "s")
    assert {row.copies for row in storage.read(warehouse, DOCUMENTS).collect()} == {None, 1}


def test_who_commits_second_on_the_same_version_is_refused_and_loses_nothing_of_the_first(spark, tmp_path, monkeypatch):
    warehouse = Warehouse(spark, str(tmp_path))
    storage.write(documents_of(spark, ["one"]), warehouse, DOCUMENTS, "overwrite", "a", "s")
    prepare = storage._with_all_columns

    def prepare_slowly(*arguments):
        current = prepare(*arguments)
        monkeypatch.setattr(storage, "_with_all_columns", prepare)
        storage.write(documents_of(spark, ["two"]), warehouse, DOCUMENTS, "append", "rival", "s")
        return current

    monkeypatch.setattr(storage, "_with_all_columns", prepare_slowly)
    with pytest.raises(ConflictError, match="table documents: somebody else has committed"):
        storage.write(documents_of(spark, ["three"]), warehouse, DOCUMENTS, "append", "b", "s")
    assert storage.read(warehouse, DOCUMENTS).count() == 2


def test_files_of_a_write_that_failed_are_not_left_behind(tmp_path):
    schema = pa.schema([("doc_id", pa.string())])
    good = pa.record_batch([pa.array(["one"])], schema)

    def breaking():
        yield good
        raise OSError(28, "No space left on device")

    writer = FileWriter(str(tmp_path), schema, ("doc_id",))
    with pytest.raises(OSError, match="No space"):
        write_batches(breaking(), writer)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["__init__", "write_table", "close"])
def test_a_disk_that_is_full_is_what_is_told_wherever_it_shows(tmp_path, monkeypatch, step):
    done = getattr(pq.ParquetWriter, step)

    def fill_up(writer, *arguments, **named):
        done(writer, *arguments, **named)
        raise OSError(28, "No space left on device")

    schema = pa.schema([("doc_id", pa.string())])
    monkeypatch.setattr(pq.ParquetWriter, step, fill_up)
    with pytest.raises(OSError, match="No space"):
        write_batches([pa.record_batch([pa.array(["one"])], schema)], FileWriter(str(tmp_path), schema, ("doc_id",)))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_never_came_to_be_is_not_what_is_told(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    schema = pa.schema([("doc_id", pa.string())])
    monkeypatch.setattr(pq, "ParquetWriter", refuse)
    with pytest.raises(OSError, match="No space"):
        write_batches([pa.record_batch([pa.array(["one"])], schema)], FileWriter(str(tmp_path), schema, ("doc_id",)))


def test_statistics_of_a_file_are_those_of_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("brickyard.data_files.ROW_GROUP_BYTES", 1)  # a row group for each batch
    schema = pa.schema([("doc_id", pa.string()), ("copies", pa.int64()), ("empty", pa.int64())])
    batches = [
        pa.record_batch([pa.array(["b", "c"]), pa.array([3, None]), pa.nulls(2, pa.int64())], schema),
        pa.record_batch([pa.array(["a"]), pa.array([7]), pa.nulls(1, pa.int64())], schema),
    ]
    (file,) = write_batches(batches, FileWriter(str(tmp_path), schema, ("doc_id", "copies", "empty")))
    assert json.loads(file.stats) == {
        "numRecords": 3,
        "minValues": {"doc_id": "a", "copies": 3},
        "maxValues": {"doc_id": "c", "copies": 7},
        "nullCount": {"doc_id": 0, "copies": 1, "empty": 3},
    }


def test_nothing_is_committed_after_the_lock_was_lost(spark, tmp_path):
    def lost():
        raise ConflictError("another run holds the warehouse")

    warehouse, rows = Warehouse(spark, str(tmp_path)), documents_of(spark, ["one"])
    storage.write(rows, warehouse, DOCUMENTS, "overwrite", "a", "s")
    second = storage.write(rows, warehouse, DOCUMENTS, "append", "b", "s")
    late = Warehouse(spark, str(tmp_path), lost)
    for change in (
        lambda: storage.write(rows, late, DOCUMENTS, "append", "c", "s"),
        lambda: storage.write_nothing(late, RECORDS, "overwrite", None, "c", "s"),
        lambda: storage.delete(late, DOCUMENTS, rows.select("doc_id"), "c", "s"),
        lambda: storage.update(late, DOCUMENTS, {"copies": 7}, "copies", [1], "c", "s"),
        lambda: storage.restore(late, DOCUMENTS, 0),
        lambda: housekeeping.purge(late, DOCUMENTS),
    ):
        with pytest.raises(ConflictError, match="another run"):
            change()
    assert storage.history(warehouse, DOCUMENTS)[0] == second
    assert not storage.exists(warehouse, RECORDS)
    assert storage.read(warehouse, DOCUMENTS, 0).count() == 1
