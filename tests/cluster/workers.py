"""One worker of one core against two, on the corpus of the benchmarks: as measured, on one machine that the driver shares."""

import json

from tests.bench.corpus import generate
from tests.bench.laws import table_digests
from tests.bench.rows.near import BANDS
from tests.bench.settings import NO_LIMITS
from tests.cluster.submit import cluster, follow, submission, succeed

DOCUMENTS = 65_000


def run(given) -> dict:
    corpus = given.work / "corpus-large"
    if not (corpus / "corpus.json").exists():
        generate(corpus, DOCUMENTS, bands=BANDS)
    runs, tables = {}, []
    for workers in (1, 2):
        warehouse = given.work / f"workers-{workers}"
        places = [f"input.paths={corpus}/part-*.parquet", f"input.root={corpus}", f"warehouse={warehouse}", *NO_LIMITS]
        words = [word for place in places for word in ("--set", place)]
        with cluster("--workers", str(workers)) as on:
            ended = succeed(follow(submission(on, given.environment, "jobs/curate.py", *words)))
        seconds = ended.summary["seconds"]
        runs[str(workers)] = {"seconds": round(sum(seconds.values()), 1), "stages": seconds}
        tables.append(table_digests(warehouse))
    assert tables[0] == tables[1], "one worker and two make other rows"
    size = json.loads((corpus / "corpus.json").read_text())["bytes"]
    return {"corpus_documents": DOCUMENTS, "corpus_megabytes": round(size / 1e6, 1), "workers": runs, "same_tables": True,
            "times_faster": round(runs["1"]["seconds"] / runs["2"]["seconds"], 2)}  # fmt: skip
