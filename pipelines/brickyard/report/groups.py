"""How many records the kept documents stand for."""

from typing import Any

from pyspark.sql import functions as F

from brickyard.report.frames import Frames


def group_sizes(frames: Frames) -> list[dict[str, Any]]:
    """Kept documents and their records by weight: 1, 2 to 3, 4 to 7, and so on: at most 63 rows."""
    power = F.length(F.bin("weight")) - 1  # of two, exact; a logarithm is not
    sized = frames["curated"].groupBy(power.alias("power")).agg(
        F.count(F.lit(1)).alias("groups"), F.sum("weight").alias("records")
    )  # fmt: skip
    return [
        {"from": 2**row.power, "to": 2 ** (row.power + 1) - 1, "groups": row.groups, "records": row.records}
        for row in sized.orderBy("power").collect()
    ]
