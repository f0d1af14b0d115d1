"""Whether a model gains from curation: a tiny one, trained on this release's raw and on its curated text."""

from collections.abc import Mapping, Sequence

import numpy as np
from pyspark.sql import Row

from brickyard.gauge.figures import Figure, Finding, Measured, Point, refused
from brickyard.gauge.language_model import parameter_count
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.paired import crossed_interval
from brickyard.gauge.raw_and_curated import ARMS, FEWEST_BYTES, FEWEST_HELD, POOL, SHAPE, compare
from brickyard.gauge.raw_sample import draw

NATS = "nats per byte"

Losses = Mapping[tuple[str, int], np.ndarray]
"""(arm, bytes seen) -> losses (seeds, held-out texts)."""


def measure(material: Material, choices: Choices) -> Measured:
    """Held-out loss on both sides, its difference, and the curves; one task trains all, about a minute at most."""
    sample = draw(material.records, material.decisions, material.duplicate_pairs, choices.seed)
    rows = compare(sample)
    if not rows or rows[0].losses is None:
        return Measured(tuple(refused(name, _why_not(rows), unit=NATS) for name in ("held_out_loss", "curation_gain")))
    losses, pools = _losses_of(rows), {row.arm: row.pool for row in rows}
    sizes = [
        Figure("training_bytes", pools[arm], arm, unit="bytes", valid="of the sample, with the ends of texts") for arm in ARMS
    ]
    held = Figure("held_out_texts", rows[0].held, unit="documents", valid="in no duplicate group of any training text")
    gain = _gain(losses)
    return Measured((*sizes, held, *_sides(losses), gain), tuple(_points(losses)), _findings(gain))


def _why_not(rows: Sequence[Row]) -> str:
    if rows and rows[0].pool == -1:
        return f"No text repeats another among the {POOL:,} bytes that are trained on at most: raw and curated are the same."
    found = f"{max(rows[0].pool, 0):,} bytes and {rows[0].held} held-out texts" if rows else "nothing"
    return f"Too little text: the sample has {found}; at least {FEWEST_BYTES:,} bytes and {FEWEST_HELD} texts are needed."


def _losses_of(rows: Sequence[Row]) -> Losses:
    ordered = sorted(rows, key=lambda row: row.seed)
    places = dict.fromkeys((row.arm, row.seen) for row in ordered)
    return {place: np.array([row.losses for row in ordered if (row.arm, row.seen) == place]) for place in places}


def _valid(losses: Losses) -> str:
    seen = max(seen for _, seen in losses)
    return (
        f"a model of {parameter_count(SHAPE):,} parameters, {seen:,} bytes seen on each side, a sample of duplicate groups;"
        f" 95 % interval over held-out texts and {len(losses[ARMS[0], seen])} seeds; larger models remember repeats better"
    )


def _sides(losses: Losses) -> list[Figure]:
    seen = max(seen for _, seen in losses)
    intervals = {arm: crossed_interval(losses[arm, seen]) for arm in ARMS}
    return [Figure("held_out_loss", mean, arm, low, high, NATS, _valid(losses)) for arm, (mean, low, high) in intervals.items()]


def _gain(losses: Losses) -> Figure:
    """Raw minus curated, paired by text and seed: above zero, curation helped."""
    seen = max(seen for _, seen in losses)
    mean, low, high = crossed_interval(losses["raw", seen] - losses["curated", seen])
    return Figure("curation_gain", mean, "", low, high, NATS, f"raw minus curated, paired; {_valid(losses)}")


def _points(losses: Losses) -> list[Point]:
    """Held-out loss against bytes seen."""
    intervals = {place: crossed_interval(of_place) for place, of_place in losses.items()}
    return [Point("held-out loss", arm, seen, *intervals[arm, seen]) for arm, seen in sorted(intervals)]


def _findings(gain: Figure) -> tuple[Finding, ...]:
    if gain.value is None or gain.low is None or gain.low <= 0:
        return ()
    reason = (
        f"A small language model that saw as many bytes of raw text as of curated text is worse on held-out text by"
        f" {gain.value:.3f} nats per byte ({gain.low:.3f} to {gain.high:.3f})."
    )
    return (Finding("duplicated", reason, "Train on curated text."),)
