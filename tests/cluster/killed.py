"""An executor is killed in each of four stages: the job succeeds, with the same tables."""

import time

from tests.bench.laws import table_digests
from tests.cluster.executors import kill_a_busy_one
from tests.cluster.on_cluster import compare
from tests.cluster.submit import Cluster, cluster, curation, follow, submission, succeed

BEFORE = {
    "read": "input files:",
    "near_duplicates": "exact_duplicates ",
    "decide": "semantic_duplicates ",
    "curate": "tokenise ",
}
"""Stage -> how the line begins that the job says just before it."""


def run(given) -> dict:
    with cluster() as on:
        kills = [killed_in(stage, on, given) for stage in BEFORE]
        noticed = sum((on.state / f"worker-{n}.log").read_text().count("exitStatus 137") for n in (1, 2))
    assert noticed == len(BEFORE), f"Spark noticed {noticed} killed executors"
    return {"kills": kills}


def killed_in(stage: str, on: Cluster, given) -> dict:
    """A run in which an executor is killed while it works for the stage."""
    after: list[float] = []

    def hear(line: str) -> None:
        if line.startswith(BEFORE[stage]) and not after:
            begun = time.monotonic()
            kill_a_busy_one(on)
            after.append(time.monotonic() - begun)

    warehouse = given.work / f"killed-{stage}"
    words = curation(str(given.corpus), str(given.corpus), str(warehouse))
    ended = succeed(follow(submission(on, given.environment, "jobs/curate.py", *words), each_line=hear))
    lasted = ended.summary["seconds"][stage]
    assert after[0] < lasted, f"{stage} lasted {lasted} s, the kill came after {after[0]} s"
    same = compare(given.tables, table_digests(warehouse))
    return {"stage": stage, "killed_after": round(after[0], 3), "stage_lasted": lasted, "same_as_laptop": same}
