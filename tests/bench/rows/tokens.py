"""Token ids: megabytes of text per second and core, ours and the library's; ids that differ have no time."""

from pathlib import Path

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always, facts_of, say
from tests.bench.measure import module
from tests.bench.rows.signatures import ONE_THREAD
from tests.bench.tokens import VOCABULARY, write_packages


def run(bench: Bench) -> dict:
    corpus = packages(bench)
    entries = [
        Entry(name, note, always(module(RUNTIME, program, corpus)), environment=ONE_THREAD) for name, note, program in PROGRAMS
    ]
    results = alternate(bench, "tokens", entries)
    _judge(results)
    return {"corpus": facts_of(corpus), "vocabulary": VOCABULARY, "results": results}


def packages(bench: Bench) -> Path:
    """The corpus of real text."""
    megabytes = bench.pick(5, 60, 60)
    corpus = bench.work / "corpora" / f"packages-{megabytes}"
    if not (corpus / "corpus.json").exists():
        say(f"making {corpus.name}")
        write_packages(corpus, megabytes)
    return corpus


def _judge(results: list[dict]) -> None:
    """Right is who has the library's ids."""
    runs = [(result["name"], run) for result in results for run in result["runs"] if "report" in run]
    right = {run["report"]["digest"] for name, run in runs if name == LIBRARY}
    for _, run in runs:
        run["accurate"] = right == {run["report"]["digest"]}


LIBRARY = "tokenizers"

PROGRAMS = (
    ("brickyard in Spark", "from Parquet, Arrow hop included, all cores", "tests.bench.ours.spark_tokens"),
    ("brickyard kernel", "from an Arrow column, 1 core", "tests.bench.ours.kernel_tokens"),
    (LIBRARY, "from Python strings, encode_batch_fast, 1 core", "tests.bench.peers.tokenizers_encode"),
)
