"""Leaks between splits: planted ones, each kind alone, and what is refused."""

import json
import random

import brickyard
import pandas as pd
import pytest
from brickyard.gauge import leakage
from brickyard.gauge.fields import field_of
from brickyard.gauge.figures import value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections.leakage import measure
from brickyard.gauge.shares import wilson
from brickyard.tables import CURATED, DECISIONS, RECORDS
from pyspark.sql import functions as F

from tests.tiny import edit, frame_of, pairs_of, random_text


def material_of(spark, rows, *pairs):
    """Records from (doc_id, group, split or None), ids are their places; a document s... is a semantic duplicate."""
    records = [
        {"record_id": f"{place:04}", "metadata": json.dumps({"split": split})} for place, (_, _, split) in enumerate(rows)
    ]
    decided = [
        {"record_id": f"{place:04}", "doc_id": doc, "final_representative_id": group, "representative_id": group,
         "reason": None if doc == group else "semantic_duplicate" if doc.startswith("s") else "near_duplicate"}
        for place, (doc, group, _) in enumerate(rows)
    ]  # fmt: skip
    curated = frame_of(spark, CURATED, [])
    pairs = pairs_of(spark, *((one, other, kind, 0.9, False) for one, other, kind in pairs))
    return Material(curated, frame_of(spark, RECORDS, records), frame_of(spark, DECISIONS, decided), pairs, None, None, None)


def leaks(spark, rows, *pairs):
    material = material_of(spark, rows, *pairs)
    placed = leakage.split_records(material.records, material.decisions, "split")
    return {row.doc_id: row.leak for row in leakage.leaks_of(placed, material.duplicate_pairs).collect()}


def test_each_kind_of_duplicate_in_training_is_found(spark):
    rows = [
        ("a", "a", "train"), ("a", "a", "test"),  # the same text
        ("b", "b", "Training "), ("b2", "b", "test"),  # in one group
        ("c", "c", "train"), ("c2", "c2", "test"),  # a near pair, though each is kept
        ("d", "d", "train"), ("e", "e", "validation"), ("e2", "e", "test"),  # groups that a semantic pair joins
        ("k", "k", "train"), ("k2", "k2", "test"),  # a pair has no direction
        ("m", "m", "train"), ("n", "n", "test"),
        ("r", "r", "train"), ("s2", "r", "test"),  # in one group, but not by a near pair
        ("f", "f", "train"), ("g", "g", "test"), ("h", "h", "test"),  # neither: their pair is not with training
        ("i", None, "train"), ("i", None, "test"),  # empty texts are nobody's duplicates
        ("f", "f", None),  # in no split
    ]  # fmt: skip
    found = leaks(
        spark,
        rows,
        ("c", "c2", "near"),
        ("e", "d", "semantic"),
        ("h", "g", "near"),
        ("k2", "k", "near"),
        ("m", "n", "semantic"),
    )
    wanted = {
        "a": "exact",
        "b2": "near",
        "c2": "near",
        "e": "semantic",
        "e2": "semantic",
        "k2": "near",
        "n": "semantic",
        "s2": "semantic",
        "g": None,
        "h": None,
    }
    assert found == wanted


@pytest.mark.parametrize(
    ("metadata", "name", "value"),
    [
        ('{"split": "test"}', "split", "test"),
        ('{"split": 3}', "split", "3"),
        ('{"split": null}', "split", None),
        ("{}", "split", None),
        ('{"my split\'s": "x"}', "my split's", "x"),
        ('{"meta": {"split": "dev"}}', "meta.split", "dev"),
        ('{"meta.split": "dev", "meta": {"split": "other"}}', "meta.split", "dev"),
        ('{"meta": 7}', "meta.split", None),
    ],
)
def test_fields_are_read_as_input_fields_are(spark, metadata, name, value):
    row = spark.range(1).select(field_of(F.lit(metadata), name).alias("value")).first()
    assert row.value == value


def test_shares_of_a_split(spark):
    rows = [(f"t{i}", f"t{i}", "train") for i in range(40)] + [(f"t{i}", f"t{i}", "test") for i in range(10)]
    rows += [(f"h{i}", f"h{i}", "test") for i in range(30)]
    found = measure(material_of(spark, rows, ("h0", "t39", "near")), Choices(split_column="split"))
    assert value_of(found.figures, "leaking_share", "test") == 11 / 40
    assert value_of(found.figures, "leaking_exact", "test") == 10 / 40
    assert value_of(found.figures, "leaking_near", "test") == 1 / 40
    assert value_of(found.figures, "leaking_semantic", "test") == 0
    assert [finding.verdict for finding in found.findings] == ["leaking"]
    assert "11 of 40 records of test (27.5%) are in training: 10 exact, 1 near" in found.findings[0].reason


@pytest.mark.parametrize(
    ("splits", "column", "sentence"),
    [
        (["train", "test"], None, "No field that says which split"),
        ([None, None], "split", "No record has a field split"),
        (["train", "train"], "split", "must tell train or training from other splits; it is train"),
        (["dev", "test"], "split", "must tell train or training from other splits; it is dev, test"),
        ([f"{i}" for i in range(30)], "split", "more than 20 values"),
    ],
)
def test_without_splits_it_is_refused(spark, splits, column, sentence):
    rows = [(f"d{place}", f"d{place}", split) for place, split in enumerate(splits)]
    (figure,) = measure(material_of(spark, rows), Choices(split_column=column)).figures
    assert figure.value is None
    assert sentence in figure.refusal


def test_the_share_of_a_tiny_split_is_refused(spark):
    found = measure(material_of(spark, [("a", "a", "train"), ("a", "a", "test")]), Choices(split_column="split"))
    assert value_of(found.figures, "leaking_share", "test") is None
    assert found.findings[0].verdict == "leaking"


def test_planted_leaks_are_found(spark):
    """Exact and lightly edited copies of training texts in the test split: recall at least .99, and no false alarm."""
    source = random.Random(3)
    texts = [random_text(source, 60, 3000) for _ in range(400)]
    rows = [(" ".join(words), "train", False) for words in texts]
    rows += [(" ".join(words), "test", True) for words in texts[:60]]
    rows += [(" ".join(edit(source, words, 1)), "test", True) for words in texts[60:160]]
    rows += [(" ".join(random_text(source, 60, 3000)), "test", False) for _ in range(140)]
    source.shuffle(rows)
    documents = spark.createDataFrame(pd.DataFrame({"id": range(len(rows)), "text": [text for text, _, _ in rows]}))
    found = brickyard.near_duplicates(documents, id="id", text="text", min_jaccard=0.7).orderBy("id").collect()
    material = material_of(spark, [(str(row.id), str(row.representative), rows[row.id][1]) for row in found])
    placed = leakage.split_records(material.records, material.decisions, "split")
    leaking = {int(row.doc_id) for row in leakage.leaks_of(placed, material.duplicate_pairs).collect() if row.leak}
    planted = {place for place, row in enumerate(rows) if row[2]}
    assert len(leaking & planted) >= 0.99 * 160
    assert not leaking - planted


def test_wilsons_interval_of_the_textbook():
    """Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, and 0 of 20."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
