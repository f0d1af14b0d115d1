"""From what was read to what is kept: what each reason removed, and what was left after it."""

from typing import Any

from pyspark.sql import DataFrame

from brickyard.reasons import DROP_STAGES, QUARANTINE_REASONS
from brickyard.report.frames import Frames


def funnel(frames: Frames) -> dict[str, Any]:
    """Records in, a step for each reason in the order of the stages, records kept; and why bytes were quarantined."""
    verdicts, refused = _count_reasons(frames["decisions"]), _count_reasons(frames["quarantine"])
    removed = {"quarantined": sum(refused.values()), **{reason: verdicts.get(reason, 0) for reason in DROP_STAGES}}
    read = sum(verdicts.values()) + removed["quarantined"]
    steps, remaining = [], read
    for reason, count in removed.items():
        remaining -= count
        steps.append({"reason": reason, "removed": count, "remaining": remaining})
    quarantine = [{"reason": reason, "rows": refused[reason]} for reason in QUARANTINE_REASONS if reason in refused]
    return {"read": read, "steps": steps, "kept": verdicts.get(None, 0), "quarantine": quarantine}


def _count_reasons(frame: DataFrame) -> dict[str | None, int]:
    return {row.reason: row["count"] for row in frame.groupBy("reason").count().collect()}
