"""The section on labels: planted overlap, wrong labels and copies; what it refuses; partitions that do not matter."""

import numpy as np
import pytest
from brickyard.gauge import gather
from brickyard.gauge.figures import value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import labels
from brickyard.gauge.sections.labels import OF_NEIGHBOURS


def material(spark, names: list[str] | None, vectors: np.ndarray | None, texts=None, copies=()) -> Material:
    """Labelled documents; `copies`: (document, label) of further records."""
    count = len(names or ["none"])
    ids = [f"{number:032x}" for number in range(count)]
    texts = texts or ["text"] * count
    curated = spark.createDataFrame(list(zip(ids, texts, strict=True)), "doc_id string, text string")
    read = [*zip(ids, names or [None], strict=True), *((ids[one], label) for one, label in copies)]
    records = spark.createDataFrame(read, "doc_id string, label string")
    labelled = embeddings = None
    if names is not None:
        rows = [(one, label, None, 1) for one, label in zip(ids, names, strict=True)]
        labelled = spark.createDataFrame(rows, "doc_id string, label string, split string, weight bigint")
    if vectors is not None:
        rows = list(zip(ids, vectors.tolist(), strict=True))
        embeddings = spark.createDataFrame(rows, "doc_id string, vector array<double>")
    return Material(curated, records, curated, curated, labelled, embeddings, None, records.where("label IS NOT NULL"))


@pytest.fixture(scope="module")
def planted() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Three clusters; "b" and "c" lie close together, "a" far off and twelve times as large; five of its labels are wrong."""
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [600, 50, 50])
    vectors = rng.normal(size=(700, 2)) + np.array([[30.0, 0], [0, 0], [0, 2]])[truth]
    given = truth.copy()
    given[:5] = 1
    return [("a", "b", "c")[one] for one in given], vectors, np.arange(5)


@pytest.fixture(scope="module")
def found(spark, planted):
    names, vectors, _ = planted
    return labels.measure(material(spark, names, vectors, copies=[(9, "a"), (10, "b"), (11, "a"), (12, "c")]), Choices())


def test_classes_are_counted(found):
    assert [value_of(found.figures, "class_documents", one) for one in "abc"] == [595, 55, 50]
    assert value_of(found.figures, "imbalance_ratio") == pytest.approx(11.9)
    assert value_of(found.figures, "majority_share") == pytest.approx(595 / 700)
    assert [point.y for point in found.points if point.plot == "documents by class"] == [595, 55, 50]
    assert "imbalanced" in [one.verdict for one in found.findings]


def test_classes_that_lie_together_are_named(found):
    assert value_of(found.figures, "class_overlap_share", "a") < 0.02
    assert 0.1 < value_of(found.figures, "class_overlap_share", "c") < 0.6
    pairs = [(one.subject, one.value) for one in found.figures if one.name == "pair_overlap_share"]
    assert pairs[0][0] == "b | c"
    assert pairs[0][1] == max(share for _, share in pairs)
    heat = {(point.series, point.x): point.y for point in found.points if point.plot == "class of the nearest neighbour"}
    assert len(heat) == 9
    assert sum(heat["c", x] for x in range(3)) == pytest.approx(1)
    assert heat["c", 1] == pytest.approx(value_of(found.figures, "class_overlap_share", "c"))


def test_wrong_labels_are_named_with_the_likelier_one(found, planted):
    doubtful = [one for one in found.figures if one.name == "label_confidence"]
    assert len(doubtful) == 10
    assert {int(one.subject, 16) for one in doubtful[:5]} == set(planted[2].tolist())
    assert all("'b'; rather 'a'" in one.valid for one in doubtful[:5])
    assert 5 / 700 <= value_of(found.figures, "wrong_label_share") < 0.06


def test_the_band_of_the_bayes_error_is_that_of_the_overlap(found):
    """b and c overlap as Gaussians at a distance of 2 do: 16 % of a seventh of all; and 5 of 700 labels are wrong."""
    band = next(one for one in found.figures if one.name == "bayes_error")
    assert band.low < 0.1587 / 7 + 5 / 700 < band.high < 0.06
    assert [point.x for point in found.points if point.series == "raw"] == [175, 350, 700]
    assert "noise-limited" not in [one.verdict for one in found.findings]


def test_copies_that_disagree_are_counted(found):
    assert value_of(found.figures, "copies_with_other_labels_share") == pytest.approx(2 / 4)


def test_labels_of_records_are_of_the_column_that_was_named_and_no_blanks(spark):
    rows = [("1", 5, None, '{"topic": "a", "label": "y"}'), ("1", 5, "x", '{"topic": "b"}'), ("2", 5, "x", '{"topic": " "}'),
            ("2", 5, "x", "{}"), ("3", 0, "x", '{"topic": "c"}')]  # fmt: skip
    records = spark.createDataFrame(rows, "doc_id string, char_count bigint, label string, metadata string")
    assert [tuple(row) for row in gather._labelled_records(records, "topic").orderBy("label").collect()] == [
        ("1", "a"), ("1", "b"),
    ]  # fmt: skip
    assert sorted(row.label for row in gather._labelled_records(records, None).collect()) == ["x", "x", "x", "y"]


def test_labels_by_chance_are_noise_limited_and_partitions_do_not_matter(spark):
    rng = np.random.default_rng(5)
    names, vectors = [str(one) for one in rng.integers(0, 2, 300)], rng.normal(size=(300, 3))
    given = material(spark, names, vectors)
    found = labels.measure(given, Choices(seed=3, sample=200))
    assert [one.verdict for one in found.findings] == ["noise-limited"]
    assert value_of(found.figures, "bayes_error") > 0.3
    turned = Material(
        given.curated, given.records, given.curated, given.curated,
        given.labelled.repartition(5, "label"), given.embeddings.repartition(3), None,
    )  # fmt: skip
    assert labels.measure(turned, Choices(seed=3, sample=200)) == found
    assert labels.measure(given, Choices(seed=4, sample=200)) != found


def test_without_embeddings_texts_are_hashed(spark):
    rng = np.random.default_rng(6)
    names = [("north", "south")[number % 2] for number in range(120)]
    words = {"north": ["ice", "snow", "wind", "frost"], "south": ["sun", "sand", "sea", "palm"]}
    texts = [" ".join(rng.choice(words[name], 9)) for name in names]
    found = labels.measure(material(spark, names, None, texts), Choices())
    assert value_of(found.figures, "overlap_share") == 0


@pytest.mark.parametrize(
    ("names", "vectors", "said"),
    [
        (None, None, "no labels"),
        (["a"] * 120, np.eye(120), "one class"),
        ([str(number) for number in range(1100)], np.eye(2)[np.zeros(1100, int)], "more than 1,000 distinct labels"),
        (["a", "b"] * 40, np.random.default_rng(0).normal(size=(80, 2)), "80 labelled documents have vectors"),
        (["a"] * 118 + ["b", "c"], np.eye(120), "fewer than two classes have 5"),
        (["a", "b"] * 50 + [f"r{number}" for number in range(20)], np.eye(120), "17% of documents are in classes with fewer"),
        (["a", "b"] * 60, np.ones((120, 3)), "all vectors are equal"),
    ],
    ids=["none", "one class", "no classes", "few", "one class but for a few", "rare classes", "constant"],
)
def test_what_cannot_be_said_is_refused(spark, names, vectors, said):
    found = labels.measure(material(spark, names, vectors), Choices())
    refusals = {one.name: one.refusal for one in found.figures if one.value is None}
    assert all(said in refusals[name] for name in OF_NEIGHBOURS)
