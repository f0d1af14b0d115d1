"""Compare a frame with its table and report every difference at once."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.tables import Table


def conform(frame: DataFrame, table: Table) -> DataFrame:
    """The frame's columns in the table's order, with the table's comments.

    Raises ValueError (a fault of ours, not of the user) that lists missing, unknown and wrongly typed columns.
    """
    found = {field.name: field.dataType for field in frame.schema.fields}
    wanted = {field.name: field.dataType for field in table.schema.fields}
    problems = [f"missing column {name}" for name in wanted if name not in found]
    problems += [f"unknown column {name}" for name in found if name not in wanted]
    problems += [
        f"{name} is {found[name].simpleString()}, not {kind.simpleString()}"
        for name, kind in wanted.items()
        if name in found and found[name].simpleString() != kind.simpleString()
    ]
    if problems:
        raise ValueError(f"table {table.name}: " + "; ".join(problems))
    return frame.select([F.col(field.name).alias(field.name, metadata=field.metadata) for field in table.schema.fields])
