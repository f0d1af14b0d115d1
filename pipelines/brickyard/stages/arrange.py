"""The same rows, laid out for those who look some of them up."""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from brickyard.stages.result import Result

ROWS_PER_FILE = 25_000
"""About 20 MB of long documents: few files for a query of everything, and small ones for a query of one file's records."""


def arrange(*frames: DataFrame, orders: Sequence[Sequence[str]]) -> Result:
    """Each frame in files that hold neighbours in its order, sorted within each file."""
    return Result(tuple(_arranged(frame, order) for frame, order in zip(frames, orders, strict=True)))


def _arranged(frame: DataFrame, order: Sequence[str]) -> DataFrame:
    files = -(-frame.count() // ROWS_PER_FILE)
    return frame.repartitionByRange(max(files, 1), *order).sortWithinPartitions(*order)
