"""The statistics that suites examine: one row of numbers per table, never a text."""

import functools

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.reasons import DROP_STAGES, QUARANTINE_REASONS
from brickyard.tables import RELEASED

Frames = dict[str, DataFrame]
Values = dict[str, dict[str, float | None]]

_KEYS = {table.name: table.key for table in RELEASED}


def count_where(condition: Column) -> Column:
    """Rows for which the condition is true."""
    return F.count(F.when(condition, 1))


def _keys(table: str) -> dict[str, Column]:
    key = [F.col(name) for name in _KEYS[table]]
    nulls = F.lit(False)
    for column in key:
        nulls = nulls | column.isNull()
    return {
        "rows": F.count(F.lit(1)),
        "repeated_keys": F.count(F.lit(1)) - F.countDistinct(F.struct(*key)),
        "null_keys": count_where(nulls),
    }


def _least(column: str) -> Column:
    return F.coalesce(F.min(column), F.lit(1))


def _largest(column: str) -> Column:
    return F.coalesce(F.max(column), F.lit(1))


def table_statistics() -> dict[str, dict[str, Column]]:
    """Table -> statistic -> aggregate over its rows."""
    dropped, reason = ~F.col("kept"), F.col("reason")
    unrepresented = F.col("final_representative_id").isNull()
    return {
        "records": {**_keys("records"), "least_byte_length": _least("byte_length")},
        "quarantine": {
            **_keys("quarantine"),
            "unknown_reasons": count_where(~reason.isin(*QUARANTINE_REASONS)),
            "heads_over_200_bytes": count_where(F.length("head") > 400),
        },
        "documents": {
            **_keys("documents"),
            "least_copies": _least("copies"),
            "least_char_count": _least("char_count"),
            "mean_char_count": F.avg("char_count"),
        },
        "decisions": {
            **_keys("decisions"),
            "kept_with_reason": count_where(F.col("kept") & reason.isNotNull()),
            "dropped_without_reason": count_where(dropped & (reason.isNull() | F.col("stage").isNull())),
            "unknown_reasons": count_where(~reason.isin(*DROP_STAGES)),
            "dropped_without_representative": count_where(dropped & unrepresented & (reason != "empty_text")),
            "unrepresented": count_where(unrepresented),
            "kept": count_where(F.col("kept")),
            "least_similarity": _least("similarity"),
            "largest_similarity": _largest("similarity"),
        },
        "duplicate_pairs": {
            **_keys("duplicate_pairs"),
            "paired_with_itself": count_where(F.col("doc_id") == F.col("other_id")),
            "least_similarity": _least("similarity"),
            "largest_similarity": _largest("similarity"),
        },
        "embeddings": {
            **_keys("embeddings"),
            "other_dimensions": F.coalesce(F.max(F.size("vector")) - F.min(F.size("vector")), F.lit(0)),
        },
        "token_sequences": {
            **_keys("token_sequences"),
            "wrong_counts": count_where(F.size("token_ids") != F.col("token_count")),
        },
        "curated": {
            **_keys("curated"),
            "empty_texts": count_where(F.length("text") == 0),
            "least_weight": _least("weight"),
            "largest_weight": F.max("weight"),
            "total_weight": F.sum("weight"),
        },
        "near_misses": _keys("near_misses"),
        "tombstones": _keys("tombstones"),
        "files": {"records": F.sum("records"), "quarantined": F.sum("quarantined")},
    }


def spanning_statistics(frames: Frames) -> DataFrame:
    """One row of the statistics that take two tables."""
    records = frames["records"].select("record_id", "source")
    decisions = frames["decisions"].select("record_id", "reason", F.lit(True).alias("_decided"))
    together = records.join(decisions, "record_id", "full")
    by_source = together.groupBy("source").agg(
        count_where(F.col("_decided").isNull()).alias("undecided"),
        F.count(F.lit(1)).alias("records"),
        *(count_where(F.col("reason") == f"{kind}_duplicate").alias(kind) for kind in ("near", "semantic")),
    )
    balances = by_source.agg(
        F.sum("undecided").alias("records_without_decision"),
        F.coalesce(F.sum(F.when(F.col("source").isNull(), F.col("records"))), F.lit(0)).alias("decisions_without_record"),
        F.max(F.col("near") / F.col("records")).alias("largest_near_share_of_a_source"),
        F.max(F.col("semantic") / F.col("records")).alias("largest_semantic_share_of_a_source"),
    )
    represented = frames["decisions"].select(F.col("final_representative_id").alias("doc_id")).dropna().distinct()
    missing = represented.join(frames["curated"].select("doc_id"), "doc_id", "left_anti")
    return balances.crossJoin(missing.agg(F.count(F.lit(1)).alias("representatives_not_curated")))


def measure(frames: Frames) -> Values:
    """Table -> statistic -> value, in one Spark job; the key `release` has what spans tables."""
    rows = {table: frames[table].agg(*(value.alias(name) for name, value in aggregates.items()))
            for table, aggregates in table_statistics().items()}  # fmt: skip
    rows["release"] = spanning_statistics(frames)
    stacked = [_stack(owner, one) for owner, one in rows.items()]
    values: Values = {}
    for row in functools.reduce(DataFrame.unionAll, stacked).collect():
        values.setdefault(row.owner, {})[row.name] = row.value
    return values


def _stack(owner: str, one: DataFrame) -> DataFrame:
    """A row of statistics as rows (owner, name, value)."""
    pairs = ", ".join(f"'{name}', CAST(`{name}` AS DOUBLE)" for name in one.columns)
    return one.selectExpr(f"'{owner}' AS owner", f"stack({len(one.columns)}, {pairs}) AS (name, value)")


def add_balances(values: Values) -> Values:
    """The release's balances, by arithmetic on what was measured: each is 0 if nothing was lost."""
    records, decisions, curated, files = (values[name] for name in ("records", "decisions", "curated", "files"))
    rows = records["rows"] or 0
    largest = curated["largest_weight"] or 0
    values["release"] |= {
        "records_missing_from_files": (files["records"] or 0) - rows - (values["tombstones"]["rows"] or 0),
        "quarantine_missing_from_files": (files["quarantined"] or 0) - (values["quarantine"]["rows"] or 0),
        "kept_missing_from_curated": (decisions["kept"] or 0) - (curated["rows"] or 0),
        "weights_missing": rows - (curated["total_weight"] or 0) - (decisions["unrepresented"] or 0),
        "largest_group_share": largest / rows if rows and largest > 1 else 0.0,
        "mean_char_count": values["documents"]["mean_char_count"],
    }
    return values
