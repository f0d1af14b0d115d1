"""One mapping from AWS_* variables to Spark, Arrow, delta-rs; what is really reached is in tests/cluster."""

import pytest
from brickyard import s3
from brickyard.config import load_config
from brickyard.errors import ConfigError
from brickyard.s3 import Access, access_of
from brickyard.session import build_session
from pyarrow import fs
from pyspark import SparkContext

VARIABLES = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "AKIA-canary",
    "AWS_SECRET_ACCESS_KEY": "secret-canary",
    "AWS_SESSION_TOKEN": "token-canary",
}
KEYS = ("AKIA-canary", "secret-canary", "token-canary")


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def test_settings_of_spark_hold_the_endpoint_and_no_key(variables) -> None:
    settings = s3.hadoop_settings(access_of())
    assert settings["spark.hadoop.fs.s3a.endpoint"] == VARIABLES["AWS_ENDPOINT_URL"]
    assert settings["spark.hadoop.fs.s3a.connection.ssl.enabled"] == "false"
    assert settings["spark.hadoop.fs.s3a.path.style.access"] == "true"
    assert not any(key in str(settings) for key in KEYS)


def test_without_an_endpoint_hadoop_finds_the_store_itself() -> None:
    assert not any("endpoint" in name for name in s3.hadoop_settings(Access()))
    assert s3.hadoop_settings(Access(region="eu-central-1"))["spark.hadoop.fs.s3a.endpoint.region"] == "eu-central-1"


def test_python_on_executors_gets_the_same_variables(variables) -> None:
    given = {name.removeprefix("spark.executorEnv."): value for name, value in s3.executor_variables(access_of()).items()}
    assert given == VARIABLES
    assert access_of(given) == access_of()


class JavaStarts(Exception):
    """Instead of starting Java: what it would have got as arguments."""


def test_java_is_started_without_a_key_in_its_arguments(variables, monkeypatch) -> None:
    def start(instance=None, gateway=None, conf=None):
        raise JavaStarts(conf.getAll())

    monkeypatch.setattr(SparkContext, "_ensure_initialized", start)
    with pytest.raises(JavaStarts) as caught:
        build_session("job", {"spark.master": "spark://127.0.0.1:1"})
    assert ("spark.hadoop.fs.s3a.endpoint", VARIABLES["AWS_ENDPOINT_URL"]) in caught.value.args[0]
    assert not any(key in str(caught.value) for key in KEYS)


def test_delta_rs_gets_keys_for_s3_only(variables) -> None:
    options = s3.delta_options("s3a://bucket/w")
    assert options == {
        "aws_endpoint": VARIABLES["AWS_ENDPOINT_URL"],
        "aws_region": "us-east-1",
        "aws_access_key_id": "AKIA-canary",
        "aws_secret_access_key": "secret-canary",
        "aws_session_token": "token-canary",
        "aws_allow_http": "true",
    }
    assert s3.delta_options("/home/w") is None


def test_arrow_takes_a_key_as_it_is_written(variables) -> None:
    filesystem, path = s3.arrow_filesystem("s3a://bucket/a b/%41?#.txt")
    assert isinstance(filesystem, fs.S3FileSystem)
    assert path == "bucket/a b/%41?#.txt"


def test_keys_are_not_shown(variables) -> None:
    assert not any(key in repr(access_of()) for key in KEYS)


@pytest.mark.parametrize("path", ["s3://bucket/w", "s3a://bucket/w", "s3://bucket/w/"])
def test_s3_and_s3a_are_one_warehouse(path) -> None:
    config = load_config(None, [f"warehouse={path}", f"input.paths={path}"], {})
    assert (config.warehouse, config.input.paths) == ("s3a://bucket/w", ("s3a://bucket/w",))


@pytest.mark.parametrize("setting", ["warehouse", "input.paths", "input.root"])
def test_keys_in_a_path_are_refused_and_not_repeated(setting) -> None:
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID") as caught:
        load_config(None, [f"{setting}=s3a://AKIA-canary:secret-canary@bucket/w"], {})
    assert not any(key in str(caught.value) for key in KEYS)


@pytest.mark.parametrize("warehouse", ["gs://bucket/w", "hdfs://host/w"])
def test_a_warehouse_is_on_a_store_that_can_be_locked(warehouse) -> None:
    with pytest.raises(ConfigError, match="a folder, or on S3"):
        load_config(None, [f"warehouse={warehouse}"], {})
