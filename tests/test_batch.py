"""Which files are new to a warehouse, and which are refused."""

from dataclasses import replace

import pytest
from brickyard.batch import Batch, new_files
from brickyard.errors import ConflictError
from brickyard.reading.listing import Listing
from brickyard.tables import FILES
from pyspark.sql import SparkSession

FILE = {
    "uri": "a.txt", "path": "/in/a.txt", "byte_length": 3, "refused": None, "sha256": "aa",
    "source": "s", "batch_id": "b", "reading": "{}",
}  # fmt: skip
BATCH = Batch("b", "digest", (FILE,), Listing())


def known(spark: SparkSession, **changes):
    row = {"source": "s", "uri": "a.txt", "byte_length": 3, "sha256": "aa", "records": 1, "quarantined": 0, "blank_lines": 0,
           "batch_id": "old", "reading": "{}"} | changes  # fmt: skip
    return spark.createDataFrame([row], FILES.schema)


@pytest.mark.parametrize(
    ("changes", "new"), [({}, []), ({"uri": "b.txt"}, ["a.txt"]), ({"source": "t"}, ["a.txt"]), ({"sha256": None}, ["a.txt"])]
)
def test_a_file_is_new_unless_it_was_read_under_its_source_and_uri(spark: SparkSession, changes: dict, new: list[str]):
    assert [row.uri for row in new_files(BATCH, known(spark, **changes)).collect()] == new


def test_other_bytes_are_refused_with_both_digests(spark: SparkSession):
    with pytest.raises(ConflictError, match=r"/in/a.txt.*then bb, now aa"):
        new_files(BATCH, known(spark, sha256="bb"))


def test_other_read_settings_are_refused_with_both_settings(spark: SparkSession):
    changed = replace(BATCH, files=({**FILE, "reading": '{"text_field": "body"}'},))
    with pytest.raises(ConflictError, match=r"other settings in \[input\] \(\{\}, now .*body"):
        new_files(changed, known(spark))
