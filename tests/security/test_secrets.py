"""Secrets in the environment and in settings are nowhere in what a run writes: not in logs, events, tables or the page."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from brickyard import session
from deltalake import DeltaTable

from tests import corpus

ROOT = Path(__file__).parent.parent.parent
LIBRARY = Path(session.__file__).parent.parent
SECRETS = {
    name: f"canary-{number}-sings" for number, name in enumerate(("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "HF_TOKEN"))
}
SETTINGS = {
    "spark.hadoop.fs.s3a.secret.key": "canary-10-sings",
    "spark.hadoop.fs.s3a.access.key": "canary-11-sings",
    "spark.hadoop.fs.azure.account.key.store": "canary-12-sings",
    "spark.brickyard.db_passwd": "canary-13-sings",
    "spark.brickyard.apiKey": "canary-14-sings",
    "spark.executorEnv.SERVICE_CREDENTIALS": "canary-15-sings",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A run with its page, with events logged and all that it says kept, in a process that knows the secrets."""
    home = tmp_path_factory.mktemp("secrets")
    (home / "in").mkdir()
    for i, line in enumerate(("a text that says marker-in-a-text", "another one", "and a third")):
        (home / "in" / f"{i}.txt").write_text(line)
    (home / "events").mkdir()
    settings = [*corpus.NARROW, "spark.eventLog.enabled=true", f"spark.eventLog.dir=file://{home}/events",
                *(f"{name}={value}" for name, value in SETTINGS.items())]  # fmt: skip
    words = ["try", str(home / "in"), "--debug", *(word for setting in settings for word in ("--set", setting))]
    environment = os.environ | SECRETS | {"PYTHONPATH": f"{LIBRARY}{os.pathsep}{ROOT}", "PYSPARK_PYTHON": sys.executable}
    environment |= {"BRICKYARD_SPARK_LOG": "INFO"}
    with (home / "said").open("wb") as said:
        command = [sys.executable, "-m", "jobs.main", *words]
        result = subprocess.run(command, cwd=home, env=environment, stdout=said, stderr=subprocess.STDOUT, check=False)
    assert result.returncode == 0, (home / "said").read_text()[-3000:]
    return home


def found_in(home: Path, word: str) -> Iterator[str]:
    """Where a word stands: files by their bytes and their names, tables by their rows."""
    for path in home.rglob("*"):
        if path.is_file() and (word in path.name or word.encode() in path.read_bytes()):
            yield str(path.relative_to(home))
        if path.name == "_delta_log":
            rows = DeltaTable(str(path.parent)).to_pyarrow_table().to_pylist()
            if word in json.dumps(rows, default=str):
                yield f"table {path.parent.name}"


def test_the_search_sees_tables_events_and_the_page(home):
    places = list(found_in(home, "marker-in-a-text"))
    assert {"table records", "table curated"} <= set(places)
    assert not [place for place in places if "_delta_log" in place]  # statistics are kept of ids and numbers only
    assert len(list(found_in(home, "spark.hadoop.fs.s3a.secret.key"))) == 1  # the events name it, with its value blotted out
    assert any(place.startswith("events/") for place in found_in(home, "SparkListenerEnvironmentUpdate"))
    assert list((home / "brickyard-try" / "in" / "reports").iterdir())


@pytest.mark.parametrize("name", [*SECRETS, *SETTINGS])
def test_a_secret_is_nowhere(home, name):
    assert list(found_in(home, (SECRETS | SETTINGS)[name])) == []


def test_what_is_blotted_out_is_named_in_our_defaults():
    assert session.default_settings()["spark.redaction.regex"].startswith("(?i)secret|passw|token|credential|")
