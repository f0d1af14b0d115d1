"""What a stage returns."""

from dataclasses import dataclass, field
from typing import TypeAlias

from pyspark.sql import DataFrame

from brickyard.data_files import DataFile

Rows: TypeAlias = DataFrame | list[DataFile]


@dataclass(frozen=True)
class Result:
    """One frame for each table that the stage writes (None: no rows), and what it counted on the way.

    Or the files, where its tasks have written the rows. `scratch`: paths that are of no use once the tables are written.
    """

    frames: tuple[Rows | None, ...]
    counts: dict[str, int] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()
