"""What a stage returns."""

from dataclasses import dataclass, field

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Result:
    """One frame for each table that the stage writes, and what it counted on the way."""

    frames: tuple[DataFrame, ...]
    counts: dict[str, int] = field(default_factory=dict)
