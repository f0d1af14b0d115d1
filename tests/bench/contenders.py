"""The programs that find near duplicates: how each is started, what it keeps, and what is asked of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from infra.setup import RUNTIME
from tests.bench.accuracy import EXACT, Planted, Required, required_by_bands
from tests.bench.measure import module
from tests.bench.settings import SWITCHED_OFF, input_settings
from tests.bench.setup import BENCH


@dataclass(frozen=True)
class Contender:
    """A program from Parquet to kept rows. `command` takes a corpus, an output folder and a small corpus."""

    name: str
    note: str
    command: Callable[[Path, Path, Path], list[str]]
    kept: Callable[[Path], set[str]]
    required: Callable[[Planted], Required]
    most_runs: int | None = None


def brickyard(name: str, note: str, settings: list[str]) -> Contender:
    """The command, from the start of the process to its end."""

    def command(corpus: Path, output: Path, _small: Path) -> list[str]:
        given = [*input_settings(str(output / "warehouse"), [str(corpus)]), *settings]
        return [str(RUNTIME / "bin" / "brickyard"), "curate", *(word for one in given for word in ("--set", one))]

    return Contender(name, note, command, kept_in_warehouse, lambda _: EXACT)


def warm(name: str, note: str, settings: list[str]) -> Contender:
    """The same job in a session that has run before."""

    def command(corpus: Path, output: Path, small: Path) -> list[str]:
        given = [word for one in settings for word in ("--set", one)]
        return module(RUNTIME, "tests.bench.ours.warm", small, output / "warehouse", corpus, *given)

    return Contender(name, note, command, kept_in_warehouse, lambda _: EXACT)


def peer(name: str, note: str, script: str, required: Callable[[Planted], Required], most_runs: int | None = None) -> Contender:
    """A script in tests/bench/peers."""

    def command(corpus: Path, output: Path, _small: Path) -> list[str]:
        return module(BENCH, f"tests.bench.peers.{script}", corpus, output)

    return Contender(name, note, command, kept_in_files, required, most_runs)


def kept_in_warehouse(output: Path) -> set[str]:
    """The ids in the newest version of the table `curated`."""
    table, files = output / "warehouse" / "curated", dict[str, bool]()
    for log in sorted((table / "_delta_log").glob("*.json")):
        for line in log.read_text().splitlines():
            action = json.loads(line)
            files.update({action[kind]["path"]: kind == "add" for kind in ("add", "remove") if kind in action})
    present = [table / name for name, there in files.items() if there]
    return {one for file in present for one in pq.read_table(file, columns=["external_id"])["external_id"].to_pylist()}


def kept_in_files(output: Path) -> set[str]:
    """The ids in kept/*.parquet, or in the Arrow streams that the library `datasets` writes."""
    files = sorted((output / "kept").glob("*.parquet"))
    if files:
        return {one for file in files for one in pq.read_table(file, columns=["id"])["id"].to_pylist()}
    streams = sorted((output / "kept").glob("*.arrow"))
    return {one for file in streams for one in pa.ipc.open_stream(file).read_all()["id"].to_pylist()}


NARROW = brickyard("brickyard", "process start to exit; semantic stage and tokenizer off", SWITCHED_OFF)
NARROW_WARM = warm("brickyard warm", "the same in a session that has run before", SWITCHED_OFF)
DEFAULT = brickyard("brickyard default", "process start to exit; vectors, semantic pairs and tokens too", [])
DEFAULT_WARM = warm("brickyard default warm", "the same in a session that has run before", [])
RENSA = peer(
    "rensa script", "32 bands of 4, every pair verified; words by a regular expression", "rensa_script", lambda _: EXACT
)
TEXT_DEDUP = peer(
    "text-dedup",
    "24 bands of 10, its settings; candidates verified; words by a regular expression",
    "text_dedup_minhash",
    lambda planted: required_by_bands(planted, 24, 10, 1.0),
)
DATATROVE = peer(
    "datatrove",
    "14 buckets of 8, FineWeb's; nothing verified; words by spaCy",
    "datatrove_minhash",
    lambda planted: required_by_bands(planted, 14, 8, 0.0),
    most_runs=1,
)
NEAR = (NARROW, NARROW_WARM, DEFAULT, DEFAULT_WARM, RENSA, TEXT_DEDUP, DATATROVE)
