"""The size section on planted classes: its figures are the rules' and the model's; what it refuses."""

import numpy as np
import pytest
from brickyard.gauge import size_rules
from brickyard.gauge.figures import value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import size


def material(spark, vectors: np.ndarray, labels: list[str]) -> Material:
    ids = [f"{number:032x}" for number in range(len(labels))]
    embeddings = spark.createDataFrame(
        [(one, vector.tolist()) for one, vector in zip(ids, vectors, strict=True)], "doc_id string, vector array<float>"
    )
    labelled = spark.createDataFrame(
        [(one, label, None, 1) for one, label in zip(ids, labels, strict=True)],
        "doc_id string, label string, split string, weight bigint",
    )
    return Material(embeddings, embeddings, embeddings, embeddings, labelled, embeddings, None)


@pytest.fixture(scope="module")
def clouds(spark) -> Material:
    draws, labels = np.random.default_rng(0), np.arange(300) % 2
    return material(spark, draws.normal(size=(300, 4)) + 5 * labels[:, None], [f"class {one}" for one in labels])


@pytest.fixture(scope="module")
def found(clouds):
    return size.measure(clouds, Choices())


def test_rules_stand_beside_the_prediction(found):
    for name, width in size_rules.rules(300, 4, 2).items():
        assert value_of(found.figures, "width_by_rule", name) == round(width, 1)
    assert value_of(found.figures, "memorising_parameters") == pytest.approx(150)


def test_the_prediction_is_a_width_with_an_interval_and_its_hit_rate(found):
    width = next(figure for figure in found.figures if figure.name == "width")
    assert width.value in size.WIDTHS
    assert 1 <= width.low <= width.high <= 256
    assert "E1" in width.valid


def test_beyond_the_tables_that_were_learnt_from_no_width_is_given():
    assert size.out_of_range({"documents": 300, "inputs": 4, "classes": 2}) == ""
    assert "Out of range by x" in size.out_of_range({"documents": 300, "inputs": 4096, "classes": 2})
    assert "classes, here 100" in size.out_of_range({"documents": 300, "inputs": 4, "classes": 100})


def test_partitions_change_nothing(spark, clouds, found):
    spread = Material(*(getattr(clouds, name).repartition(3) for name in ("curated", "records", "decisions", "duplicate_pairs",
                                                                         "labelled", "embeddings")), None)  # fmt: skip
    assert size.measure(spread, Choices()) == found


def test_without_vectors_or_with_copies_only_it_refuses(spark, clouds):
    bare = Material(clouds.curated, clouds.records, clouds.decisions, clouds.duplicate_pairs, clouds.labelled, None, None)
    copies = material(spark, np.ones((300, 4)), [str(number % 2) for number in range(300)])
    for given, said in ((bare, "No document has a vector"), (copies, "vectors differ")):
        figures = size.measure(given, Choices()).figures
        assert {figure.name for figure in figures} == set(size.NAMES)
        assert all(figure.value is None and said in figure.refusal for figure in figures)
