"""The learning curve of a release: its learner against a slow one, its verdicts on planted cases."""

import random
from dataclasses import replace

import numpy as np
import pytest
from brickyard.gauge.learning_curves import Forecast
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import learning_curve
from brickyard.gauge.word_counts import count_words
from scipy.sparse import csr_matrix


def documents(spark, make, rows: int):
    """`make(number)` gives the label and the text of a document."""
    made = [(f"{number:032x}", *make(number)) for number in range(rows)]
    curated = spark.createDataFrame([(one, text) for one, _, text in made], "doc_id string, text string")
    labelled = spark.createDataFrame(
        [(one, label, None, 1) for one, label, _ in made], "doc_id string, label string, split string, weight bigint"
    )
    return Material(curated, curated, curated, curated, labelled, None, None)


def test_naive_bayes_is_that_of_the_formula():
    draws = np.random.default_rng(0)
    words, labels = draws.integers(0, 4, (30, 7)), draws.integers(0, 3, 30)
    found = learning_curve.naive_bayes(csr_matrix(words.astype(float)), labels, 3)
    per_class = words.sum() / 3
    for one in range(3):
        counts = words[labels == one].sum(axis=0)
        weighted = counts * per_class / counts.sum() + 1
        assert found[one] == pytest.approx(np.log(weighted / weighted.sum()))


def test_balanced_error_counts_every_class_alike():
    labels, guessed = np.array([0, 0, 0, 0, 2, 2]), np.array([0, 0, 0, 0, 0, 2])
    assert learning_curve.balanced_error(labels, guessed) == pytest.approx(0.25)


def test_words_are_counted_and_small_classes_left_out(spark):
    texts = [("a", "One one two"), ("b", "two"), ("a", "Three"), ("rare", "x"), ("b", "")]
    given = documents(spark, lambda number: texts[number], 5)
    counts = count_words(given.curated, given.labelled, 10, 2, 0)
    assert (counts.classes, counts.left_out) == (["a", "b"], ["rare"])
    assert counts.words.shape == (4, 3)
    assert sorted(counts.words.sum(axis=1).A1.tolist()) == [0, 1, 1, 3]
    assert sorted(counts.words.max(axis=1).toarray().ravel().tolist()) == [0, 1, 1, 2]
    again = count_words(given.curated.repartition(3), given.labelled.repartition(2), 10, 2, 0)
    assert (counts.words != again.words).nnz == 0
    assert counts.labels.tolist() == again.labels.tolist()


def test_two_topics_that_a_dozen_rows_show_are_enough(spark):
    source = random.Random(1)
    topics = (("north", "ice snow wind"), ("south", "sun sand sea"))

    def make(number):
        label, words = topics[number % 2]
        return label, " ".join(source.choices(words.split(), k=12))

    found = learning_curve.measure(documents(spark, make, 800), Choices())
    assert [one.verdict for one in found.findings] == ["enough"]
    figures = {figure.name: figure for figure in found.figures}
    assert figures["error"].value == pytest.approx(0, abs=0.01)
    assert [point.x for point in found.points if point.series == "balanced error"] == [18, 37, 75, 150, 300, 600]


def test_a_gain_that_may_be_none_asks_for_nothing():
    forecast = Forecast(size=1200, error=0.18, low=0.15, high=0.21, last=0.2, family="power law")
    assert not list(learning_curve._findings(forecast))
    sure = replace(forecast, high=0.19)
    assert [one.verdict for one in learning_curve._findings(sure)] == ["data-limited"]


def test_many_rare_words_want_more_rows(spark):
    source = random.Random(2)

    def make(number):
        label = number % 2
        return str(label), " ".join(
            f"w{2 * source.randrange(1500) + (label if source.random() < 0.75 else 1 - label)}" for _ in range(5)
        )

    found = learning_curve.measure(documents(spark, make, 1600), Choices())
    assert [one.verdict for one in found.findings] == ["data-limited"]
    figures = {figure.name: figure for figure in found.figures}
    assert figures["gain_of_doubling"].low <= figures["gain_of_doubling"].value <= figures["gain_of_doubling"].high


@pytest.mark.parametrize(
    ("make", "rows", "said"),
    [
        (lambda number: ("only", "text"), 500, "at least two classes"),
        (lambda number: (str(number), "text"), 500, "at least two classes"),
        (lambda number: (str(number % 2), "text"), 100, "100 labelled documents are too few"),
    ],
)
def test_what_cannot_be_said_is_refused(spark, make, rows, said):
    found = learning_curve.measure(documents(spark, make, rows), Choices())
    assert all(figure.value is None and said in figure.refusal for figure in found.figures)
    assert not found.findings
