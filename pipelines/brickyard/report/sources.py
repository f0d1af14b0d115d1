"""What became of each source's records."""

from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.reasons import DROP_STAGES
from brickyard.report.frames import Frames

MOST = 50
"""Sources shown one by one, those with most records first; the rest are summed."""

_COUNTS = ("records", "kept", *DROP_STAGES, "quarantined")


def sources(frames: Frames) -> dict[str, Any]:
    """Rows of counts, and one of all sources that are not shown (null if there are none)."""
    counted = count_by_source(frames)
    rows = [row.asDict() for row in counted.orderBy(F.desc("records"), F.desc("quarantined"), "source").limit(MOST).collect()]
    whole = counted.agg(F.count(F.lit(1)).alias("sources"), *(F.sum(name).alias(name) for name in _COUNTS)).collect()[0]
    others = {name: (whole[name] or 0) - sum(row[name] for row in rows) for name in _COUNTS}
    unseen = whole["sources"] - len(rows)
    return {"rows": rows, "others": {"sources": unseen, **others} if unseen else None}


def count_by_source(frames: Frames) -> DataFrame:
    """(source, records, kept, a column for each drop reason, quarantined)."""
    decided = frames["records"].select("record_id", "source").join(frames["decisions"], "record_id")
    reasons = [_count_where(F.col("reason") == reason).alias(reason) for reason in DROP_STAGES]
    verdicts = decided.groupBy("source").agg(
        F.count(F.lit(1)).alias("records"), _count_where(F.col("kept")).alias("kept"), *reasons
    )
    refused = frames["quarantine"].groupBy("source").agg(F.count(F.lit(1)).alias("quarantined"))
    return verdicts.join(refused, "source", "full").fillna(0, list(_COUNTS))


def _count_where(condition: Column) -> Column:
    return F.count(F.when(condition, 1))
