"""The section on classifiers: what it says of texts of which the answer is known, and what it refuses."""

import random

import numpy as np
import pytest
from brickyard.gauge.figures import value_of
from brickyard.gauge.labelled_sample import LabelledSample
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.scores import Predictions
from brickyard.gauge.sections import classifiers
from brickyard.gauge.sections.classifiers import measure

SHARED, OWN = [f"shared{i}" for i in range(40)], ["offer", "prize"]


def texts_of(sizes: dict[str, int], seed: int = 1) -> list[tuple[str, str]]:
    """Documents of shared words; those of `spam` hold one of its own words in four of five, those of others in one of ten."""
    source = random.Random(seed)
    rows = []
    for label, size in sizes.items():
        for _ in range(size):
            words = source.choices(SHARED, k=source.randint(5, 12))
            if source.random() < (0.8 if label == "spam" else 0.1):
                words += source.choices(OWN, k=2)
            rows.append((" ".join(words), label))
    return rows


def material_of(spark, rows, split=None) -> Material:
    numbered = [(f"d{i:04d}", text, label, split and split[i]) for i, (text, label) in enumerate(rows)]
    documents = spark.createDataFrame(numbered, "doc_id string, text string, label string, split string").cache()
    return Material(
        documents.select("doc_id", "text"), None, None, None, documents.select("doc_id", "label", "split"), None, None
    )


@pytest.fixture(scope="module")
def measured(spark):
    return measure(material_of(spark, texts_of({"ham": 450, "spam": 50})), Choices())


def test_a_small_class_is_misled_and_weights_cure_it(measured) -> None:
    recall = {
        name: value_of(measured.figures, "minority_recall", name) for name in ("naive Bayes", "naive Bayes, classes weighted")
    }
    assert recall["naive Bayes"] < 0.5 < recall["naive Bayes, classes weighted"]
    (finding,) = measured.findings
    assert finding.verdict == "imbalanced"
    assert finding.reason.startswith("A class with more rows wins, by features that overlap or by smoothing: naive Bayes finds")
    assert f"{recall['naive Bayes']:.3f} of `spam` (50 documents)" in finding.reason
    assert f" and {recall['naive Bayes, classes weighted']:.3f} (balanced accuracy +" in finding.reason


def test_every_method_has_its_figures_in_their_intervals_and_a_curve(measured) -> None:
    shown = [one for one in measured.figures if one.name in ("balanced_accuracy", "minority_recall", "log_loss")]
    assert len(shown) == 3 * 11
    assert all(one.low <= one.value <= one.high and one.low < one.high and one.valid for one in shown)
    assert {(one.series, one.x) for one in measured.points} == {(one.subject, x) for one in shown for x in (1.0, 2.0)}
    assert value_of(measured.figures, "imbalance_ratio", "ham : spam") == 9


def test_where_classes_are_alike_in_size_there_is_nothing_to_cure(spark) -> None:
    rows = texts_of({"ham": 120, "spam": 120, "rare": 4})
    found = measure(material_of(spark, rows, [["train", "train", "test"][i % 3] for i in range(len(rows))]), Choices())
    (finding,) = found.findings
    assert finding.verdict == "enough" and finding.reason.startswith("There is no advantage of large classes to cure")
    assert value_of(found.figures, "classes_left_out") == 1
    assert "the test rows of the split" in found.figures[0].valid


def told(plain, cured) -> dict[str, Predictions]:
    """What the methods say of 400 and 40 rows: so many of each class found, without weights and with them."""
    labels = np.repeat([0, 1], [400, 40])

    def found(shares):
        right = np.r_[np.arange(400) < 400 * shares[0], np.arange(40) < 40 * shares[1]]
        predicted = np.where(right, labels, 1 - labels)
        return Predictions(labels, predicted, np.eye(2)[predicted], np.ones(440))

    names = ("naive Bayes", "naive Bayes, classes weighted", "tree of depth 5")
    return dict(zip(names, map(found, (plain, cured, plain)), strict=True))


def test_of_classes_alike_in_size_none_is_called_small() -> None:
    sample = LabelledSample(None, ["a", "b"], [40, 40], 0, [1], False)
    (finding,) = classifiers._findings(told((0.95, 0.55), (0.95, 0.55)), sample, 0)
    assert finding.verdict == "enough"


@pytest.mark.parametrize(
    ("plain", "cured", "verdict", "words"),
    [
        ((0.99, 0.10), (0.62, 0.35), "imbalanced", "The small class is found less often than the large one"),
        ((0.99, 0.10), (0.98, 0.80), "imbalanced", "A class with more rows wins"),
        ((0.90, 0.95), (0.90, 0.95), "enough", "gains little, if anything"),
        ((0.90, 0.95), (0.40, 0.85), "enough", "would cost some of it"),
    ],
)
def test_what_weights_do_is_said_as_it_is(plain, cured, verdict, words) -> None:
    sample = LabelledSample(None, ["ham", "spam"], [400, 40], 0, [1], False)
    (finding,) = classifiers._findings(told(plain, cured), sample, 0)
    assert (finding.verdict, words in finding.reason) == (verdict, True), finding.reason


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (None, "No document has a label"),
        ([("one text", "ham")] * 300, "at least two classes"),
        (texts_of({"ham": 90, "spam": 60}), "150 labelled documents are too few"),
        ([("one text", "ham")] * 150 + [("one text", "spam")] * 150, "same words"),
        ([("", "ham")] * 150 + [("", "spam")] * 150, "same words"),
    ],
    ids=["no labels", "one class", "few rows", "one text", "no words"],
)
def test_what_cannot_be_told_is_refused_in_a_sentence(spark, rows, said: str) -> None:
    material = Material(spark.range(0), None, None, None, None, None, None) if rows is None else material_of(spark, rows)
    found = measure(material, Choices())
    assert {one.name for one in found.figures} == {"balanced_accuracy", "minority_recall", "log_loss"}
    assert all(one.value is None and said in one.refusal for one in found.figures)
    assert not found.points and not found.findings
