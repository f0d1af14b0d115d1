"""A reader polls through releases, some of whose runs are killed: each answer must be one release's, whole.

    python -m tests.faults.reader WAREHOUSE STOP

reads through the views until the file STOP is there, then prints what it saw.
"""

import json
import sys
import time
from pathlib import Path

from brickyard.errors import StorageError
from brickyard.queries import create_views, find_release
from brickyard.session import build_session, stop_session
from brickyard.storage import Warehouse
from brickyard.tables import DECISIONS, RECORDS

from tests.faults import laws, processes, publisher

SETTINGS = {"spark.driver.memory": "700m", "spark.master": "local[1]"}

QUESTION = """SELECT (SELECT count(*) FROM brickyard.records) AS records,
 (SELECT count(*) FROM brickyard.decisions) AS verdicts,
 (SELECT count(*) FROM brickyard.decisions WHERE kept) AS kept, (SELECT count(*) FROM brickyard.curated) AS curated,
 (SELECT count(*) FROM brickyard.records JOIN brickyard.decisions USING (record_id)) AS judged,
 (SELECT sum(weight) FROM brickyard.curated) AS weights"""


def poll(warehouse: Warehouse, stop: Path) -> dict:
    """Read until `stop` is there: reads, and per release the different answers it gave."""
    seen: dict[str, set[str]] = {}
    reads = 0
    while not stop.exists():
        try:
            release = find_release(warehouse)
        except StorageError as error:
            if "holds no release" not in str(error):
                raise
            continue
        create_views(warehouse, release)
        (row,) = warehouse.spark.sql(QUESTION).collect()
        seen.setdefault(release.release_id, set()).add(json.dumps(row.asDict()))
        reads += 1
    return {"reads": reads, "seen": {name: sorted(answers) for name, answers in seen.items()}}


def mixtures(seen: dict[str, list[str]], warehouse: Path) -> list[str]:
    """Answers that are no release's: counts that do not go together, or two answers of one release."""
    problems = [f"release {name} gave {len(answers)} answers" for name, answers in seen.items() if len(answers) > 1]
    known = {release["release_id"]: release for release in laws.releases(warehouse)}
    for name, answers in seen.items():
        row = json.loads(answers[0])
        versions = known[name]["table_versions"]
        counts = [len(laws.rows_of(warehouse, table.name, versions[table.name])) for table in (RECORDS, DECISIONS)]
        if not (row["records"] == row["verdicts"] == row["judged"] == counts[0] == counts[1] and row["kept"] == row["curated"]):
            problems.append(f"release {name}: {row}, by its versions {counts}")
    return problems


def run_through(home: Path, releases: int) -> dict:
    """A reader polls while releases are published, and their publisher dies on the way to some, and is started again."""
    publisher.prepare(home)
    started = time.monotonic()
    stop, warehouse = home / "stop", home / "warehouse"
    reading = processes.start([sys.executable, "-m", "tests.faults.reader", str(warehouse), str(stop)])
    killed, ended = 0, processes.run(words := [sys.executable, "-m", "tests.faults.publisher", str(home), str(releases)])
    while ended.code and killed < releases:
        killed, ended = killed + 1, processes.run(words)
    stop.touch()
    seen = processes.finish(reading, started)
    problems = [seen.errors[-500:]] if seen.code else mixtures(seen.summary["seen"], warehouse)
    published = len(laws.releases(warehouse))
    problems += [f"{published} releases: {ended.errors[-500:]}"] if published != releases else []
    seconds = round(time.monotonic() - started, 1)
    counts = {"reads": seen.summary.get("reads"), "releases_read": len(seen.summary.get("seen", ())), "killed": killed}
    return {"releases": published, **counts, "seconds": seconds, "problem": "; ".join(problems), "passed": not problems}


def main() -> None:
    path, stop = sys.argv[1:]
    spark = build_session("reader", SETTINGS)
    print(json.dumps(poll(Warehouse(spark, path), Path(stop))))  # noqa: T201
    stop_session(spark)


if __name__ == "__main__":
    main()
