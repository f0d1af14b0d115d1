"""How much of each held-out split the training split has seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Row
from pyspark.sql import functions as F

from brickyard.gauge.figures import Figure, Finding, Measured, Point, refused
from brickyard.gauge.leakage import KINDS, TRAINING, leaks_of, split_records
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.shares import wilson

MAX_SPLITS = 20
"""A field with more values than this says something else than which split a record is in."""

FEW = 30
"""Records below which the share of a split is refused."""

VALID = "all of the split's records that have text; duplicates that the release's stages found: edited beyond them is not seen"


@dataclass(frozen=True)
class Split:
    """A held-out split: its records, and of them those that leak, by kind."""

    name: str
    records: int
    leaks: Mapping[str, int]


def measure(material: Material, choices: Choices) -> Measured:
    """A figure per held-out split and kind of duplicate; refuses without a field that tells training records."""
    if choices.split_column is None:
        return _nothing("No field that says which split a record is in was named (--split-column).")
    placed = split_records(material.records, material.decisions, choices.split_column)
    names = [row.split for row in placed.select("split").distinct().orderBy("split").limit(MAX_SPLITS + 1).collect()]
    if not names:
        return _nothing(f"No record has a field {choices.split_column}.")
    if len(names) > MAX_SPLITS:
        return _nothing(
            f"{choices.split_column} has more than {MAX_SPLITS} values: it does not say which split a record is in."
        )
    if {name.strip().lower() in TRAINING for name in names} != {True, False}:
        return _nothing(
            f"{choices.split_column} must tell {' or '.join(TRAINING)} from other splits; it is {', '.join(names)}."
        )
    counts = leaks_of(placed, material.duplicate_pairs).groupBy("split", "leak").agg(F.count(F.lit(1)).alias("records"))
    splits = _splits(counts.orderBy("split", "leak").collect())
    return Measured(
        tuple(figure for split in splits for figure in _figures(split)),
        tuple(point for split in splits for point in _points(split)),
        tuple(_finding(split) for split in splits if sum(split.leaks.values())),
    )


def _nothing(sentence: str) -> Measured:
    return Measured((refused("leaking_share", sentence),))


def _splits(rows: Sequence[Row]) -> list[Split]:
    names = sorted({row.split for row in rows})
    of_split = {name: {row.leak: row.records for row in rows if row.split == name} for name in names}
    return [
        Split(name, sum(counts.values()), {kind: counts.get(kind, 0) for kind in KINDS}) for name, counts in of_split.items()
    ]


def _figures(split: Split) -> list[Figure]:
    return [
        Figure("records", split.records, split.name, unit="records", valid="records of the split that have text"),
        _share("leaking_share", sum(split.leaks.values()), split),
        *(_share(f"leaking_{kind}", split.leaks[kind], split) for kind in KINDS),
    ]


def _share(name: str, leaking: int, split: Split) -> Figure:
    if split.records < FEW:
        return refused(name, f"{split.name} has {split.records} records, fewer than {FEW}; {leaking} of them leak.", split.name)
    low, high = wilson(leaking, split.records)
    valid = f"{VALID}; 95 % interval of Wilson's, for the source that the split was drawn from"
    return Figure(name, leaking / split.records, split.name, low, high, valid=valid)


def _points(split: Split) -> list[Point]:
    return [Point("leakage", split.name, number, split.leaks[kind] / split.records) for number, kind in enumerate(KINDS)]


def _finding(split: Split) -> Finding:
    leaking = sum(split.leaks.values())
    kinds = ", ".join(f"{split.leaks[kind]:,} {kind}" for kind in KINDS if split.leaks[kind])
    reason = (
        f"{leaking:,} of {split.records:,} records of {split.name} ({leaking / split.records:.1%}) are in training: {kinds}."
    )
    return Finding("leaking", reason, "Split by duplicate group, or take them out of training: scores on them are too good.")
