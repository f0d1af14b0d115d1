"""The laws L2 and L7 on a generated corpus: other settings of Spark, other executors, random batches; all rows must be equal.

    python -m tests.bench.laws --documents 2000 --splits 10

L2: every released table, with everything switched on. L7: verdicts on documents and weights, semantic stage off.
"""

import argparse
import hashlib
import itertools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from brickyard.session import build_session
from brickyard.tables import CURATED, DECISIONS, RELEASED, RELEASES
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from tests.bench.corpus import document_files, generate
from tests.bench.ours.warm import run
from tests.bench.settings import NO_LIMITS, SWITCHED_OFF

PARTITIONS, ARROW_ROWS = (1, 2, 7, 50), (1, 100, 10_000)
CLUSTERS = ("local-cluster[1,1,1500]", "local-cluster[2,1,1500]")
"""One and two executors, each a process of its own with one core."""

EVERYTHING = (*NO_LIMITS, "semantic_duplicates.mode=threshold", "semantic_duplicates.eps=0.1", "tokenise.tokenizer=train:1000")
NEAR_ONLY = (*NO_LIMITS, *SWITCHED_OFF)


@contextmanager
def session(master: str) -> Iterator[SparkSession]:
    """A session of its own; the Java process stays for the next."""
    spark = build_session("laws", {"spark.master": master, "spark.executor.memory": "1g"})
    try:
        yield spark
    finally:
        spark.stop()


def newest_versions(warehouse: Path) -> dict[str, int]:
    """The versions of the only release that follows all others."""
    rows = DeltaTable(str(warehouse / RELEASES.name)).to_pyarrow_table().to_pylist()
    (last,) = {row["release_id"] for row in rows} - {row["previous_release_id"] for row in rows}
    return next(dict(row["table_versions"]) for row in rows if row["release_id"] == last)


def rows_of(warehouse: Path, table: str) -> list[dict]:
    """The rows of a table in the newest release, read without Spark."""
    return DeltaTable(str(warehouse / table), newest_versions(warehouse)[table]).to_pyarrow_table().to_pylist()


def digest(rows: Iterator[str]) -> str:
    """SHA-256 of rows in whatever order."""
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()


def table_digests(warehouse: Path) -> dict[str, str]:
    """Released table -> digest of its rows."""
    return {table.name: digest(map(repr, rows_of(warehouse, table.name))) for table in RELEASED}


def verdict_digest(warehouse: Path) -> str:
    """What L7 promises: verdicts on documents, kept documents and their weights."""
    names = ("doc_id", "kept", "stage", "reason", "representative_id", "final_representative_id", "similarity")
    verdicts = (row for row in rows_of(warehouse, DECISIONS.name) if row["reason"] != "exact_duplicate")
    weights = ((row["doc_id"], row["weight"]) for row in rows_of(warehouse, CURATED.name))
    return digest(itertools.chain((repr([row[name] for name in names]) for row in verdicts), map(repr, weights)))


def l2(corpus: Path, work: Path) -> list[tuple[str, bool]]:
    """(settings, whether all tables are those of the first run)."""
    found: dict[str, dict[str, str]] = {}
    with session("local[2]") as spark:
        for number, (partitions, batch) in enumerate(itertools.product(PARTITIONS, ARROW_ROWS)):
            adaptive = number % 2 == 0  # with an odd number of batches each partition count meets both
            spark.conf.set("spark.sql.shuffle.partitions", partitions)
            spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", batch)
            spark.conf.set("spark.sql.adaptive.enabled", adaptive)
            name = f"{partitions} partitions, {batch:,} rows a batch, adaptive {'on' if adaptive else 'off'}"
            found[name] = tables_after(spark, corpus, work / f"settings-{number}", name)
    for number, master in enumerate(CLUSTERS):
        with session(master) as spark:
            found[master] = tables_after(spark, corpus, work / f"cluster-{number}", master)
    first = next(iter(found.values()))
    return [(f"{name}{differing(first, tables)}", tables == first) for name, tables in found.items()]


def tables_after(spark: SparkSession, corpus: Path, warehouse: Path, name: str) -> dict[str, str]:
    """The tables of a whole run."""
    say(f"L2: {name}")
    run(spark, [str(corpus)], str(warehouse), list(EVERYTHING))
    return table_digests(warehouse)


def differing(first: dict[str, str], tables: dict[str, str]) -> str:
    others = [name for name, value in tables.items() if first[name] != value]
    return f" (other rows in {', '.join(others)})" if others else ""


def l7(corpus: Path, work: Path, splits: int) -> list[tuple[str, bool]]:
    """(split, whether the verdicts are those of loading all at once)."""
    table = pa.concat_tables(pq.read_table(file) for file in document_files(corpus))
    found = []
    with session("local[2]") as spark:
        run(spark, [str(corpus)], str(work / "at-once"), list(NEAR_ONLY))
        wanted = verdict_digest(work / "at-once")
        for number in range(splits):
            folders = split(table, work / f"split-{number}", number)
            say(f"L7: split {number}, {len(folders)} batches")
            for last in range(1, len(folders) + 1):
                run(spark, list(map(str, folders[:last])), str(work / f"pieces-{number}"), list(NEAR_ONLY))
            found.append((f"split {number}: {len(folders)} batches", verdict_digest(work / f"pieces-{number}") == wanted))
    return found


def split(table: pa.Table, folder: Path, seed: int) -> list[Path]:
    """The documents in 1 to 5 batches, drawn at random, in a random order."""
    random = np.random.default_rng(seed)
    batch = random.integers(0, random.integers(1, 6), len(table))
    folders = []
    for number in np.unique(batch):
        rows = random.permutation(np.flatnonzero(batch == number))
        folders.append(folder / f"batch-{number}")
        folders[-1].mkdir(parents=True)
        pq.write_table(table.take(pa.array(rows)), folders[-1] / "part-0.parquet", compression="zstd")
    return folders


def say(message: str) -> None:
    print(f"laws: {message}", file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    """Zero if every law held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--splits", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        generate(work / "corpus", options.documents, boilerplate=0.2)
        results = [*(("L2", *one) for one in l2(work / "corpus", work)),
                   *(("L7", *one) for one in l7(work / "corpus", work, options.splits))]  # fmt: skip
    for law, name, held in results:
        sys.stdout.write(f"{law}  {'held  ' if held else 'BROKEN'}  {name}\n")
    return 0 if all(held for *_, held in results) else 1


if __name__ == "__main__":
    sys.exit(main())
