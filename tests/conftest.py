"""One Spark session for the whole run, tuned for tiny data; and small helpers that most tests use."""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

ROOT = Path(__file__).parent.parent

FIRST = ("test_take_down.py", "test_laws.py", "test_near_incremental.py", "test_probe_section.py")
"""The files that take longest: begun last, one of them would keep one core busy while the others are idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Nothing but the order of files changes."""
    items.sort(key=lambda item: item.path.name not in FIRST)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The session that all tests share."""
    os.environ["PYSPARK_PYTHON"] = os.sys.executable
    from brickyard.session import build_session

    settings = {
        "spark.master": "local[2]",
        "spark.driver.memory": "1g",
        # Tests are many short jobs: compile fast, never optimise; one thread of collection. Without optimising, Java
        # reserves 48 MB for compiled code; that fills within a minute, and then it compiles, and sweeps, without end.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
        " -Duser.timezone=UTC",
        "spark.sql.shuffle.partitions": "2",  # the data fits one; two show that partitions do not matter
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.codegen.wholeStage": "false",  # compiling a plan costs more than running it on ten rows
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark-warehouse")),
        "spark.rdd.compress": "false",
        "spark.shuffle.compress": "false",
    }
    session = build_session("tests", settings)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def released(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, worker_id: str):
    """The small corpus in a published release; tests only read it.

    One process of the tests makes it, and each has a copy, for a warehouse can be locked.
    """
    from tests import corpus

    own = tmp_path_factory.mktemp("released")
    home = own if worker_id == "master" else tmp_path_factory.getbasetemp().parent / "released"
    home.mkdir(exist_ok=True)
    made, folder = home / "summary", home / "in"
    with (home / "being_made").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made.write_bytes(pickle.dumps(corpus.run(spark, home / "warehouse", corpus.write_corpus(folder))))
    shutil.copytree(home / "warehouse", own / "copy")
    return corpus.Made(folder, own / "copy", pickle.loads(made.read_bytes()))  # noqa: S301 - a moment ago, by these tests


@pytest.fixture(autouse=True)
def _clean_session(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop what a test cached or registered."""
    yield
    if "spark" in request.fixturenames:
        session: SparkSession = request.getfixturevalue("spark")
        session.catalog.clearCache()
        session.sql("DROP DATABASE IF EXISTS brickyard CASCADE")


@pytest.fixture
def shared_session(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run in this process, on the tests' session, which they must not stop."""
    from tests.sessions import share_session

    share_session(spark, monkeypatch)


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that starts Spark fails the test."""
    from brickyard import session

    monkeypatch.setattr(session, "build_session", lambda name, settings: pytest.fail("Spark was started"))


@pytest.fixture
def write_file(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    """Write a file below the test's own folder `in`, making folders on the way."""

    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
