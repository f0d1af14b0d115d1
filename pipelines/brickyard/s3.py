"""Object stores that speak S3: one mapping from the standard AWS_* variables to each library that reaches them.

`s3://` and `s3a://` mean the same; a loaded configuration knows `s3a://` only, which is Hadoop's name for it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from brickyard.errors import ConfigError

if TYPE_CHECKING:
    from pyarrow import fs  # a query by DuckDB does without

JAR_CLASS = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_PREFIXES = ("s3a://", "s3://")
_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Access:
    """Where the store is and how to get in; without keys, each library looks where it always does (profiles, roles)."""

    endpoint: str | None = None
    region: str | None = None
    key_id: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def encrypted(self) -> bool:
        return not (self.endpoint or "").startswith("http://")


def access_of(environment: Mapping[str, str] = os.environ) -> Access:
    """What the AWS_* variables say."""
    return Access(
        endpoint=environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or None,
        region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or None,
        key_id=environment.get("AWS_ACCESS_KEY_ID") or None,
        secret=environment.get("AWS_SECRET_ACCESS_KEY") or None,
        token=environment.get("AWS_SESSION_TOKEN") or None,
    )


def is_s3(path: str) -> bool:
    """Whether a path names something on S3."""
    return path.startswith(_PREFIXES)


def canonical(path: str) -> str:
    """The one spelling of a path on S3: `s3a://bucket/key`, no slash at the end. Raises ConfigError if it holds keys."""
    bucket, _, key = _inner(path).partition("/")
    if not bucket or "@" in bucket:
        raise ConfigError("write s3://BUCKET/KEY; keys are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return f"s3a://{bucket}/{key}".rstrip("/")


def _inner(path: str) -> str:
    """`bucket/key`: taken as it is written, for `?`, `#` and `%` may be part of a key."""
    return path.partition("://")[2]


def hadoop_settings(access: Access) -> dict[str, str]:
    """Spark's settings for S3A, without a key: Spark hands those in the environment to Hadoop by itself.

    Markers of folders stay: Hadoop would try to delete all above each file that it writes; stores with real folders refuse.
    """
    settings = {
        "spark.hadoop.fs.s3a.directory.marker.retention": "keep",
        "spark.hadoop.fs.s3.impl": JAR_CLASS,
        "spark.hadoop.fs.s3a.endpoint.region": access.region or (_DEFAULT_REGION if access.endpoint else None),
    }
    if access.endpoint:
        settings |= {
            "spark.hadoop.fs.s3a.endpoint": access.endpoint,
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.connection.ssl.enabled": str(access.encrypted).lower(),
        }
    return {name: value for name, value in settings.items() if value}


def executor_variables(access: Access) -> dict[str, str]:
    """The AWS_* variables for Python on executors, as Spark's settings. They hold the keys: not for a command line."""
    variables = {
        "AWS_ENDPOINT_URL": access.endpoint,
        "AWS_REGION": access.region,
        "AWS_ACCESS_KEY_ID": access.key_id,
        "AWS_SECRET_ACCESS_KEY": access.secret,
        "AWS_SESSION_TOKEN": access.token,
    }
    return {f"spark.executorEnv.{name}": value for name, value in variables.items() if value}


def delta_options(path: str) -> dict[str, str] | None:
    """delta-rs's storage options for a table."""
    if not is_s3(path):
        return None
    access = access_of()
    options = {
        "endpoint": access.endpoint,
        "region": access.region or _DEFAULT_REGION,
        "access_key_id": access.key_id,
        "secret_access_key": access.secret,
        "session_token": access.token,
        "allow_http": None if access.encrypted else "true",
    }
    return {f"aws_{name}": value for name, value in options.items() if value}


def arrow_filesystem(path: str) -> "tuple[fs.FileSystem, str]":
    """Arrow's filesystem for a path, and the path within it: `bucket/key`."""
    return _arrow_filesystem(access_of()), _inner(path)


@cache
def _arrow_filesystem(access: Access) -> "fs.FileSystem":
    from pyarrow import fs

    return fs.S3FileSystem(
        access_key=access.key_id,
        secret_key=access.secret,
        session_token=access.token,
        region=access.region or (_DEFAULT_REGION if access.endpoint else None),
        endpoint_override=_inner(access.endpoint) if access.endpoint else None,
        scheme="https" if access.encrypted else "http",
    )


def conditional_store(path: str) -> tuple[Any, str]:
    """A store whose writes may be conditional, and the key in it."""
    from obstore.store import S3Store

    bucket, _, key = _inner(path).partition("/")
    options = {name: value for name, value in (delta_options(path) or {}).items() if name != "aws_allow_http"}
    return S3Store(bucket, config=options, client_options={"allow_http": not access_of().encrypted}), key  # type: ignore[arg-type]
