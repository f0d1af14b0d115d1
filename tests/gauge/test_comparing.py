"""Comparison of classifiers: no row is told by a model that has seen it, and all methods tell the same rows."""

import numpy as np
from brickyard.gauge.classifiers import REGRESSIONS, TREES
from brickyard.gauge.comparing import compare
from brickyard.gauge.naive_bayes import METHODS
from pyspark.sql import functions as F

from tests.gauge.made_rows import frame_of


def test_words_of_one_document_each_tell_nothing_of_documents_held_out(spark) -> None:
    """Whoever saw a row knows its class by its word; to others all rows held out are alike."""
    labels = np.array([0, 0, 1] * 20)
    rows = frame_of(spark, np.eye(60), labels).withColumn("part", (F.col("id") % 2).cast("int"))
    told = compare(rows, [1])
    assert list(told) == [*METHODS, *REGRESSIONS, *TREES]
    for method, predictions in told.items():
        assert sorted(predictions.labels.tolist()) == sorted(labels[1::2].tolist()), method
        assert len(set(predictions.predicted.tolist())) == 1, method
        assert np.ptp(predictions.probabilities, 0).max() < 1e-9, method
