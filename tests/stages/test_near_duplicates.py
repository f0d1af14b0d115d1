"""Near duplicates against the definition, recomputed by trying every pair."""

import itertools
import random

import pytest
from brickyard.config import NearDuplicates
from brickyard.graphs import candidates
from brickyard.stages.near_duplicates import pair_near_duplicates
from brickyard.stages.signatures import add_signatures
from brickyard.tables import DUPLICATE_PAIRS, RECORDS
from pyspark.sql import functions as F

from tests.tiny import (
    choose_greedily,
    doc_id_of,
    documents_of,
    edit,
    frame_of,
    jaccard_of,
    random_text,
    record_row,
    records_of,
    shingles_of,
)

EVERY_PAIR = NearDuplicates(ngram=3, permutations=128, bands=128, min_jaccard=0.7)
"""Bands of one row: a pair at 0.7 is missed with probability 0.3^128, so the answer must be the definition's."""


def family(source, words):
    """A text and edited copies of it and of its copies, about the threshold."""
    first = random_text(source, words)
    second = edit(source, first, 3)
    return [first, second, edit(source, second, 3), edit(source, first, 1), edit(source, first, 6)]


@pytest.fixture(scope="module")
def texts():
    source = random.Random(20)
    documents = [" ".join(words) for _ in range(11) for words in family(source, source.randrange(45, 80))]
    return [*documents, "two words", "Two, words!", "two words more", "--- ***", "!", "一二三四五六七", "一二三四五六七八"]


def by_definition(texts, ngram, min_jaccard, preference=lambda text: 0):
    """The greedy choice among all pairs."""
    shingles = {doc_id_of(text): shingles_of(text, ngram) for text in texts}
    ordered = [doc_id_of(text) for text in sorted(texts, key=lambda text: (-preference(text), -len(text), doc_id_of(text)))]
    similar = {frozenset(pair): jaccard_of(*(shingles[name] for name in pair)) for pair in itertools.combinations(ordered, 2)}
    return choose_greedily(ordered, {pair: value for pair, value in similar.items() if value >= min_jaccard})


def signed_of(records, config, batch_id="b"):
    texts = records.dropDuplicates(["doc_id"]).select("doc_id", "text")
    return add_signatures(texts, config).withColumnRenamed("size", "shingle_count").withColumn("batch_id", F.lit(batch_id))


def pair(documents, records, config):
    """As the first batch does it: nothing is known, all is new."""
    known = records.sparkSession.createDataFrame([], DUPLICATE_PAIRS.schema)
    return pair_near_duplicates(documents, records, signed_of(records, config), known, None, config, "b", True)


def found_in(spark, texts, config):
    result = pair(documents_of(spark, texts), records_of(spark, texts), config)
    return result.frames[0].collect(), result.counts


def chosen_of(rows):
    return {row.doc_id: row.other_id for row in rows if row.chosen}


def test_pairs_and_choice_are_those_of_the_definition(spark, texts):
    rows, counts = found_in(spark, texts, EVERY_PAIR)
    wanted = by_definition(texts, 3, 0.7)
    assert len(wanted.representative) > 15
    assert {(row.doc_id, row.other_id): row.similarity for row in rows} == wanted.pairs
    assert chosen_of(rows) == wanted.representative
    assert {(row.kind, row.complete) for row in rows} == {("near", True)}
    assert counts["pairs_compared"] >= len(rows)


def test_pairs_just_below_the_threshold_are_near_misses_with_their_exact_similarity(spark, texts):
    result = pair(documents_of(spark, texts), records_of(spark, texts), EVERY_PAIR)
    misses = {(row.doc_id, row.other_id): row.similarity for row in result.frames[1].collect()}
    lower = by_definition(texts, 3, 0.6).pairs
    assert len(misses) > 3
    assert misses.items() <= {pair: similarity for pair, similarity in lower.items() if similarity < 0.7}.items()


def test_with_crowds_the_kept_set_is_the_same_and_their_pairs_are_marked_incomplete(spark, texts, monkeypatch):
    monkeypatch.setattr(candidates, "CROWD", 1)  # every bucket
    rows, _ = found_in(spark, texts, EVERY_PAIR)
    wanted = by_definition(texts, 3, 0.7)
    assert chosen_of(rows) == wanted.representative
    assert {(row.doc_id, row.other_id): row.similarity for row in rows}.items() <= wanted.pairs.items()
    assert len(rows) < len(wanted.pairs)
    assert not any(row.complete for row in rows)


def test_every_examined_pair_is_counted_once_by_how_it_was_decided(spark):
    words = [f"w{i}" for i in range(40)]
    texts = [words, [*words[1:], "x"], words[:20] + [f"y{i}" for i in range(20)], words[:30] + [f"z{i}" for i in range(200)]]
    config = NearDuplicates(ngram=1, permutations=128, bands=128, min_jaccard=0.7)  # all of the pairs share a band
    _, counts = found_in(spark, [" ".join(words) for words in texts], config)
    assert counts == {"pairs_compared": 1, "pairs_rejected_by_signature": 2, "pairs_rejected_by_length": 3}


def test_a_document_similar_to_a_dropped_one_only_is_kept(spark):
    words = [f"w{i:03}" for i in range(130)]
    a, b, c = (" ".join(words[start:end]) for start, end in ((0, 100), (12, 110), (26, 122)))
    rows, _ = found_in(spark, [c, a, b], NearDuplicates(bands=128))
    a, b, c = map(doc_id_of, (a, b, c))
    assert {(row.doc_id, row.other_id, row.chosen) for row in rows} == {(b, a, True), (c, b, False)}


def test_the_most_similar_kept_document_stands_for_a_dropped_one(spark):
    words = [f"w{i:03}" for i in range(140)]
    longest, closest, dropped = (" ".join(words[start:end]) for start, end in ((0, 102), (19, 120), (12, 110)))
    rows, _ = found_in(spark, [longest, closest, dropped], NearDuplicates(bands=128, min_jaccard=0.75))
    assert chosen_of(rows) == {doc_id_of(dropped): doc_id_of(closest)}
    assert len(rows) == 2


def test_short_texts_are_compared_by_all_their_words(spark):
    texts = ["two words", "Two, words!", "two words more", "words two"]
    rows, _ = found_in(spark, texts, NearDuplicates())
    assert chosen_of(rows) == {doc_id_of("two words"): doc_id_of("Two, words!")}


def test_texts_without_words_never_match(spark):
    rows, counts = found_in(spark, ["!!!", "???", "***", ""], NearDuplicates(min_jaccard=0.01))
    assert rows == []
    assert sum(counts.values()) == 0


def test_the_highest_number_of_the_priority_field_stands_before_the_longest(spark):
    short, middle, long = ("a b c d e f", "A, B, C, D, E, F", "a. b. c. d. e. f. !!")
    rows = [record_row(0, short, metadata='{"stars": 2}'), record_row(1, short, metadata='{"stars": "11"}')]
    rows += [record_row(2, middle, metadata='{"stars": 9.5}'), record_row(3, long, metadata='{"other": 99}')]
    records, documents = frame_of(spark, RECORDS, rows), documents_of(spark, [short, short, middle, long])
    result = pair(documents, records, NearDuplicates(keep="priority:stars"))
    ids = {doc_id_of(short): "short", doc_id_of(middle): "middle", doc_id_of(long): "long"}
    found = {(ids[row.doc_id], ids[row.other_id]) for row in result.frames[0].collect()}
    assert found == {("middle", "short"), ("long", "short"), ("long", "middle")}


def test_the_order_and_number_of_partitions_do_not_matter(spark, texts):
    shuffled = random.Random(7).sample(texts, len(texts))
    documents, records = documents_of(spark, shuffled), records_of(spark, shuffled)
    result = pair(documents.repartition(7), records.repartition(7), EVERY_PAIR)
    assert chosen_of(result.frames[0].collect()) == by_definition(texts, 3, 0.7).representative
