"""A reader polls through releases, some of whose runs are killed: each answer must be one release's, whole.

    python -m tests.faults.reader WAREHOUSE STOP

reads through the views until the file STOP is there, then prints what it saw.
"""

import json
import shutil
import sys
import time
from pathlib import Path

from brickyard.errors import StorageError
from brickyard.queries import create_views, find_release
from brickyard.session import build_session, stop_session
from brickyard.storage import Warehouse
from brickyard.tables import DECISIONS, RECORDS

from tests.faults import corpus, laws, processes

SETTINGS = {"spark.driver.memory": "700m", "spark.master": "local[1]"}
NARROW = ["embed.model=off", "semantic_duplicates.mode=off", "tokenise.tokenizer=off"]
KILLED_AT = ("decisions.after_write", "records.after_write", "gate.before", "curated.before_write", "releases.before_write")
"""One for each run that is killed: in the middle of its commits."""

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
        except StorageError:
            continue  # none has been published yet
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
    """Publish `releases` releases, one small file each, every fourth killed on the way and run again, while a reader polls."""
    home.mkdir(parents=True)
    started = time.monotonic()
    corpus.write_corpus(home / "w", 50 * releases)
    shutil.rmtree(home / "w/in")
    (home / "w/in").mkdir()
    lines = corpus.lines(50 * releases, 2)
    stop, reading = home / "stop", None
    problems, killed = [], 0
    for number in range(releases):
        (home / f"w/in/{number}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines[50 * number : 50 * (number + 1)]))
        words = processes.command("brickyard", home / "w", settings=NARROW)
        if number % 4 == 2:
            point, victim = KILLED_AT[killed % len(KILLED_AT)], ("both", "python", "jvm")[killed % 3]
            processes.run_killed_at(words, point, victim)
            killed += 1
        ended = processes.run(words)
        problems += [f"release {number}: {ended.code}: {ended.errors[-300:]}"] if ended.code else []
        reading = reading or processes.start(
            [sys.executable, "-m", "tests.faults.reader", str(home / "w/warehouse"), str(stop)]
        )
    stop.touch()
    seen = processes.finish(reading, started)
    problems += [seen.errors[-500:]] if seen.code else mixtures(seen.summary["seen"], home / "w/warehouse")
    published = len(laws.releases(home / "w/warehouse"))
    problems += [f"{published} releases"] if published != releases else []
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
