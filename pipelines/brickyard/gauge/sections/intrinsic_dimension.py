"""How many numbers a document has: intrinsic dimension of the embeddings, and the exponents of loss that it implies."""

from dataclasses import dataclass, replace

import numpy as np
from pyspark.sql import functions as F

from brickyard.gauge.dimension import TRUSTED, Estimate, halvings, levina_bickel, two_nn, two_nn_fit
from brickyard.gauge.figures import Figure, Measured, Point, refused
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.neighbours import Neighbours, copies_of, nearest_by_tasks
from brickyard.gauge.samples import draw

FEWEST = 100
"""Distinct vectors below which there is no estimate."""

NEIGHBOURS = 20
"""Of the estimate by Levina and Bickel."""

EVEN = 0.1
"""Share of points with two equally near neighbours from which on distances are steps, and their ratios say nothing."""


@dataclass(frozen=True)
class Dimensions:
    """What a sample says: the estimate of all of it, and of its halves, the smallest first."""

    whole: Estimate
    fit: float
    likelihood: float
    halves: tuple[tuple[int, Estimate, float], ...]


def measure(material: Material, choices: Choices) -> Measured:
    """Figures `intrinsic_dimension*`, `exponent_*`; points of the plot "intrinsic dimension by sample"."""
    sample = draw(material.curated.select("doc_id", F.lit("").alias("label")), material, choices)
    distinct = _distinct(sample.vectors)
    if len(distinct) < FEWEST:
        return Measured(_no(f"{len(distinct)} distinct vectors of {len(sample.vectors)}; an estimate needs {FEWEST}"))
    shares = (
        Figure("vectors_compared", float(len(distinct)), unit="documents", valid=f"distinct vectors: {sample.model}"),
        Figure("tied_vectors_share", 1 - len(distinct) / len(sample.vectors), valid="of the sample"),
    )
    spark = material.curated.sparkSession
    sizes = halvings(len(distinct), FEWEST)
    found = nearest_by_tasks(spark, distinct, dict.fromkeys(sizes, NEIGHBOURS))
    even = _even_share(found[len(distinct)])
    if even > EVEN:
        return Measured((*shares, *_no(f"{even:.0%} of points have two equally near neighbours: the vectors are on a lattice")))
    dimensions = _dimensions(found)
    return Measured((*shares, *_figures(dimensions)), _points(dimensions))


def _distinct(vectors: np.ndarray) -> np.ndarray:
    """Without later copies: the first rows of the rest are a sample too."""
    return vectors[copies_of(vectors) == np.arange(len(vectors))] if vectors.size else vectors


def _even_share(found: Neighbours) -> float:
    return float((found.distances[:, 0] == found.distances[:, 1]).mean())


def _dimensions(found: dict[int, Neighbours]) -> Dimensions:
    """A half is a sample of its own: only its points are asked."""
    halves = []
    for size, neighbours in found.items():
        distances = neighbours.distances[:size]
        halves.append((size, two_nn(distances[:, 0], distances[:, 1]), levina_bickel(distances)))
    size, whole, likelihood = halves[-1]
    distances = found[size].distances
    return Dimensions(whole, two_nn_fit(distances[:, 0], distances[:, 1]), likelihood, tuple(halves))


def _no(sentence: str) -> tuple[Figure, ...]:
    names = ("intrinsic_dimension", "intrinsic_dimension_fit", "intrinsic_dimension_likelihood")
    return tuple(refused(name, sentence) for name in (*names, "exponent_if_rough", "exponent_if_smooth"))


def _figures(dimensions: Dimensions) -> tuple[Figure, ...]:
    whole, capped = dimensions.whole, dimensions.whole.value > TRUSTED
    bound = f"; above {TRUSTED:g} it is a lower bound: the sample is too small for its dimension" if capped else ""
    valid = (
        f"TwoNN, at the scale of nearest neighbours{_settled(dimensions)}{bound}; the interval is of chance only: edges of the"
        " data take off up to 6 % at 5 dimensions, 14 % at 10"
    )
    return (
        Figure("intrinsic_dimension", whole.value, low=whole.low, high=None if capped else whole.high, valid=valid),
        Figure("intrinsic_dimension_fit", dimensions.fit, valid="TwoNN, linear fit without the largest tenth of ratios"),
        Figure("intrinsic_dimension_likelihood", dimensions.likelihood, valid=f"Levina-Bickel of {NEIGHBOURS} neighbours"),
        *_exponents(whole, capped),
    )


def _settled(dimensions: Dimensions) -> str:
    """How far it has come to rest: an estimate that still moves with the sample holds for no other sample."""
    if len(dimensions.halves) < 2:
        return "; too few vectors to see whether it depends on the sample"
    change = dimensions.whole.value / dimensions.halves[-2][1].value - 1
    return f"; half of the sample gave {-change / (1 + change):+.0%}"


def _exponents(whole: Estimate, capped: bool) -> tuple[Figure, ...]:
    """Of loss: 1/d of a Lipschitz function (Bahri et al. 2021) to 4/d of a smooth one (Sharma and Kaplan 2020)."""
    valid = (
        "a bound, not a forecast: loss - irreducible loss ~ size^-exponent where resolution limits it, for networks that are"
        " piecewise linear on the sampled vectors; an exponent near 1 is limited by variance"
    )
    figures = []
    for name, times in (("exponent_if_rough", 1), ("exponent_if_smooth", 4)):
        one = Figure(name, times / whole.value, low=times / whole.high, high=times / whole.low, valid=valid)
        figures.append(replace(one, low=None) if capped else one)
    return tuple(figures)


def _points(dimensions: Dimensions) -> tuple[Point, ...]:
    plot = "intrinsic dimension by sample"
    points = []
    for size, estimate, likelihood in dimensions.halves:
        points.append(Point(plot, "TwoNN", size, estimate.value, estimate.low, estimate.high))
        points.append(Point(plot, "Levina-Bickel", size, likelihood))
    return tuple(points)
