"""Eight questions that analysts ask, of a made-up release: Spark in a warm session of the SQL service's settings, with
a heap of 3 GB, against DuckDB, both in this process, and the bytes that Spark reads before and after `brickyard arrange`.

    python -m tests.bench.queries --records 1000000

The answers must be equal. The result goes to docs/queries.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from brickyard import storage
from brickyard.catalog import SCHEMA, Release, find_release, list_releases
from brickyard.duck import connect, run_query
from brickyard.releases import Attempt, publish
from brickyard.serving import catalogs_of, refresh, schema_of, service_settings
from brickyard.session import build_session, stop_session
from brickyard.stages.arrange import arrange
from brickyard.statements import with_literals
from brickyard.storage import Warehouse
from brickyard.tables import LAYOUTS
from pyspark.sql import SparkSession

from infra.setup import ROOT
from tests.bench.bench import say
from tests.bench.made_release import make_release
from tests.bench.run import machine
from tests.questions import questions

RESULT = ROOT / "docs" / "queries.json"
ASKED = ("drop_reasons", "lengths", "tokens", "search", "file_records", "across_sources", "batches", "labels")
RUNS, WARM_UP = 7, 15
"""Counted, and not counted before them: Java goes on compiling for more than ten runs of a query."""
SHELL = "SELECT reason, count(*) AS records FROM brickyard.decisions GROUP BY reason"

Timed = tuple[float, list[tuple]]
"""Median seconds, and the rows."""


def timed(asks: Sequence[Callable[[], list[tuple]]], warm_up: int = WARM_UP) -> list[Timed]:
    """Median seconds of RUNS runs of each after `warm_up` that are not counted, by turns, and the answers."""
    seconds: list[list[float]] = [[] for _ in asks]
    rows: list[list[tuple]] = [[] for _ in asks]
    for _ in range(warm_up + RUNS):
        for number, ask in enumerate(asks):
            started = time.monotonic()
            rows[number] = ask()
            seconds[number].append(time.monotonic() - started)
    return [(round(median(one[warm_up:]), 3), answer) for one, answer in zip(seconds, rows, strict=True)]


def ask_duckdb(connection, statement: str, arguments: dict[str, str]) -> list[tuple]:
    return run_query(connection, statement, arguments)[1]


def ask_spark(spark: SparkSession, release: Release, statement: str, arguments: dict[str, str]) -> list[tuple]:
    shown = with_literals(statement, arguments).replace(f"{SCHEMA}.", f"{schema_of(release)}.")
    return [tuple(row) for row in spark.sql(shown).collect()]


def bytes_read(spark: SparkSession, release: Release, statement: str, arguments: dict[str, str]) -> int:
    """Bytes of input of a question, as Spark's tasks count them."""
    before = _total_input(spark)
    ask_spark(spark, release, statement, arguments)
    return _total_input(spark) - before


def _total_input(spark: SparkSession) -> int:
    executors = spark.sparkContext._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(i).totalInputBytes() for i in range(executors.size()))


def arrange_release(spark: SparkSession, path: str) -> None:
    """What `brickyard arrange` publishes, without its gate: a made-up release would not pass."""
    warehouse, newest = Warehouse(spark, path), find_release(path)
    frames = [storage.read(warehouse, table, newest.table_versions[table.name]) for table in LAYOUTS]
    made = arrange(*frames, orders=tuple(LAYOUTS.values())).frames
    attempt = Attempt("made", "made", "batch-3", newest, "{}", "arrange")
    versions = dict(newest.table_versions)
    for table, frame in zip(LAYOUTS, made, strict=True):
        assert frame is not None
        versions[table.name] = storage.write(frame, warehouse, table, "overwrite", attempt.id, "arrange").version
    publish(warehouse, attempt, versions)


def from_the_shell(warehouse: str) -> float:
    """Seconds of a small query by `brickyard sql --engine duckdb`, from the start of the process to its end."""
    command = [sys.executable, "-m", "jobs.main", "sql", "--engine", "duckdb", "--set", f"warehouse={warehouse}", SHELL]

    def ask() -> list[tuple]:
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return []

    return timed([ask], warm_up=2)[0][0]  # each is a process anew


def measure(warehouse: str, scratch: Path) -> dict:
    """Everything, on a release that is there."""
    spark = build_session("queries", service_settings("127.0.0.1", 0, scratch, {"spark.driver.memory": "3g"}))
    asked = {name: query for name, query in questions(warehouse).items() if name in ASKED}
    arrange_release(spark, warehouse)
    refresh(catalogs_of(spark), warehouse, {})
    made, arranged = list_releases(warehouse)
    with connect(warehouse, made) as one, connect(warehouse, arranged) as other:
        rows = {}
        for name, query in asked.items():
            asks = [partial(ask_duckdb, one, *query), partial(ask_spark, spark, made, *query),
                    partial(ask_duckdb, other, *query), partial(ask_spark, spark, arranged, *query)]  # fmt: skip
            rows[name] = _row(timed(asks), [bytes_read(spark, release, *query) for release in (made, arranged)])
            say(f"{name}: {json.dumps(rows[name])}")
    stop_session(spark)
    return {"questions": rows, "median_ratio": round(median(row["ratio"] for row in rows.values()), 2),
            "median_ratio_arranged": round(median(row["ratio_arranged"] for row in rows.values()), 2),
            "shell_seconds": from_the_shell(warehouse)}  # fmt: skip


def _row(found: list[Timed], read: list[int]) -> dict:
    (duckdb, rows), (spark, _), (duckdb_arranged, _), (spark_arranged, _) = found
    return {"duckdb": duckdb, "spark": spark, "ratio": round(spark / duckdb, 2), "duckdb_arranged": duckdb_arranged,
            "spark_arranged": spark_arranged, "ratio_arranged": round(spark_arranged / duckdb_arranged, 2),
            "bytes_read": read[0], "bytes_read_arranged": read[1], "rows": len(rows),
            "equal": all(one[1] == rows for one in found)}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        say(f"making a release of {options.records:,} records")
        make_release(Path(folder) / "warehouse", options.records)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
        found = measure(str(Path(folder) / "warehouse"), Path(folder))
    result = {"records": options.records, "parquet_bytes": size, **found, "machine": machine(), "runs": RUNS,
              "warm_up": WARM_UP, "date": time.strftime("%Y-%m-%d", time.gmtime())}  # fmt: skip
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    say(json.dumps({name: result[name] for name in ("median_ratio", "median_ratio_arranged", "shell_seconds")}))
    return 0 if all(row["equal"] for row in result["questions"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
