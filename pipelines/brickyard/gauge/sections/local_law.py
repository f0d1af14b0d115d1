"""Would a larger model help, or more text? A law of loss fitted to small models on this very text."""

from collections.abc import Iterator

import numpy as np
from pyspark.sql import Row
from pyspark.sql import functions as F

from brickyard.gauge.figures import Figure, Finding, Measured, Point, refused
from brickyard.gauge.local_runs import FEWEST_BYTES, HIDDEN, PARTS, runs_on
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.raw_sample import CHARACTERS, draw
from brickyard.gauge.scaling_law import Band, fit_band, limited_by

NAMES = ("size_exponent", "data_exponent", "loss_at_twice_the_size", "loss_at_twice_the_text")
RESAMPLES, AGREEING = 40, 0.9
MOST_OF_IT = 0.7
"""Of a release's text; a fifth is held out. If the runs read less than that, the text there is is not what limits them."""

NATS = "nats per byte"


def measure(material: Material, choices: Choices) -> Measured:
    """Twelve runs of one task, the law through them with intervals of 80 %, and what limits the largest of them."""
    sample = draw(material.records, material.decisions, material.duplicate_pairs, choices.seed)
    rows = runs_on(sample, choices.seed)
    of_release = float(material.curated.agg(F.sum(F.octet_length("text"))).collect()[0][0] or 0)
    if not rows or rows[0].loss is None:
        found = rows[0].seen if rows else 0
        sentence = (
            f"The sample has {found:,} bytes to train on, of each text the first {CHARACTERS:,} characters:"
            f" {FEWEST_BYTES:,} are needed, and some texts to hold out."
        )
        return Measured(tuple(refused(name, sentence) for name in NAMES))
    return described(rows, of_release, choices.seed)


def described(rows: list[Row], of_release: float, seed: int) -> Measured:
    """Figures, curves and the finding from the runs (parameters, seen, loss); `of_release`: bytes of its curated text."""
    parameters, seen, losses = (np.array([row[name] for row in rows], float) for name in ("parameters", "seen", "loss"))
    band = fit_band(parameters, seen, losses, seed, RESAMPLES)
    points = tuple(Point("loss by text", f"{row.parameters:,} parameters", float(row.seen), row.loss) for row in rows)
    largest, most = float(parameters.max()), float(seen.max())
    findings = tuple(_findings(band, largest, most)) if most >= MOST_OF_IT * of_release else ()
    return Measured(_figures(band, largest, most, of_release), points, findings)


def _figures(band: Band, largest: float, most: float, of_release: float) -> tuple[Figure, ...]:
    valid = (
        f"byte models of one kind, {len(HIDDEN)} sizes up to {largest:,.0f} parameters on {len(PARTS)} amounts"
        f" up to {most:,.0f} bytes ({most / of_release:.0%} of the release's text), each text seen once; interval of 80 %"
        " over resampled runs; a doubling ahead, no further"
    )
    ends = {
        name: np.quantile([getattr(law, name) for law in band.resampled], (0.1, 0.9))
        for name in ("size_exponent", "data_exponent")
    }
    exponents = (
        Figure(name, getattr(band.law, name), low=float(low), high=float(high), valid=valid)
        for name, (low, high) in ends.items()
    )
    ahead = {"loss_at_twice_the_size": (2 * largest, most), "loss_at_twice_the_text": (largest, 2 * most)}
    losses = (_loss(name, band.loss(*place), valid) for name, place in ahead.items())
    return (*exponents, *losses)


def _loss(name: str, found: tuple[float, float, float], valid: str) -> Figure:
    value, low, high = found
    return Figure(name, value, low=low, high=high, unit=NATS, valid=valid)


def _findings(band: Band, largest: float, most: float) -> Iterator[Finding]:
    what = limited_by(band.law, largest, most)
    agreeing = np.mean([limited_by(law, largest, most) == what for law in band.resampled])
    if agreeing < AGREEING:
        return
    reason = (
        f"A model of {largest:,.0f} parameters on {most:,.0f} bytes of this text gains more from twice the"
        f" {'parameters' if what == 'size' else 'text'}; so say {agreeing:.0%} of the laws through resampled runs."
    )
    step = "Try a larger model first." if what == "size" else "More text helps more than a larger model."
    yield Finding(f"{what}-limited", reason, step)
