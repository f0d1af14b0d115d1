"""The section on intrinsic dimension: planted shapes, copies, and what it refuses."""

import numpy as np
import pytest
from brickyard.gauge.figures import value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import intrinsic_dimension


def material(spark, vectors: np.ndarray | None, texts: list[str] | None = None) -> Material:
    """Documents with these vectors; of these texts, without vectors."""
    texts = texts or [f"text {number}" for number in range(len(vectors))]
    ids = [f"{number:032x}" for number in range(len(texts))]
    curated = spark.createDataFrame(list(zip(ids, texts, strict=True)), "doc_id string, text string").repartition(3)
    embeddings = None
    if vectors is not None:
        rows = list(zip(ids, vectors.tolist(), strict=True))
        embeddings = spark.createDataFrame(rows, "doc_id string, vector array<double>")
    return Material(curated, curated, curated, curated, None, embeddings, None)


def plane(n: int) -> np.ndarray:
    """Evenly on a square that lies in six dimensions."""
    rng = np.random.default_rng(7)
    return rng.uniform(size=(n, 2)) @ np.linalg.qr(rng.normal(size=(6, 2)))[0].T


def test_a_plane_has_two_dimensions_and_copies_do_not_count(spark):
    points = plane(600)
    found = intrinsic_dimension.measure(material(spark, np.concatenate([points, points[:200]])), Choices())
    figures = {one.name: one for one in found.figures}
    assert figures["tied_vectors_share"].value == pytest.approx(0.25)
    assert figures["vectors_compared"].value == 600
    assert figures["intrinsic_dimension"].value == pytest.approx(2, abs=0.2)
    assert figures["intrinsic_dimension"].low < figures["intrinsic_dimension"].value < figures["intrinsic_dimension"].high
    smooth, rough = figures["exponent_if_smooth"], figures["exponent_if_rough"]
    assert smooth.value == pytest.approx(4 * rough.value) == pytest.approx(4 / figures["intrinsic_dimension"].value)
    assert smooth.low == pytest.approx(4 / figures["intrinsic_dimension"].high)
    assert [point.x for point in found.points if point.series == "TwoNN"] == [150, 300, 600]
    assert "half of the sample gave" in figures["intrinsic_dimension"].valid


def test_many_dimensions_are_a_lower_bound(spark):
    found = intrinsic_dimension.measure(material(spark, np.random.default_rng(1).normal(size=(250, 60))), Choices(sample=200))
    figures = {one.name: one for one in found.figures}
    assert figures["vectors_compared"].value == 200
    assert figures["intrinsic_dimension"].high is None
    assert figures["exponent_if_smooth"].low is None
    assert "lower bound" in figures["intrinsic_dimension"].valid


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        (np.ones((300, 3)), "1 distinct vectors of 300; an estimate needs 100"),
        (plane(60), "60 distinct vectors"),
        (np.argwhere(np.ones((12, 12))).astype(float), "on a lattice"),
    ],
    ids=["constant", "few", "lattice"],
)
def test_what_has_no_dimension_is_refused(spark, vectors, said):
    found = intrinsic_dimension.measure(material(spark, vectors), Choices())
    assert value_of(found.figures, "intrinsic_dimension") is None
    refusals = [one.refusal for one in found.figures if one.value is None]
    assert len(refusals) == 5
    assert all(said in one for one in refusals)
    assert not found.points


def test_without_embeddings_texts_are_hashed(spark):
    rng = np.random.default_rng(2)
    texts = [" ".join(f"w{word}" for word in rng.integers(0, 300, 12)) for _ in range(150)]
    found = intrinsic_dimension.measure(material(spark, None, texts), Choices())
    assert value_of(found.figures, "intrinsic_dimension") > 5
    assert "hashed vectors of the texts" in next(one.valid for one in found.figures if one.name == "vectors_compared")
