"""A table with a checkpoint and some commits after it is damaged in one way; what reads it must get all rows, or an error."""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from brickyard import storage
from brickyard.errors import BrickyardError, is_storage
from brickyard.session import build_session, stop_session
from brickyard.storage import Warehouse
from brickyard.tables import RECORDS
from brickyard.views import show_files
from deltalake import DeltaTable
from py4j.protocol import Py4JError
from pyarrow import ArrowException
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from tests.tiny import frame_of as rows_of
from tests.tiny import record_row

COMMITS, MIDDLE, CHECKPOINT = 9, 3, 5
FLIPS = 30
WITHOUT_SUMS = "data file without Hadoop's sums"
"""As on object stores, which check bytes themselves: what the sums of Parquet's pages find is reported, not demanded."""

LOST = "newest commit missing"
"""Such a table is what it was before that commit, and nothing in it tells: who reads the newest state must get just that.
A release names the version that it needs, so every reader of a release refuses."""

Damage = Callable[[Path], None]


def log(table: Path, version: int) -> Path:
    """The file of a commit."""
    return table / "_delta_log" / f"{version:020d}.json"


def cut_to(version: int, share: float) -> Damage:
    return lambda table: os.truncate(log(table, version), int(log(table, version).stat().st_size * share))


def cut_last_line(version: int) -> Damage:
    def damage(table: Path) -> None:
        path = log(table, version)
        path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(keepends=True) if b'"add"' not in line))

    return damage


def junk(version: int) -> Damage:
    return lambda table: log(table, version).write_bytes(random.Random(version).randbytes(400)) and None


def without(version: int) -> Damage:
    return lambda table: log(table, version).unlink()


def last_checkpoint(content: bytes | None) -> Damage:
    def damage(table: Path) -> None:
        path = table / "_delta_log/_last_checkpoint"
        path.unlink() if content is None else path.write_bytes(content)

    return damage


def checkpoint(size: int) -> Damage:
    return lambda table: os.truncate(next((table / "_delta_log").glob("*.checkpoint.parquet")), size)


def data_file(change: Callable[[Path], None], sums: bool = True) -> Damage:
    """Damage to the largest file of the newest version; with or without the sums that Hadoop has put beside files on disks."""

    def damage(table: Path) -> None:
        for beside in [] if sums else list(table.rglob(".*.crc")):
            beside.unlink()
        files = [table / name.split("/")[-1] for name in DeltaTable(str(table)).file_uris()]
        change(max(files, key=lambda path: path.stat().st_size))

    return damage


def flip(seed: int) -> Callable[[Path], None]:
    """Flip one bit somewhere."""

    def change(path: Path) -> None:
        content, source = bytearray(path.read_bytes()), random.Random(seed)
        content[source.randrange(len(content))] ^= 1 << source.randrange(8)
        path.write_bytes(content)

    return change


DAMAGES: dict[str, Damage] = {
    **{f"{name} commit {what}": make(version)
       for name, version in (("newest", COMMITS - 1), ("middle", MIDDLE), ("first after the checkpoint", CHECKPOINT + 1))
       for what, make in {"empty": lambda v: cut_to(v, 0), "cut in half": lambda v: cut_to(v, 0.5), "junk": junk,
                          "without its files": cut_last_line, "missing": without}.items()},
    "_last_checkpoint junk": last_checkpoint(b"junk"),
    "_last_checkpoint empty": last_checkpoint(b""),
    "_last_checkpoint missing": last_checkpoint(None),
    "checkpoint empty": checkpoint(0),
    "checkpoint of 10 bytes": checkpoint(10),
    "checkpoint cut": checkpoint(3000),
    "data file missing": data_file(lambda path: path.unlink()),
    "data file empty": data_file(lambda path: os.truncate(path, 0)),
    "data file cut in half": data_file(lambda path: os.truncate(path, path.stat().st_size // 2)),
    **{f"data file with a flipped bit {seed}": data_file(flip(seed)) for seed in range(FLIPS)},
    **{f"{WITHOUT_SUMS}, with a flipped bit {seed}": data_file(flip(seed), sums=False) for seed in range(FLIPS)},
}  # fmt: skip


def make_table(spark: SparkSession, home: Path) -> Warehouse:
    """`records` with COMMITS commits and a checkpoint among them."""
    warehouse = Warehouse(spark, str(home))
    for number in range(COMMITS):
        rows = [record_row(40 * number + i, f"text {number} {i} " + "word " * i) for i in range(40)]
        storage.write(rows_of(spark, RECORDS, rows), warehouse, RECORDS, "append", f"attempt-{number}", "read")
    DeltaTable(warehouse.location(RECORDS), CHECKPOINT).create_checkpoint()
    return warehouse


def _view(warehouse: Warehouse) -> DataFrame:
    """As `brickyard sql` shows it."""
    for statement in ("DROP DATABASE IF EXISTS shown CASCADE", "CREATE DATABASE shown",
                      show_files("shown.records", warehouse.location(RECORDS), COMMITS - 1)):  # fmt: skip
        warehouse.spark.sql(statement)
    return warehouse.spark.table("shown.records")


READERS: dict[str, Callable[[Warehouse], DataFrame]] = {
    "newest": lambda warehouse: storage.read(warehouse, RECORDS),
    "pinned": lambda warehouse: storage.read(warehouse, RECORDS, COMMITS - 1),
    "older": lambda warehouse: storage.read(warehouse, RECORDS, MIDDLE + 1),
    "view": _view,
}


def digest(rows: DataFrame) -> str:
    """Of the rows in any order, each column read."""
    return str(rows.selectExpr("count(*)", "bit_xor(xxhash64(*))", "sum(cast(xxhash64(*) AS decimal(38)))").collect()[0])


def outcome(read: Callable[[], str], wanted: str) -> str:
    """`recovered`, `refused`, or what it must not be."""
    try:
        found = read()
    except BrickyardError as error:
        return "refused" if error.exit_code == 6 else f"exit {error.exit_code}: {error}"
    except (OSError, Py4JError, ArrowException, PySparkException) as error:
        return "refused" if is_storage(error) else f"not told as storage: {str(error)[:200]}"
    return "recovered" if found == wanted else f"SILENT: {found} instead of {wanted}"


def examine(spark: SparkSession, home: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """(damage, reader -> outcome), for each damage to a copy of its own: Spark remembers logs by their place."""
    whole = make_table(spark, home / "whole")
    usual = {name: digest(read(whole)) for name, read in READERS.items()}
    lost = usual | {"newest": digest(storage.read(whole, RECORDS, COMMITS - 2))}
    for number, (name, damage) in enumerate(DAMAGES.items()):
        copy = Warehouse(spark, str(home / f"damaged-{number}"))
        shutil.copytree(whole.path, copy.path)
        damage(Path(copy.location(RECORDS)))
        wanted = lost if name == LOST else usual
        yield name, {kind: outcome(lambda kind=kind, copy=copy: digest(READERS[kind](copy)), wanted[kind]) for kind in READERS}
        shutil.rmtree(copy.path)
        spark.catalog.clearCache()


def run_all(home: Path) -> dict:
    """Every damage with every reader, in a session of its own."""
    spark = build_session("damages", {"spark.master": "local[2]", "spark.driver.memory": "1g"})
    spark.sparkContext.setLogLevel("OFF")
    found = dict(examine(spark, home))
    stop_session(spark)
    wrong = {
        name: kinds
        for name, kinds in found.items()
        if not {*kinds.values()} <= {"recovered", "refused"} and not name.startswith(WITHOUT_SUMS)
    }
    outcomes = Counter(kind for kinds in found.values() for kind in kinds.values())
    bare = [kinds for name, kinds in found.items() if name.startswith(WITHOUT_SUMS)]
    unseen = sum(any(kind.startswith("SILENT") for kind in kinds.values()) for kinds in bare)
    counts = {"damages": len(found), "readers": len(READERS), "flips_without_sums": len(bare), "of_them_unseen": unseen}
    counts |= {"recovered": outcomes["recovered"], "refused": outcomes["refused"]}
    return {**counts, "problem": str(wrong) if wrong else "", "passed": not wrong}
