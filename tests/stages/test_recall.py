"""The recall meter: what it plants is what it says, and a run that finds nothing is told so."""

import random

import pytest
from brickyard.config import NearDuplicates
from brickyard.stages.recall import measure_recall, plant_copies
from pyspark.sql import functions as F

from tests.stages.test_near_duplicates import signed_of
from tests.tiny import documents_of, jaccard_of, random_text, records_of, shingles_of

CONFIG = NearDuplicates(ngram=3)


@pytest.fixture(scope="module")
def texts():
    source = random.Random(31)
    return [" ".join(random_text(source, 150, 10**6)) for _ in range(40)] + ["too short to be planted"]


@pytest.fixture(scope="module")
def tables(spark, texts):
    """documents, records and signatures of the texts."""
    counted = documents_of(spark, texts).withColumn("word_count", F.when(F.col("char_count") > 100, 150).otherwise(5))
    records = records_of(spark, texts)
    return counted, records, signed_of(records, CONFIG)


def test_copies_have_the_similarity_that_is_reported(tables, texts):
    documents, records, _ = tables
    plants = plant_copies(documents, records, CONFIG, 30).collect()
    text_of = {row.doc_id: row.text for row in records.collect()}
    assert len({row.original for row in plants}) == 30
    for row in plants:
        exact = jaccard_of(shingles_of(text_of[row.original], 3), shingles_of(row.text, 3))
        assert row.similarity == pytest.approx(exact, abs=1e-9)


def test_every_copy_above_the_threshold_is_planted_once_and_found(tables):
    documents, records, signatures = tables
    plants = plant_copies(documents, records, CONFIG, 40).collect()
    similar = [row.similarity for row in plants if row.similarity >= CONFIG.min_jaccard]
    rows = measure_recall(documents, records, signatures, CONFIG, 40).collect()
    assert sum(row.planted for row in rows) == sum(row.found for row in rows) == len(similar) > 15
    by_theory = [1 - (1 - s ** (CONFIG.permutations // CONFIG.bands)) ** CONFIG.bands for s in similar]
    assert sum(row.expected * row.planted for row in rows) == pytest.approx(sum(by_theory))
    assert all(row.similarity_from < row.similarity_to <= 1 for row in rows)


def test_copies_that_share_no_band_with_their_document_are_not_found(tables):
    documents, records, signatures = tables
    blank = signatures.withColumn("bands", F.encode(F.rpad("doc_id", 8 * CONFIG.bands, "x"), "US-ASCII"))
    rows = measure_recall(documents, records, blank, CONFIG, 40).collect()
    assert sum(row.planted for row in rows) > 15
    assert sum(row.found for row in rows) == 0


def test_texts_without_spaces_are_edited_too(spark):
    source = random.Random(5)
    texts = ["".join(chr(source.randrange(0x4E00, 0x9FA0)) for _ in range(300)) for _ in range(30)]
    documents = documents_of(spark, texts).withColumn("word_count", F.lit(300))
    plants = plant_copies(documents, records_of(spark, texts), CONFIG, 30).collect()
    assert {row.edit for row in plants if row.similarity == 1} <= {"case", "punctuation"}
    assert sum(row.similarity < 1 for row in plants) > 10
