"""What a stage returns."""

from dataclasses import dataclass, field

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Result:
    """One frame for each table that the stage writes (None: no rows), and what it counted on the way."""

    frames: tuple[DataFrame | None, ...]
    counts: dict[str, int] = field(default_factory=dict)
