"""One per cent more for a corpus that is loaded: the seconds of the second run beside those of the first, warm."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, facts_of
from tests.bench.corpus import document_files
from tests.bench.measure import Measured, module
from tests.bench.settings import SWITCHED_OFF

SHARE = 0.01


def run(bench: Bench) -> dict:
    corpus = bench.corpus("increment", bench.pick(3000, 65_000, 650_000))
    first, second = split(corpus, bench.work / "corpora" / f"{corpus.name}-split")
    given = [word for one in SWITCHED_OFF for word in ("--set", one)]

    def command(output: Path) -> list[str]:
        return module(RUNTIME, "tests.bench.ours.warm", bench.small_corpus(), output / "warehouse", first, second, *given)

    entry = Entry("brickyard warm", "99 % loaded, then 1 % added", command, _judge)
    return {"corpus": facts_of(corpus), "results": alternate(bench, "increment", [entry])}


def split(corpus: Path, target: Path) -> tuple[Path, Path]:
    """The documents in two folders: all but the last per cent, and that."""
    shutil.rmtree(target, ignore_errors=True)
    first, second = target / "first", target / "second"
    for folder in (first, second):
        folder.mkdir(parents=True)
    *files, last = document_files(corpus)
    for file in files:
        (first / file.name).hardlink_to(file)
    table, late = pq.read_table(last), round(facts_of(corpus)["documents"] * SHARE)
    pq.write_table(table.slice(0, len(table) - late), first / last.name, compression="zstd")
    pq.write_table(table.slice(len(table) - late), second / "part-late.parquet", compression="zstd")
    return first, second


def _judge(measured: Measured, _output: Path) -> dict:
    """The increment's seconds as a share of the first run's; rewriting `curated` apart."""
    full, added = measured.report, measured.report["increments"][0]
    rewriting = added["stages"].get("curate", 0.0)
    return {"accurate": True, "added_seconds": added["seconds"], "rewriting_seconds": rewriting,
            "share": (added["seconds"] - rewriting) / full["seconds"]}  # fmt: skip
