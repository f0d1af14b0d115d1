"""Tables are read as they were written, whatever their folder is called."""

import pytest
from brickyard import storage
from brickyard.storage import Warehouse
from brickyard.tables import DOCUMENTS

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
