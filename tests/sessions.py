"""Jobs on the session that all tests share."""

import pytest
from brickyard import session
from pyspark.sql import SparkSession


def share_session(spark: SparkSession, patch: pytest.MonkeyPatch) -> None:
    """Let jobs run in this process, on the tests' session, which they must not stop."""
    patch.setattr(session, "build_session", lambda name, settings: spark)
    patch.setattr(session, "stop_session", lambda spark: None)
