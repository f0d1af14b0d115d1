"""Wrong labels among real messages: planted ones are found."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from brickyard.gauge.label_noise import most_doubtful, wrong_labels
from brickyard.gauge.neighbours import nearest
from brickyard.text.words import folded_bytes
from brickyard.vectors.hashed import document_frequencies, hashed_vectors, inverse_frequencies

DATA = os.environ.get("BRICKYARD_DATA")


@pytest.mark.skipif(not DATA, reason="BRICKYARD_DATA names no folder with data/sms_spam")
def test_flipped_labels_of_messages_are_counted_and_most_of_the_most_doubtful_are_flipped() -> None:
    lines = (Path(DATA) / "data" / "sms_spam" / "SMSSpamCollection.tsv").read_text().splitlines()
    names, texts = zip(*[line.split("\t", 1) for line in lines[:2000]], strict=True)
    labels = np.array([name == "spam" for name in names], int)
    folded = folded_bytes(pa.array(texts))
    vectors = hashed_vectors(*folded, inverse_frequencies(document_frequencies(*folded), len(texts)), 256)
    flipped = np.random.default_rng(0).choice(2000, 160, replace=False)
    given = labels.copy()
    given[flipped] = 1 - labels[flipped]
    rows = nearest(vectors, {2000: 15})[2000].rows
    clean, dirty = (wrong_labels(some[rows], some, 2) for some in (labels, given))
    assert clean.share < 0.05
    assert 0.06 < dirty.share < 0.14
    assert np.isin(most_doubtful(dirty, given, 10), flipped).sum() >= 8
