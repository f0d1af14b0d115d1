"""The DAG in a real Airflow, with a real spark-submit: python -m tests.airflow.run; prints the table of docs/schedules.md.

A new Airflow home with SQLite, no web server and no scheduler: `airflow dags test` runs the task as a worker would.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from deltalake import DeltaTable

from tests.airflow.setup import AIRFLOW, ROOT, make_environment

DAG_FILE = ROOT / "infra" / "schedule" / "airflow" / "brickyard_dag.py"
TEXTS = ("the first text of three, with some words", "a second text that is no copy of it", "and a third one, the last")
CODES = Path(__file__).parent / "exit_codes.py"


def write_corpus(home: Path) -> Path:
    """Three files and a configuration that reads them; returns the configuration."""
    for i, text in enumerate(TEXTS):
        (home / "in").mkdir(exist_ok=True)
        (home / "in" / f"{i}.txt").write_text(text)
    (home / "curate.toml").write_text('warehouse = "warehouse"\n[input]\npaths = ["in"]\n')
    return home / "curate.toml"


def airflow_variables(home: Path, config: Path) -> dict[str, str]:
    """What an operator sets: where DAGs are, the connection to the master, and the checkout."""
    (home / "dags").mkdir()
    shutil.copy(DAG_FILE, home / "dags")
    return os.environ | {
        "PATH": os.pathsep.join((str(AIRFLOW / "bin"), str(ROOT / ".venv" / "bin"), os.environ["PATH"])),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_BRICKYARD_SPARK": json.dumps({"conn_type": "spark", "host": "local[2]"}),
        "BRICKYARD_HOME": str(ROOT),
        "BRICKYARD_CONFIG": str(config),
    }


def airflow(variables: dict[str, str], *words: str) -> tuple[str, float]:
    """What `airflow WORDS` prints, and its seconds. Ends this program if it fails."""
    start = time.monotonic()
    result = subprocess.run(["airflow", *words], env=variables, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"airflow {' '.join(words)} ended with {result.returncode}\n{result.stdout[-5000:]}{result.stderr[-5000:]}")
    return result.stdout + result.stderr, time.monotonic() - start


def releases(home: Path) -> int:
    """Releases in the warehouse."""
    return DeltaTable(str(home / "warehouse" / "releases")).to_pyarrow_table().num_rows


def check(what: str, held: bool, found: str) -> str:
    """A row of the table. Ends this program if it did not hold."""
    if not held:
        sys.exit(f"{what}: {found}")
    return f"| {what} | {found} |"


def run(home: Path) -> list[str]:
    """All checks; returns the rows of the table."""
    variables = airflow_variables(home, write_corpus(home))
    airflow(variables, "db", "migrate")
    broken, _ = airflow(variables, "dags", "list-import-errors", "--output", "plain")
    rows = [check("`airflow dags list-import-errors`", "No data found" in broken, "none")]
    said, seconds = airflow(variables, "dags", "test", "brickyard")
    rows.append(check("`airflow dags test brickyard`", '"status": "published"' in said and releases(home) == 1,
                      f"a release was published, {seconds:.0f} s"))  # fmt: skip
    said, seconds = airflow(variables, "dags", "test", "brickyard")
    rows.append(check("the same again", '"status": "already_published"' in said and releases(home) == 1,
                      f"nothing to do: still one release, {seconds:.0f} s"))  # fmt: skip
    return [*rows, *decisions_by_exit_code(variables, home)]


def decisions_by_exit_code(variables: dict[str, str], home: Path) -> list[str]:
    """What the task makes of each exit code of spark-submit: of a fake one, which only ends as it is told."""
    (home / "fake").mkdir()
    fake = home / "fake" / "spark-submit"
    fake.write_text("#!/bin/sh\nexit $EXIT_CODE\n")
    fake.chmod(0o755)
    given = variables | {"PATH": f"{home}/fake{os.pathsep}{variables['PATH']}"}
    command = [str(AIRFLOW / "bin" / "python"), str(CODES), str(DAG_FILE)]
    result = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
    found = json.loads(result.stdout.splitlines()[-1])
    wanted = {"0": "success", "1": "retry", "2": "fail", "3": "fail", "4": "fail", "5": "retry", "6": "retry", "137": "retry"}
    by_decision = {decision: [code for code in found if found[code] == decision] for decision in ("success", "fail", "retry")}
    words = "; ".join(f"{decision}: {', '.join(codes)}" for decision, codes in by_decision.items())
    return [check("exit codes of `spark-submit`", found == wanted, words)]


def main() -> None:
    make_environment()
    with tempfile.TemporaryDirectory(prefix="brickyard-airflow-") as home:
        rows = run(Path(home))
    versions = {distribution.name: distribution.version for distribution in metadata.distributions(
        path=[str(AIRFLOW / "lib" / "python3.11" / "site-packages")])}  # fmt: skip
    names = ("apache-airflow", "apache-airflow-providers-apache-spark")
    print("\n".join(["| with " + ", ".join(f"{name} {versions[name]}" for name in names) + " | |", "|---|---|", *rows]))


if __name__ == "__main__":
    main()
