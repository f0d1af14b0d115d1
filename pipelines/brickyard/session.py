"""The only builder of a SparkSession."""

import os
import tempfile
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from brickyard.environment import prepare_environment

DEFAULTS_FILE = Path(__file__).parent / "spark-defaults.conf"
"""The same file as infra/spark-defaults.conf: every setting, with its reason."""


def default_settings() -> dict[str, str]:
    """The settings of DEFAULTS_FILE."""
    lines = (line.strip() for line in DEFAULTS_FILE.read_text().splitlines())
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def build_session(name: str, settings: dict[str, str]) -> SparkSession:
    """A session with our defaults, under what `spark-submit` was given, under `settings`."""
    prepare_environment()
    wanted = {**default_settings(), **_submitted_settings(), **settings}
    wanted.setdefault("spark.master", "local[*]")
    wanted.setdefault("spark.sql.warehouse.dir", f"file://{tempfile.gettempdir()}/brickyard-spark-warehouse-{os.getuid()}")
    if wanted["spark.master"].startswith("local"):
        wanted.setdefault("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1)))
        wanted.setdefault("spark.driver.host", "127.0.0.1")
        wanted.setdefault("spark.driver.bindAddress", "127.0.0.1")
    builder = SparkSession.builder.appName(name)
    for key, value in wanted.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel(os.environ.get("BRICKYARD_SPARK_LOG", "ERROR"))
    return spark


def _submitted_settings() -> dict[str, str]:
    """What `spark-submit` was told; a JVM of our own is not started before its settings are known."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return {}
    SparkContext._ensure_initialized()
    return {key: value for key, value in SparkConf().getAll() if key != "spark.app.name"}


def warm_up(spark: SparkSession) -> None:
    """Run one small Python task: the daemon that it starts takes seconds, beside other work if this runs in a thread.

    Not a query: planning the first of a session takes seconds too.
    """
    spark.sparkContext.parallelize([0], 1).map(lambda zero: zero).collect()


def stop_session(spark: SparkSession) -> None:
    """Stop Spark, and wait for the Java process if it is ours."""
    gateway = SparkContext._gateway
    spark.stop()
    process = getattr(gateway, "proc", None)
    if gateway is not None and process is not None:
        gateway.shutdown()  # or Python's last objects would talk to a Java that is gone
        process.stdin.close()
        process.wait()
