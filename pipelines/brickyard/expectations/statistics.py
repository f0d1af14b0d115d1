"""The statistics that suites examine: one row of numbers per table, never a text."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.reasons import DROP_STAGES, QUARANTINE_REASONS
from brickyard.tables import RELEASED

Frames = dict[str, DataFrame]

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
        "embeddings": {**_keys("embeddings"), "other_dimensions": F.coalesce(F.max(F.size("vector")) - F.min(F.size("vector")), F.lit(0))},
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
        "files": {"records": F.sum("records"), "quarantined": F.sum("quarantined")},
    }


def spanning_statistics(frames: Frames) -> dict[str, DataFrame]:
    """Statistics that take two tables: each a frame of one value."""
    records, decisions, curated = frames["records"], frames["decisions"], frames["curated"]
    representatives = decisions.select(F.col("final_representative_id").alias("doc_id")).dropna().distinct()
    shares = _shares(records, decisions)
    return {
        "records_without_decision": records.select("record_id").exceptAll(decisions.select("record_id")).agg(F.count("*")),
        "decisions_without_record": decisions.select("record_id").exceptAll(records.select("record_id")).agg(F.count("*")),
        "representatives_not_curated": representatives.join(curated, "doc_id", "left_anti").agg(F.count("*")),
        "largest_near_share_of_a_source": shares.agg(F.max("near")),
        "largest_semantic_share_of_a_source": shares.agg(F.max("semantic")),
    }


def _shares(records: DataFrame, decisions: DataFrame) -> DataFrame:
    sources = decisions.select("record_id", "reason").join(records.select("record_id", "source"), "record_id")
    return sources.groupBy("source").agg(
        *(F.avg(F.coalesce((F.col("reason") == f"{kind}_duplicate").cast("double"), F.lit(0.0))).alias(kind)
          for kind in ("near", "semantic"))
    )  # fmt: skip


def measure(frames: Frames) -> dict[str, dict[str, float | None]]:
    """Table -> statistic -> value, in one Spark job; the key `release` has what spans tables."""
    rows: list[DataFrame] = []
    for table, aggregates in table_statistics().items():
        one = frames[table].agg(*(value.cast("double").alias(name) for name, value in aggregates.items()))
        pairs = ", ".join(f"'{name}', `{name}`" for name in aggregates)
        rows.append(one.selectExpr(f"'{table}' AS owner", f"stack({len(aggregates)}, {pairs}) AS (name, value)"))
    for name, one in spanning_statistics(frames).items():
        rows.append(one.toDF("value").selectExpr("'release' AS owner", f"'{name}' AS name", "CAST(value AS DOUBLE) AS value"))
    everything = rows[0]
    for more in rows[1:]:
        everything = everything.unionAll(more)
    values: dict[str, dict[str, float | None]] = {}
    for row in everything.collect():
        values.setdefault(row.owner, {})[row.name] = row.value
    return values


def add_balances(values: dict[str, dict[str, float | None]]) -> dict[str, dict[str, float | None]]:
    """The release's balances, by arithmetic on what was measured: each is 0 if nothing was lost."""
    records, decisions, curated, files = (values[name] for name in ("records", "decisions", "curated", "files"))
    rows = records["rows"] or 0
    largest = curated["largest_weight"] or 0
    values["release"] |= {
        "records_missing_from_files": (files["records"] or 0) - rows,
        "quarantine_missing_from_files": (files["quarantined"] or 0) - (values["quarantine"]["rows"] or 0),
        "kept_missing_from_curated": (decisions["kept"] or 0) - (curated["rows"] or 0),
        "weights_missing": rows - (curated["total_weight"] or 0) - (decisions["unrepresented"] or 0),
        "largest_group_share": largest / rows if rows and largest > 1 else 0.0,
        "mean_char_count": values["documents"]["mean_char_count"],
    }
    return values
