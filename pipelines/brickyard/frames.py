"""Rows of this process as a frame, without a task to make it so."""

from collections.abc import Sequence

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType


def frame_of(spark: SparkSession, rows: Sequence[Sequence], schema: StructType | str) -> DataFrame:
    """A frame with the given rows, a value for each column in the order of `schema` (a type, or "name type, name type").

    By way of pandas: Spark gets them by Arrow as a local relation, which the optimiser sees through; lists of rows
    become an RDD that a Python process must unpickle whenever the frame is used. Spark does so too with pandas frames
    without rows, hence the row that is cut off.
    """
    names = schema.names if isinstance(schema, StructType) else [column.split()[0] for column in schema.split(", ")]
    kept = rows or [(None,) * len(names)]
    frame = spark.createDataFrame(pd.DataFrame(list(kept), columns=names, dtype=object), schema)
    return frame if rows else frame.limit(0)
