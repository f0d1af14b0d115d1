"""Joins that leave long texts where they are: the narrow side goes to every executor while it is small enough."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

BROADCAST_ROWS = 500_000
"""Rows of a narrow frame that are broadcast: at most some 100 MB."""


def small(frame: DataFrame, rows: int | None = None) -> DataFrame:
    """A frame to be sent whole to every executor, unless it has too many rows for that; they are counted if not given."""
    rows = frame.count() if rows is None else rows
    return F.broadcast(frame) if rows <= BROADCAST_ROWS else frame


def only(frame: DataFrame, column: str, values: DataFrame) -> DataFrame:
    """The rows whose `column` is among `values` (one column of that name, distinct).

    If many are wanted and few are not, those few are broadcast.
    """
    count = values.count()
    if count <= BROADCAST_ROWS:
        return frame.join(F.broadcast(values), column, "left_semi")
    others = frame.select(column).distinct().join(values, column, "left_anti")
    return without(frame, column, others, values)


def new_to(frame: DataFrame, column: str, known: DataFrame) -> DataFrame:
    """The rows whose `column` is not in `known` (that column); if they are few, what is known stays where it is."""
    if known.isEmpty():
        return frame
    values = frame.select(column).distinct()
    count = values.count()
    if count > BROADCAST_ROWS:
        return frame.join(known, column, "left_anti")
    return frame.join(F.broadcast(known.join(F.broadcast(values), column, "left_semi")), column, "left_anti")


def without(frame: DataFrame, column: str, values: DataFrame, wanted: DataFrame | None = None) -> DataFrame:
    """The rows whose `column` is not among `values`; `wanted` are those that are, if they are known."""
    if values.count() <= BROADCAST_ROWS:
        return frame.join(F.broadcast(values), column, "left_anti")
    return frame.join(values, column, "left_anti") if wanted is None else frame.join(wanted, column, "left_semi")
