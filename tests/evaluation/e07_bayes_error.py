"""E7. Does the band hold the Bayes error where it is known, and does it rise with noise as it must?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from brickyard.gauge.bayes_error import Band, band_of, sizes_for, view_of, with_noise
from brickyard.gauge.label_noise import wrong_labels
from brickyard.gauge.neighbours import Neighbours, nearest
from brickyard.gauge.transforms import transforms_of
from scipy.stats import norm

from tests.evaluation.marks import Mark, Outcome

DESIGN = """Two Gaussians of unit covariance, equally frequent, their means a distance Delta apart in a random direction: the
Bayes error is Phi(-Delta/2). Dimensions 2 to 32, Delta 1 to 3, a share rho of the labels drawn anew, 0 to .5; {documents}
documents, {seeds} seeds. The estimate and its band are those of the section on labels: the least of nearest neighbours' votes,
and Cover and Hart's bound of the error of one neighbour, drawn on to endless data. Chosen on other seeds than these."""

NOISES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class Trial:
    """One sample with one noise, and what was said of it."""

    dimension: int
    delta: float
    noise: float
    true: float
    band: Band
    wrong: float  # estimated share of wrong labels

    @property
    def held(self) -> bool:
        return self.band.low <= self.true <= self.band.high


def run(size: str, work: Path) -> Outcome:
    full = size == "full"
    documents, seeds = (4000, range(4)) if full else (1000, range(1))
    cells = [(d, delta) for d in ((2, 4, 8, 16, 32) if full else (2, 16)) for delta in (1.0, 2.0, 3.0)]
    trials = [trial for d, delta in cells for seed in seeds for trial in try_out(d, delta, documents, seed)]
    slopes = [slope_row([one for one in trials if (one.dimension, one.delta) == cell]) for cell in cells]
    return Outcome(
        question="Does the band hold the Bayes error where it is known, and does it rise with noise as it must?",
        design=DESIGN.format(documents=documents, seeds=len(seeds)).replace("\n", " "),
        marks=marks(trials, slopes),
        tables={
            "by dimension and distance of means, all noises": [
                cell_row([one for one in trials if (one.dimension, one.delta) == cell]) for cell in cells
            ],
            "rise of the estimate with noise": slopes,
            "share of labels called wrong, Delta 3": [noise_row(trials, noise) for noise in NOISES],
        },
        notes=(
            "The estimate is the error of a classifier, so it errs upwards; in many dimensions by more.",
            "Labels drawn anew are wrong half of the time here. Some documents beyond the border between"
            " classes look like wrong labels: about one in a hundred is called wrong without any noise, where 6.7 % overlap.",
        ),
    )


def try_out(dimension: int, delta: float, documents: int, seed: int) -> Iterator[Trial]:
    """The same vectors with more and more of the labels drawn anew."""
    rng = np.random.default_rng([seed, dimension, int(10 * delta)])
    truth = rng.integers(0, 2, documents)
    direction = rng.normal(size=dimension)
    direction *= delta / np.linalg.norm(direction)
    vectors = rng.normal(size=(documents, dimension)) + np.outer(truth - 0.5, direction)
    found = {name: nearest(seen, sizes_for(documents)) for name, seen in transforms_of(vectors).items()}
    when, anew = rng.uniform(size=documents), rng.integers(0, 2, documents)
    for noise in NOISES:
        labels = np.where(when < noise, anew, truth)
        yield judge(found, labels, dimension, delta, noise)


def judge(found: dict[str, dict[int, Neighbours]], labels: np.ndarray, dimension: int, delta: float, noise: float) -> Trial:
    band = band_of({name: view_of(one, labels) for name, one in found.items()}, 2, len(labels))
    votes = found["raw"][len(labels)].rows
    true = with_noise(float(norm.cdf(-delta / 2)), noise, 2)
    return Trial(dimension, delta, noise, true, band, wrong_labels(labels[votes], labels, 2).share)


def marks(trials: list[Trial], slopes: list[dict]) -> list[Mark]:
    held = float(np.mean([one.held for one in trials]))
    off = [abs(row["ratio"] - 1) for row in slopes]
    within = sum(one <= 0.1 for one in off)
    return [
        Mark("the band holds the Bayes error in 95 % of trials", f"{held:.1%} of {len(trials)}", held >= 0.95),
        Mark(
            "the estimate rises with noise as it must, within 10 % in each cell",
            f"{within} of {len(off)} cells; worst {max(off):.1%}",
            within == len(off),
        ),
    ]


def cell_row(trials: list[Trial]) -> dict:
    clean = [one for one in trials if one.noise == 0]
    return {
        "dimension": trials[0].dimension,
        "Delta": trials[0].delta,
        "Bayes error": clean[0].true,
        "estimate": float(np.mean([one.band.value for one in clean])),
        "low": float(np.mean([one.band.low for one in clean])),
        "high": float(np.mean([one.band.high for one in clean])),
        "held": f"{np.mean([one.held for one in trials]):.1%}",
        "below the band": sum(one.true < one.band.low for one in trials),
        "above the band": sum(one.true > one.band.high for one in trials),
    }


def slope_row(trials: list[Trial]) -> dict:
    slope = float(np.polyfit([one.noise for one in trials], [one.band.value for one in trials], 1)[0])
    must = 0.5 - trials[0].true
    return {"dimension": trials[0].dimension, "Delta": trials[0].delta, "must": must, "found": slope, "ratio": slope / must}


def noise_row(trials: list[Trial], noise: float) -> dict:
    row: dict[str, object] = {"drawn anew": noise, "of them wrong": noise / 2}
    for dimension in sorted({one.dimension for one in trials}):
        shares = [one.wrong for one in trials if (one.dimension, one.delta, one.noise) == (dimension, 3.0, noise)]
        row[f"called wrong, d = {dimension}"] = float(np.mean(shares))
    return row
