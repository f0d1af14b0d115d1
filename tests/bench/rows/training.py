"""A BPE tokenizer trained on a whole corpus: ours and the library's, which must be the same file; and ours on 1 GB."""

from pathlib import Path

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always, facts_of, say
from tests.bench.measure import module
from tests.bench.rows.tokens import packages
from tests.bench.tokens import write_wide

LIBRARY = "tokenizers"

OURS = ("brickyard", "Spark counts, one task trains", "tests.bench.ours.spark_training")
PROGRAMS = (OURS, (LIBRARY, "one process, all cores", "tests.bench.peers.tokenizers_train"))


def run(bench: Bench) -> dict:
    corpus = packages(bench)
    wide = bench.work / "corpora" / f"wide-{bench.size}"
    if not (wide / "corpus.json").exists():
        say(f"making {wide.name}")
        write_wide(corpus, wide, copies=bench.pick(3, 17, 17))
    parts = [_one(bench, "real text", corpus, PROGRAMS), _one(bench, "more text, many different words", wide, (OURS,))]
    return {"parts": parts}


def _one(bench: Bench, name: str, corpus: Path, programs: tuple[tuple[str, str, str], ...]) -> dict:
    entries = [Entry(program, note, always(module(RUNTIME, path, corpus))) for program, note, path in programs]
    results = alternate(bench, f"training/{name}", entries)
    _judge(results)
    return {"name": name, "corpus": facts_of(corpus), "results": results}


def _judge(results: list[dict]) -> None:
    """Right is who made the same file as the others, every time."""
    runs = [run for result in results for run in result["runs"] if "report" in run]
    same = len({run["report"]["digest"] for run in runs}) == 1
    for run in runs:
        run["accurate"] = same
