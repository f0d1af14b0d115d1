"""One verdict for each record."""

from brickyard.stages.decide import decide
from brickyard.tables import DECISIONS
from chispa import assert_df_equality

from tests.tiny import doc_id_of, documents_of, frame_of, id_of, pairs_of, records_of

A, B, C = (doc_id_of(text) for text in "abc")


def decisions_of(spark, texts, *pairs):
    """(position, kept, stage, reason, representative, final representative, similarity) of each record."""
    ids = {id_of("tests", "a.jsonl", str(position)): position for position in range(len(texts))}
    result = decide(records_of(spark, texts), documents_of(spark, texts), pairs_of(spark, *pairs))
    rows = [row.asDict() for row in result.frames[0].collect()]
    wanted = ("kept", "stage", "reason", "representative_id", "final_representative_id", "similarity")
    return {(ids[row["record_id"]], *(row[name] for name in wanted)) for row in rows}, result.counts


def test_a_document_without_a_pair_is_kept_and_stands_for_itself(spark):
    found, counts = decisions_of(spark, ["a"])
    assert found == {(0, True, None, None, A, A, None)}
    assert counts == {}


def test_a_copy_of_a_kept_document_is_an_exact_duplicate(spark):
    found, counts = decisions_of(spark, ["a", "a"])
    assert found == {
        (0, True, None, None, A, A, None),
        (1, False, "exact_duplicates", "exact_duplicate", A, A, 1.0),
    }
    assert counts == {"exact_duplicate": 1}


def test_every_record_of_a_dropped_document_carries_its_verdict(spark):
    found, counts = decisions_of(spark, ["a", "b", "b"], (B, A, "near", 0.8, True))
    dropped = (False, "near_duplicates", "near_duplicate", A, A, 0.8)
    assert found == {(0, True, None, None, A, A, None), (1, *dropped), (2, *dropped)}
    assert counts == {"near_duplicate": 2}


def test_an_empty_text_is_dropped_without_a_representative(spark):
    found, counts = decisions_of(spark, [" \n", "", "a"])
    dropped = (False, "exact_duplicates", "empty_text", None, None, None)
    assert {row for row in found if row[0] < 2} == {(0, *dropped), (1, *dropped)}
    assert counts == {"empty_text": 2}


def test_a_pair_that_was_not_chosen_drops_nothing(spark):
    found, _ = decisions_of(spark, ["a", "b"], (B, A, "near", 0.8, False), (B, A, "semantic", 0.99, False))
    assert {row[1] for row in found} == {True}


def test_the_final_representative_follows_a_representative_that_fell_later(spark):
    found, _ = decisions_of(spark, ["a", "b", "c"], (C, B, "near", 0.75, True), (B, A, "semantic", 0.98, True))
    assert found == {
        (0, True, None, None, A, A, None),
        (1, False, "semantic_duplicates", "semantic_duplicate", A, A, 0.98),
        (2, False, "near_duplicates", "near_duplicate", B, A, 0.75),
    }


def test_a_near_verdict_comes_before_a_semantic_one(spark):
    found, _ = decisions_of(spark, ["a", "b", "c"], (C, B, "near", 0.75, True), (C, A, "semantic", 0.98, True))
    assert (2, False, "near_duplicates", "near_duplicate", B, B, 0.75) in found


def test_decisions_have_the_columns_of_their_table(spark):
    records, documents = records_of(spark, ["a"]), documents_of(spark, ["a"])
    row = {"record_id": id_of("tests", "a.jsonl", "0"), "doc_id": A, "kept": True}
    expected = frame_of(spark, DECISIONS, [{**row, "representative_id": A, "final_representative_id": A}])
    found = decide(records, documents, pairs_of(spark)).frames[0].select(DECISIONS.schema.names)
    assert_df_equality(found, expected, ignore_nullable=True, ignore_metadata=True)
