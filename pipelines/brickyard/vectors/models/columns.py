"""Numbers that records carry in their metadata, as a vector.

Each is centred and scaled by the mean and the standard deviation of the column, and cut to four of them; a missing number
(or one that is not finite, or beyond 1e150) counts as the mean. With n columns these numbers, divided by 4 sqrt(n), make a
vector of at most unit length, and one more coordinate makes its length one: then 1 - cosine is half the squared distance,
and K-means and thresholds work as with texts. So two documents that differ by d standard deviations in one column, and lie
near the mean, have 1 - cosine = d^2 / (32 n).
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.errors import InputError
from brickyard.vectors.exact_sums import exact_sum, mean_of
from brickyard.vectors.models.model import VectorModel, fitted

MOST_DEVIATIONS = 4.0
LARGEST = 1e150
"""Squares of numbers up to here are finite."""


def column_names(setting: str) -> list[str]:
    """The names in `a,b`."""
    return [name.strip() for name in setting.split(",")]


def numbers_in(metadata: str, names: list[str]) -> Column:
    """The named numbers of a JSON object as an array of doubles, null where there is none."""
    return F.array([F.get_json_object(metadata, f"$['{name}']").cast("double") for name in names])


def fit(values: DataFrame, names: list[str]) -> VectorModel:
    """Mean and standard deviation of each column of `values` (numbers: array of doubles), from exact sums.

    Raises InputError if a column has no number at all.
    """
    counts, totals = _sums(values, np.zeros(len(names)))
    if not all(counts):
        missing = ", ".join(name for name, count in zip(names, counts, strict=True) if not count)
        raise InputError(f"embed.model = columns: no record that stands for a document carries a number under {missing}")
    means = np.array([mean_of(total, count) for total, count in zip(totals, counts, strict=True)])
    _, squares = _sums(values, means, squared=True)
    deviations = np.sqrt([mean_of(total, count) for total, count in zip(squares, counts, strict=True)])
    return fitted("columns", len(names) + 1, max(counts), np.array([means, deviations], "<f8").tobytes())


def _sums(values: DataFrame, means: np.ndarray, squared: bool = False) -> tuple[list[int], list[int]]:
    """For each column the count of its numbers and the sum of their (squared) distances from its mean."""

    def add_up(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        counts, totals = [0] * len(means), [0] * len(means)
        for batch in batches:
            matrix = _as_matrix(batch.column("numbers"), len(means)) - means
            for column, numbers in enumerate(matrix.T):
                found = numbers[np.isfinite(numbers)]
                counts[column] += len(found)
                totals[column] += exact_sum(found * found if squared else found)
        yield pa.RecordBatch.from_pydict({"counts": [counts], "totals": [[str(total) for total in totals]]})

    rows = values.select("numbers").mapInArrow(add_up, "counts array<bigint>, totals array<string>").collect()
    counts = [sum(row.counts[column] for row in rows) for column in range(len(means))]
    return counts, [sum(int(row.totals[column]) for row in rows) for column in range(len(means))]


def _as_matrix(numbers: pa.ListArray, columns: int) -> np.ndarray:
    """NaN where there is no number."""
    matrix = np.asarray(numbers.flatten().to_numpy(zero_copy_only=False), np.float64).reshape(len(numbers), columns)
    return np.where(np.abs(matrix) <= LARGEST, matrix, np.nan)


def load(model: VectorModel) -> Callable[[pa.Array], np.ndarray]:
    """The function from lists of numbers to vectors."""
    means, deviations = np.frombuffer(model.parameters, "<f8").reshape(2, -1)
    most = MOST_DEVIATIONS * np.sqrt(len(means))

    def embed(numbers: pa.Array) -> np.ndarray:
        distances = _as_matrix(numbers, len(means)) - means
        scaled = np.divide(distances, deviations, out=np.zeros_like(distances), where=deviations > 0)
        scaled = np.where(np.isfinite(scaled), scaled, 0).clip(-MOST_DEVIATIONS, MOST_DEVIATIONS) / most
        last = np.sqrt(np.maximum(0, 1 - (scaled * scaled).sum(axis=1)))
        return np.column_stack([scaled, last]).astype(np.float32)

    return embed
