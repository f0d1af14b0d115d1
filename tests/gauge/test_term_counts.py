"""Counts of hashed words, and which of them trees get to see."""

from collections import Counter

import numpy as np
from brickyard.gauge.term_counts import add_term_counts, document_counts, most_frequent

from tests.tiny import words_of

TEXTS = ["the cat, the Cat and THE dog", "dog", "", "猫 と 犬", "dog dog bird"]


def featured_of(spark, texts, buckets=1 << 18):
    rows = [(f"d{i}", text, i % 2) for i, text in enumerate(texts)]
    return add_term_counts(spark.createDataFrame(rows, "doc_id string, text string, label int"), buckets)


def test_counts_are_those_of_the_words_wherever_these_are_hashed(spark) -> None:
    featured = featured_of(spark, TEXTS)
    assert featured.columns == ["doc_id", "label", "features"]
    rows = {row.doc_id: row.features for row in featured.collect()}
    place = {}
    for word in {word for text in TEXTS for word in words_of(text)}:
        (place[word],) = featured_of(spark, [word]).first().features.indices.tolist()
    assert len(set(place.values())) == len(place)
    for i, text in enumerate(TEXTS):
        expected = {place[word]: count for word, count in Counter(words_of(text)).items()}
        assert dict(zip(rows[f"d{i}"].indices.tolist(), rows[f"d{i}"].values.tolist(), strict=True)) == expected


def test_document_counts_are_of_documents_and_trees_get_the_most_frequent(spark) -> None:
    featured = featured_of(spark, TEXTS, 64)
    matrix = np.array([row.features.toArray() for row in featured.orderBy("doc_id").collect()])
    counts = document_counts(featured)
    assert counts.tolist() == (matrix > 0).sum(0).tolist()
    narrow = np.array([row.features.toArray() for row in most_frequent(featured, counts, 2).orderBy("doc_id").collect()])
    ranked = sorted(range(64), key=lambda place: (-counts[place], place))
    assert narrow.tolist() == matrix[:, sorted(ranked[:2])].tolist()
    assert most_frequent(featured, counts, 1000).first().features.size == (counts > 0).sum()
