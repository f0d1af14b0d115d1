"""One document for each distinct text."""

from brickyard.stages.exact_duplicates import group, group_exact_duplicates, texts_of
from brickyard.tables import DOCUMENTS, RECORDS
from chispa import assert_df_equality
from pyspark.sql import functions as F

from tests.tiny import doc_id_of, frame_of, record_row, records_of


def rows_of(frame):
    return {(row.doc_id, row.copies, row.first_record_id) for row in frame.collect()}


def test_records_with_one_text_are_one_document(spark):
    records = records_of(spark, ["one two", "three", "one two"])
    documents = group(records)
    expected = [record_row(0, "one two") | {"copies": 2}, record_row(1, "three") | {"copies": 1}]
    expected = frame_of(spark, DOCUMENTS, ({**row, "first_record_id": row["record_id"]} for row in expected))
    assert_df_equality(documents, expected, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)


def test_texts_that_differ_in_white_space_at_line_ends_are_one_document(spark):
    texts = ["a  \r\nb\n\n", "a\nb", "a\rb \t", " a\nb"]
    documents = group(records_of(spark, texts))
    assert {(row.doc_id, row.copies) for row in documents.collect()} == {(doc_id_of("a\nb"), 3), (doc_id_of(" a\nb"), 1)}


def test_the_smallest_source_then_uri_then_position_stands_for_a_text(spark):
    places = [("s2", "a", 0), ("s1", "b", 0), ("s1", "a", 10), ("s1", "a", 9)]
    rows = [record_row(position, "x", uri, source=source, record_id=f"{i}") for i, (source, uri, position) in enumerate(places)]
    documents = group(frame_of(spark, RECORDS, rows))
    assert rows_of(documents) == {(doc_id_of("x"), 4, "3")}


def test_the_text_of_a_document_is_that_of_the_record_that_stands_for_it(spark):
    records = records_of(spark, ["a \n", "a", "b"])
    documents = group(records)
    found = {(row.doc_id, row.text) for row in texts_of(documents, records).collect()}
    assert found == {(doc_id_of("a"), "a \n"), (doc_id_of("b"), "b")}


def test_no_records_are_no_documents(spark):
    assert rows_of(group(records_of(spark, []))) == set()


def test_a_batch_groups_anew_only_the_texts_that_it_brings_and_gives_what_all_at_once_gives(spark):
    rows = [record_row(i, text, batch_id="one") for i, text in enumerate(["a", "b", "a", "c"])]
    rows += [record_row(i, text, uri, batch_id="two") for i, (text, uri) in enumerate([("a", "0"), ("c", "z"), ("d", "z")])]
    records = frame_of(spark, RECORDS, rows)
    earlier = group(records.where("batch_id = 'one'")).withColumn("char_count", F.lit(99).cast("bigint"))
    (documents,) = group_exact_duplicates(records, earlier, "two", first=False).frames
    assert rows_of(documents) == rows_of(group(records))
    assert {row.doc_id for row in documents.where("char_count = 99").collect()} == {doc_id_of("b")}
