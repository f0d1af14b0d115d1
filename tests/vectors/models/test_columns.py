"""Numbers as vectors against their definition."""

import math
import statistics

import numpy as np
import pyarrow as pa
import pytest
from brickyard.errors import InputError
from brickyard.vectors.models import columns

ROWS = [(1.5, 10.0), (2.5, None), (-4.0, 1e300), (0.25, float("nan")), (1e9, 10.0), (None, 11.0), (7.0, -3.0), (1e149, 5.0)]
COLUMNS = list(zip(*ROWS, strict=True))


def frame(spark, rows=ROWS, partitions=2):
    return spark.createDataFrame([(list(row),) for row in rows], "numbers array<double>").repartition(partitions)


def finite(values):
    return [value for value in values if value is not None and abs(value) <= 1e150]


def slow_vector(row) -> list[float]:
    """(x - mean) / sd, cut to 4, over 4 sqrt(n); one more coordinate for unit length."""
    scaled = []
    for value, column in zip(row, COLUMNS, strict=True):
        mean, deviation = statistics.fmean(finite(column)), statistics.pstdev(finite(column))
        distance = (value - mean) / deviation if finite([value]) else 0.0
        scaled.append(max(-4.0, min(4.0, distance)) / (4 * math.sqrt(len(COLUMNS))))
    return [*scaled, math.sqrt(1 - sum(value * value for value in scaled))]


def test_vectors_are_scaled_numbers_and_one_more_coordinate(spark) -> None:
    model = columns.fit(frame(spark), ["a", "b"])
    found = columns.load(model)(pa.array([list(row) for row in ROWS], pa.list_(pa.float64())))
    assert (model.dimension, model.documents, found.dtype) == (3, 7, np.float32)
    assert found.tolist() == [pytest.approx(slow_vector(row), abs=1e-6) for row in ROWS]


def test_a_column_of_one_value_adds_nothing(spark) -> None:
    model = columns.fit(frame(spark, [(3.0, 1.0), (3.0, 2.0)]), ["a", "b"])
    found = columns.load(model)(pa.array([[3.0, 1.0], [4.0, 1.0]], pa.list_(pa.float64())))
    assert found[:, 0].tolist() == [0, 0]


def test_sums_do_not_depend_on_partitions_and_order(spark) -> None:
    values = [(0.1 * 7**n, 1 / (n + 1)) for n in range(40)]
    models = {columns.fit(frame(spark, rows, size), ["a", "b"]).name for rows, size in ((values, 1), (values[::-1], 3))}
    assert len(models) == 1


def test_a_column_without_numbers_is_refused(spark) -> None:
    with pytest.raises(InputError, match="carries a number under b"):
        columns.fit(frame(spark, [(1.0, None)]), ["a", "b"])


def test_numbers_are_found_in_metadata(spark) -> None:
    lines = ['{"a": 2, "b c": "3.5"}', '{"a": "many"}', None]
    rows = spark.createDataFrame([(line,) for line in lines], "metadata string")
    found = rows.select(columns.numbers_in("metadata", columns.column_names("a, b c")).alias("numbers")).collect()
    assert [row.numbers for row in found] == [[2.0, 3.5], [None, None], [None, None]]
