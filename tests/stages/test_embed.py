"""Vectors for the documents that are still kept."""

import numpy as np
import pytest
from brickyard.config import Embed
from brickyard.stages.embed import add_embeddings, embed_inputs, load_model, model_row, text_embeddings
from brickyard.tables import EMBEDDINGS
from brickyard.vectors.models.hashed import fit
from pyspark.sql import functions as F

from tests.tiny import doc_id_of, documents_of, frame_of, pairs_of, records_of

TEXTS = ["red green blue", "Blue! green? red.", "red green blue yellow", "--- !", "", "größe слово 一二"]
SMALL = Embed(dimension=16)


def vectors_of(spark, texts=TEXTS, pairs=(), config=SMALL, partitions=2):
    documents, records = documents_of(spark, texts), records_of(spark, texts)
    inputs = (documents, records.repartition(partitions), pairs_of(spark, *pairs), frame_of(spark, EMBEDDINGS, []), None, None)
    frame = add_embeddings(*inputs, config, "auto", same=False).frames[0]
    return {row.doc_id: (row.model, row.vector) for row in (frame.collect() if frame else [])}


def test_every_document_with_a_text_gets_a_vector_of_the_dimension(spark):
    vectors = vectors_of(spark)
    assert set(vectors) == {doc_id_of(text) for text in TEXTS if text}
    assert {len(vector) for _, vector in vectors.values()} == {16}


def test_vectors_are_of_unit_length_and_zero_without_words(spark):
    lengths = {name: round(float(np.linalg.norm(vector)), 6) for name, (_, vector) in vectors_of(spark).items()}
    assert {name: 0 if name == doc_id_of("--- !") else 1 for name in lengths} == lengths


def test_texts_with_the_same_words_have_the_same_vector(spark):
    vectors = {name: vector for name, (_, vector) in vectors_of(spark).items()}
    assert vectors[doc_id_of(TEXTS[0])] == vectors[doc_id_of(TEXTS[1])] != vectors[doc_id_of(TEXTS[2])]


def test_dropped_documents_get_no_vector_but_merely_paired_ones_do(spark):
    one, other, third = (doc_id_of(text) for text in TEXTS[:3])
    vectors = vectors_of(spark, pairs=[(one, third, "near", 0.8, True), (other, third, "near", 0.8, False)])
    assert one not in vectors
    assert {other, third} <= set(vectors)


def test_the_model_is_named_for_the_document_frequencies(spark):
    models = [{model for model, _ in vectors_of(spark, texts).values()} for texts in (TEXTS, TEXTS[::-1], TEXTS[:3])]
    assert [len(names) for names in models] == [1, 1, 1]
    assert models[0] == models[1] != models[2]


def test_the_number_of_partitions_does_not_matter(spark):
    assert vectors_of(spark, partitions=5) == vectors_of(spark)


def test_model_off_gives_no_vectors(spark):
    assert vectors_of(spark, config=Embed(model="off")) == {}


def test_no_documents_give_no_vectors(spark):
    assert vectors_of(spark, ["", " "]) == {}


def test_a_stored_model_gives_new_texts_the_vectors_of_its_fit(spark):
    texts = spark.createDataFrame([(str(number), text) for number, text in enumerate(TEXTS)], "doc_id string, text string")
    model = fit(texts, 16)
    loaded = load_model(model_row(spark, model).union(model_row(spark, fit(texts.limit(1), 16))), model.name)
    assert (loaded.name, loaded.documents) == (model.name, len(TEXTS))
    together = {row.doc_id: row for row in text_embeddings(texts, "hashed", 16).collect()}
    alone = embed_inputs(texts.where("doc_id = '2'"), loaded).collect()
    assert alone == [together["2"]]


def test_a_damaged_or_missing_model_is_refused(spark):
    texts = spark.createDataFrame([("a", "red")], "doc_id string, text string")
    model = fit(texts, 16)
    with pytest.raises(ValueError, match="no vector model hashed-9"):
        load_model(model_row(spark, model), "hashed-9")
    with pytest.raises(ValueError, match="damaged"):
        load_model(model_row(spark, model).withColumn("documents", F.lit(7).cast("bigint")), model.name)
