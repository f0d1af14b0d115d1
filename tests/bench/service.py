"""The SQL service under load: beeline on every file of `sql/`, then eight clients at once for two minutes, and for one.

    python -m tests.bench.service --seconds 60

Every answer is compared with DuckDB's. Before and after that one: heap after full collections, open files, threads. The result
goes to docs/sql-service.json; the exit code is 1 if an answer was wrong or something grew.
"""

import argparse
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from brickyard.catalog import find_release
from brickyard.duck import connect, run_query
from brickyard.environment import spark_environment
from brickyard.statements import with_literals
from pyspark.java_gateway import launch_gateway

from infra.setup import ROOT
from tests.bench.bench import say
from tests.bench.corpus import generate
from tests.bench.run import machine
from tests.bench.settings import input_settings
from tests.jdbc import connected
from tests.questions import questions

RESULT = ROOT / "docs" / "sql-service.json"
CLIENTS = 8
COLLECTIONS = 8
MOST_GROWTH = {"heap_bytes": 10 * 2**20, "files": 8, "threads": 8}
"""More than this between two looks, with as many queries between them, is a leak."""
POOLS = {"broadcast-excha": 32, "HiveServer2-Bac": 100, "subquery-": 16}
"""Pools of Spark and Hive that fill up to a bound by and by, by what Linux keeps of their threads' names; counted apart."""


def service(action: str, warehouse: str, port: int, **environment: str) -> str:
    """Run `brickyard sql-service`; the last line that it prints."""
    command = [sys.executable, "-m", "jobs.main", "sql-service", action, "--set", f"warehouse={warehouse}", "--port", str(port)]
    made = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)
    return made.stdout.splitlines()[-1]


def make_warehouse(folder: Path, documents: int) -> str:
    """A release of a generated corpus."""
    generate(folder / "corpus", documents)
    settings = [*input_settings(str(folder / "warehouse"), [str(folder / "corpus")]), "tokenise.tokenizer=train:1000"]
    given = [word for setting in settings for word in ("--set", setting)]
    subprocess.run([sys.executable, "-m", "jobs.main", "curate", *given], cwd=ROOT, check=True, stdout=sys.stderr)
    return str(folder / "warehouse")


def expected(warehouse: str) -> dict[str, tuple[str, list[tuple]]]:
    """Name of a file -> the statement with literals, and DuckDB's answer."""
    asked = questions(warehouse)
    with connect(warehouse, find_release(warehouse)) as connection:
        return {name: (with_literals(*query), run_query(connection, *query)[1]) for name, query in asked.items()}


def records_of(warehouse: str) -> int:
    """How many records the release holds."""
    with connect(warehouse, find_release(warehouse)) as connection:
        ((records,),) = run_query(connection, "SELECT count(*) FROM brickyard.records", {})[1]
    return int(records)


def ask_beeline(url: str, statement: str) -> list[list[str]]:
    """The rows of an answer, as beeline writes them."""
    environment = {**os.environ, **spark_environment(), "SPARK_BEELINE_OPTS": "-Ddisable.quoting.for.sv=false"}
    beeline = Path(environment["SPARK_HOME"]) / "bin" / "beeline"
    words = ["-u", url, "-n", "anybody", "--silent=true", "--outputformat=csv2", "--showHeader=false"]
    command = [str(beeline), *words, "-e", f"{statement};"]  # with -f it draws a prompt among the rows
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(f"beeline: {made.stderr[-1000:]}")
    return list(csv.reader(io.StringIO(made.stdout)))


def in_words(rows: Sequence[tuple]) -> list[list[str]]:
    """Rows as beeline writes them."""
    return [[_word(value) for value in row] for row in rows]


def _word(value) -> str:
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, bool) else str(value)


def load(jvm, url: str, answers: dict, seconds: float) -> dict:
    """So many seconds of all clients at once, each with its own connection, a new one for each round of questions."""
    deadline, lock = time.monotonic() + seconds, threading.Lock()
    counts = {"queries": 0, "wrong": 0, "connections": 0}

    def client(number: int) -> None:
        names = list(answers)
        while time.monotonic() < deadline:
            with connected(jvm, url) as one:
                for name in names[number:] + names[:number]:
                    statement, rows = answers[name]
                    wrong = one.ask(statement) != rows
                    with lock:
                        counts["queries"] += 1
                        counts["wrong"] += wrong
            with lock:
                counts["connections"] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def look(jvm, url: str, group: int, log: Path) -> dict:
    """What the service's Java holds: the least heap of some full collections, open files, threads without and in pools."""
    before = len(_pauses(log))
    with connected(jvm, url) as client:
        for _ in range(COLLECTIONS):
            client.ask("SELECT java_method('java.lang.System', 'gc')")
            time.sleep(1)  # Spark's listeners hold plans until they have come to them
    least = min(_pauses(log)[before:])
    (java,) = (path for path in Path("/proc").glob("[0-9]*") if _is_java_of(path, group))
    names = [(thread / "comm").read_text() for thread in (java / "task").iterdir()]
    pooled = {pool: sum(name.startswith(pool) for name in names) for pool in POOLS}
    return {"heap_bytes": least * 2**20, "files": len(list((java / "fd").iterdir())),
            "threads": len(names) - sum(pooled.values()), "pooled": pooled}  # fmt: skip


def _pauses(log: Path) -> list[int]:
    """MB of heap after each full collection so far."""
    return [int(found) for found in re.findall(r"Pause Full .*->(\d+)M", log.read_text())]


def _is_java_of(process: Path, group: int) -> bool:
    try:
        return (process / "comm").read_text().strip() == "java" and os.getpgid(int(process.name)) == group
    except OSError:
        return False


def measure(warehouse: str, port: int, seconds: float) -> dict:
    """Start the service, ask it, stop it; what was found."""
    answers = expected(warehouse)
    log = Path(tempfile.gettempdir()) / f"brickyard-sql-service-{os.getuid()}-{port}" / "scratch" / "gc.log"
    url = service("start", warehouse, port, SPARK_SUBMIT_OPTS=f"-Xlog:gc:file={log}:none:filecount=0")
    group = json.loads(service("status", warehouse, port))["pid"]
    gateway = launch_gateway()
    try:
        beeline = {name: ask_beeline(url, statement) == in_words(rows) for name, (statement, rows) in answers.items()}
        say(f"beeline: {sum(beeline.values())} of {len(beeline)} files as DuckDB answers them")
        warm = load(gateway.jvm, url, answers, 2 * seconds)  # until each thread of a pool keeps its session
        looks = [look(gateway.jvm, url, group, log)]
        counts = load(gateway.jvm, url, answers, seconds)
        looks.append(look(gateway.jvm, url, group, log))
    finally:
        gateway.shutdown()
        service("stop", warehouse, port)
    return {"records": records_of(warehouse), "beeline": beeline, "clients": CLIENTS, "seconds": seconds, "warm_up": warm,
            **counts, "before": looks[0], "after": looks[1]}  # fmt: skip


def is_good(found: dict) -> bool:
    """Whether every answer was right and nothing grew."""
    grown = {name: found["after"][name] - found["before"][name] for name in MOST_GROWTH}
    right = all(found["beeline"].values()) and found["wrong"] == found["warm_up"]["wrong"] == 0
    bounded = all(found["after"]["pooled"][pool] <= bound for pool, bound in POOLS.items())
    return right and bounded and all(grown[name] <= most for name, most in MOST_GROWTH.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--port", type=int, default=10009)
    parser.add_argument("--warehouse", help="another than one made for this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = options.warehouse or make_warehouse(Path(folder), options.documents)
        found = measure(os.path.abspath(warehouse), options.port, options.seconds)
    result = {"good": is_good(found), **found, "machine": machine(), "date": time.strftime("%Y-%m-%d", time.gmtime())}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    say(json.dumps({name: result[name] for name in ("good", "queries", "wrong", "before", "after")}))
    return 0 if result["good"] else 1


if __name__ == "__main__":
    sys.exit(main())
