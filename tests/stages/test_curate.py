"""The kept documents, with weights."""

from brickyard.stages.curate import curate
from brickyard.tables import DECISIONS, RECORDS, TOKEN_SEQUENCES
from tokenizers import Tokenizer, models

from tests.tiny import frame_of, record_row


def verdict(row, final, kept):
    return {"record_id": row["record_id"], "doc_id": row["doc_id"], "kept": kept, "final_representative_id": final}


def curated_of(spark, tokens=(), folder=""):
    """`a` stands for itself, a copy and `b`; `c` for itself; the empty text for nothing."""
    more = {"external_id": "x1", "label": "l", "metadata": '{"m":1}'}
    a, copy, b, c, empty = (record_row(i, text, **more) for i, text in enumerate(["one two", "one two", "b", "c", ""]))
    kept_a, kept_c = a["doc_id"], c["doc_id"]
    decisions = [verdict(a, kept_a, True), verdict(copy, kept_a, False), verdict(b, kept_a, False)]
    decisions += [verdict(c, kept_c, True), verdict(empty, None, False)]
    records = frame_of(spark, RECORDS, [a, copy, b, c, empty])
    result = curate(records, frame_of(spark, DECISIONS, decisions), frame_of(spark, TOKEN_SEQUENCES, tokens), folder)
    return [a, c], {row.doc_id: row.asDict() for row in result.frames[0].collect()}


def test_only_kept_documents_with_the_columns_of_the_record_that_stands_for_them(spark):
    kept, curated = curated_of(spark)
    names = ("record_id", "external_id", "source", "uri", "text", "label", "metadata", "word_count")
    found = {name: {column: row[column] for column in names} for name, row in curated.items()}
    assert found == {row["doc_id"]: {column: row[column] for column in names} for row in kept}


def test_the_weight_counts_all_records_that_a_document_stands_for(spark):
    (a, c), curated = curated_of(spark)
    assert {name: row["weight"] for name, row in curated.items()} == {a["doc_id"]: 3, c["doc_id"]: 1}


def test_the_token_count_is_that_of_the_sequence_or_null(spark, tmp_path):
    a = record_row(0, "one two")["doc_id"]
    Tokenizer(models.BPE({}, [])).save(str(tmp_path / "t.json"))
    tokens = [{"doc_id": a, "tokenizer": "t", "token_ids": [7, 8, 9], "token_count": 3}]
    (_, c), curated = curated_of(spark, tokens, str(tmp_path))
    assert {name: row["token_count"] for name, row in curated.items()} == {a: 3, c["doc_id"]: None}
