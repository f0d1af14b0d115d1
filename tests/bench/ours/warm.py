"""Brickyard in a session that has run before: a small corpus first, untimed, then the corpora that are named, one by one.

    python -m tests.bench.ours.warm SMALL WAREHOUSE CORPUS [CORPUS ...] [--set KEY=VALUE ...]

All corpora go to one warehouse: the second is an increment. Starting Spark is not in the seconds.
"""

import argparse
import time
from collections.abc import Iterable

from brickyard.config import load_config, spark_settings
from brickyard.run import Summary, run_curation
from brickyard.session import build_session, stop_session
from pyspark.sql import SparkSession

from tests.bench.measure import print_report
from tests.bench.settings import input_settings


def run(spark: SparkSession, corpora: Iterable[str], warehouse: str, settings: list[str]) -> Summary:
    """One run of the main job."""
    given = [*input_settings(warehouse, corpora), *settings]
    return run_curation(spark, load_config(None, given, {}))


def shuffled_bytes(spark: SparkSession) -> int:
    """What all tasks of this session have written to shuffles, as Spark counts it."""
    executors = spark.sparkContext._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(i).totalShuffleWrite() for i in range(executors.size()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("small")
    parser.add_argument("warehouse")
    parser.add_argument("corpora", nargs="+")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    options = parser.parse_args()
    spark = build_session("bench", spark_settings(load_config(None, options.settings, {})))
    run(spark, [options.small], options.warehouse + "-small", options.settings)
    runs = []
    for last in range(1, len(options.corpora) + 1):
        before, started = shuffled_bytes(spark), time.monotonic()
        summary = run(spark, options.corpora[:last], options.warehouse, options.settings)
        seconds = time.monotonic() - started
        runs.append({"seconds": seconds, "stages": summary.seconds, "counts": summary.counts, "rows": summary.rows,
                     "shuffled_bytes": shuffled_bytes(spark) - before})  # fmt: skip
    stop_session(spark)
    print_report(**runs[0], increments=runs[1:])


if __name__ == "__main__":
    main()
