"""The only builder of a SparkSession."""

import os
import tempfile
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from brickyard import s3
from brickyard.environment import prepare_environment
from brickyard.errors import ConfigError

DEFAULTS_FILE = Path(__file__).parent / "spark-defaults.conf"
"""The same file as infra/spark-defaults.conf: every setting, with its reason."""


_ON_THIS_MACHINE = ("local", "spark://127.0.0.1:")


def default_settings() -> dict[str, str]:
    """The settings of DEFAULTS_FILE."""
    lines = (line.strip() for line in DEFAULTS_FILE.read_text().splitlines())
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def build_session(name: str, settings: dict[str, str]) -> SparkSession:
    """A session with our defaults, under what `spark-submit` was given, under `settings`."""
    prepare_environment()
    access = s3.access_of()
    wanted = {**default_settings(), **s3.hadoop_settings(access), **_submitted_settings(), **settings}
    wanted.setdefault("spark.master", "local[*]")
    wanted.setdefault("spark.sql.warehouse.dir", f"file://{tempfile.gettempdir()}/brickyard-spark-warehouse-{os.getuid()}")
    if wanted["spark.master"].startswith("local"):
        wanted.setdefault("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1)))
    if wanted["spark.master"].startswith(_ON_THIS_MACHINE):
        wanted.setdefault("spark.driver.host", "127.0.0.1")
        wanted.setdefault("spark.driver.bindAddress", "127.0.0.1")
    keys = {} if wanted["spark.master"].startswith("local") else s3.executor_variables(access)
    if keys:  # Java is started first: it gets what is known by then as arguments, which all users of a machine can read
        SparkContext._ensure_initialized(conf=SparkConf(loadDefaults=False).setAll(list(wanted.items())))
    builder = SparkSession.builder.appName(name)
    for key, value in {**wanted, **keys}.items():
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


def able_to_reach(spark: SparkSession, warehouse: str) -> SparkSession:
    """The session itself. Raises ConfigError if it lacks what reads and writes on S3, and the warehouse is there."""
    if s3.is_s3(warehouse) and not spark._jvm.org.apache.spark.util.Utils.classIsLoadable(s3.JAR_CLASS):  # type: ignore[union-attr]
        raise ConfigError(
            f"{warehouse}: this Spark has no hadoop-aws; run `make s3`, or add the jars that `brickyard doctor` names"
        )
    return spark


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
