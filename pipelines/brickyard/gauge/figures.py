"""What the gauge's sections give: figures, points of curves, and findings, as plain rows of the `gauge_*` tables."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One number with its interval and its range of validity; or, without a value, the sentence that says why not.

    `subject`: what it is a number of, if not of the whole release: a class, a source, a method.
    """

    name: str
    value: float | None
    subject: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    valid: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class Point:
    """A point of a curve: `plot` names the picture, `series` the curve in it."""

    plot: str
    series: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Finding:
    """What a section makes of its figures: one of the verdicts, the reason in words, and what to do next."""

    verdict: str
    reason: str
    next_step: str


@dataclass(frozen=True)
class Measured:
    """Everything that one section found."""

    figures: tuple[Figure, ...] = ()
    points: tuple[Point, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    trials: tuple[tuple, ...] = ()
    """Rows of `gauge_trials` but for the release."""


RELEVANT = 0.05
"""A gain in accuracy or balanced accuracy that must be ruled out before it is said that there is enough."""

VERDICTS = (
    "enough", "data-limited", "size-limited", "noise-limited", "imbalanced", "leaking", "duplicated", "unstable",
    "out of range",
)  # fmt: skip
"""Verdicts, in no order: a release can earn several."""


def refused(name: str, sentence: str, subject: str = "", unit: str = "") -> Figure:
    """A figure that is not given, and why."""
    return Figure(name, None, subject, unit=unit, refusal=sentence)


def value_of(figures: Iterable[Figure], name: str, subject: str = "") -> float | None:
    """The value of a figure by its name and subject; None if it was refused or is not there."""
    return next((one.value for one in figures if (one.name, one.subject) == (name, subject)), None)


def finite(value: float | None) -> float | None:
    """None for what no table and no page should hold as a number."""
    return value if value is not None and math.isfinite(value) else None
