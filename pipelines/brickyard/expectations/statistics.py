"""The statistics that suites examine: one row of numbers per table, never a text."""

import functools

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.expectations.keys import REPRESENTED, Keyed, count_keys, recount
from brickyard.reasons import DROP_STAGES, QUARANTINE_REASONS
from brickyard.tables import (
    CURATED,
    DECISIONS,
    DOCUMENTS,
    DUPLICATE_PAIRS,
    EMBEDDINGS,
    NEAR_MISSES,
    QUARANTINE,
    RECORDS,
    TOKEN_SEQUENCES,
    TOKENIZER_STATISTICS,
    TOMBSTONES,
)

Frames = dict[str, DataFrame]
Values = dict[str, dict[str, float | None]]

_KEYED = (
    RECORDS, QUARANTINE, DOCUMENTS, DECISIONS, DUPLICATE_PAIRS, NEAR_MISSES, EMBEDDINGS, TOKEN_SEQUENCES,
    TOKENIZER_STATISTICS, CURATED, TOMBSTONES,
)  # fmt: skip


def count_where(condition: Column) -> Column:
    """Rows for which the condition is true."""
    return F.count(F.when(condition, 1))


def _least(column: str) -> Column:
    return F.coalesce(F.min(column), F.lit(1))


def _largest(column: str) -> Column:
    return F.coalesce(F.max(column), F.lit(1))


def table_statistics() -> dict[str, dict[str, Column]]:
    """Table -> statistic -> aggregate over its rows; what is asked of every table's key is elsewhere."""
    dropped, reason = ~F.col("kept"), F.col("reason")
    unrepresented = F.col("final_representative_id").isNull()
    return {
        "records": {"least_byte_length": _least("byte_length"), "null_sources": count_where(F.col("source").isNull())},
        "quarantine": {
            "unknown_reasons": count_where(~reason.isin(*QUARANTINE_REASONS)),
            "heads_over_200_bytes": count_where(F.length("head") > 400),
        },
        "documents": {
            "least_copies": _least("copies"),
            "copies": F.coalesce(F.sum("copies"), F.lit(0)),
            "least_char_count": _least("char_count"),
            "mean_char_count": F.coalesce(F.avg("char_count"), F.lit(0.0)),
        },
        "decisions": {
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
            "paired_with_itself": count_where(F.col("doc_id") == F.col("other_id")),
            "least_similarity": _least("similarity"),
            "largest_similarity": _largest("similarity"),
        },
        "embeddings": {
            "other_dimensions": F.coalesce(F.max(F.size("vector")) - F.min(F.size("vector")), F.lit(0)),
            "other_models": F.coalesce((F.max("model") != F.min("model")).cast("int"), F.lit(0)),
        },
        "token_sequences": {
            "wrong_counts": count_where(F.size("token_ids") != F.col("token_count")),
        },
        "curated": {
            "empty_texts": count_where(F.col("text") == ""),
            "least_weight": _least("weight"),
            "largest_weight": F.max("weight"),
            "total_weight": F.sum("weight"),
        },
        "files": {"records": F.sum("records"), "quarantined": F.sum("quarantined")},
    }


def key_statistics(frames: Frames) -> Values:
    """Rows, repeated keys and null keys of every table, and the release's balances that take two tables."""
    of = {"records": "source", "decisions": "reason"}
    tables = [Keyed(table.name, frames[table.name], table.key, of.get(table.name)) for table in _KEYED]
    represented = frames["decisions"].where("final_representative_id IS NOT NULL")
    counted = count_keys([*tables, Keyed(REPRESENTED, represented, ("final_representative_id",))])
    values: Values = {}
    for table in tables:
        rows, distinct, nulls = (counted.get((table.owner, "", name), 0) for name in ("rows", "distinct", "nulls"))
        repeated = recount(table) if distinct < rows else 0
        values[table.owner] = {"rows": rows, "repeated_keys": repeated, "null_keys": nulls}
    wanted = ("records", "undecided", "near", "semantic")
    sources = [source for owner, source, name in counted if (owner, name) == ("records", "records")]
    by_source = {source: {name: counted.get(("records", source, name), 0) for name in wanted} for source in sources}
    values["release"] = {
        "records_without_decision": sum(one["undecided"] for one in by_source.values()),
        "decisions_without_record": counted.get(("decisions", "", "orphans"), 0),
        "representatives_not_curated": counted.get((REPRESENTED, "", "missing"), 0),
        **{f"largest_{kind}_share_of_a_source": max((one[kind] / one["records"] for one in by_source.values()), default=0.0)
           for kind in ("near", "semantic")},
    }  # fmt: skip
    return values


def measure(frames: Frames) -> Values:
    """Table -> statistic -> value, in two Spark jobs; the key `release` has what spans tables."""
    rows = {table: frames[table].agg(*(value.alias(name) for name, value in aggregates.items()))
            for table, aggregates in table_statistics().items()}  # fmt: skip
    stacked = [one.selectExpr(f"'{owner}' AS owner", _stack(*one.columns)) for owner, one in rows.items()]
    values = key_statistics(frames)
    for row in functools.reduce(DataFrame.unionAll, stacked).collect():
        values.setdefault(row.owner, {})[row.name] = row.value
    return values


def _stack(*columns: str) -> str:
    """SQL for columns of statistics as rows (name, value)."""
    pairs = ", ".join(f"'{name}', CAST(`{name}` AS DOUBLE)" for name in columns)
    return f"stack({len(columns)}, {pairs}) AS (name, value)"


def add_balances(values: Values) -> Values:
    """The release's balances, by arithmetic on what was measured: each is 0 if nothing was lost."""
    records, decisions, curated, files = (values[name] for name in ("records", "decisions", "curated", "files"))
    rows = records["rows"] or 0
    largest = curated["largest_weight"] or 0
    values["release"] |= {
        "records_missing_from_files": (files["records"] or 0) - rows - (values["tombstones"]["rows"] or 0),
        "quarantine_missing_from_files": (files["quarantined"] or 0) - (values["quarantine"]["rows"] or 0),
        "records_missing_from_documents": rows - (values["documents"]["copies"] or 0),
        "kept_missing_from_curated": (decisions["kept"] or 0) - (curated["rows"] or 0),
        "weights_missing": rows - (curated["total_weight"] or 0) - (decisions["unrepresented"] or 0),
        "largest_group_share": largest / rows if rows and largest > 1 else 0.0,
        "mean_char_count": values["documents"]["mean_char_count"],
    }
    return values
