"""Input and warehouse on a real S3 server: the laptop's tables, keys nowhere; one driver at a time; two writers."""

import os
import re
import signal
import subprocess
import time

from tests.bench.laws import table_digests
from tests.cluster.on_cluster import compare
from tests.cluster.secrets_in import in_arguments, in_files
from tests.cluster.server import Server, s3_server
from tests.cluster.submit import ROOT, Ended, cluster, curation, follow, submission, succeed
from tests.faults import writers

BRICKYARD = str(ROOT / ".venv/bin/brickyard")


def run(given) -> dict:
    with s3_server(given.work / "s3") as server:
        subprocess.run(["cp", "-r", str(given.corpus), str(server.bucket / "in")], check=True)
        return {
            "server": "versitygw 1.8.0, POSIX backend",
            "cluster_and_s3": on_the_cluster(server, given),
            "laptop_and_s3": on_this_machine(server, given),
        }


def run_lease(given) -> dict:
    """The lease of a warehouse."""
    with s3_server(given.work / "s3-lease") as server:
        subprocess.run(["cp", "-r", str(given.corpus), str(server.bucket / "in")], check=True)
        return one_at_a_time(server, given)


def run_writers(given) -> dict:
    """Two drivers that commit to one table: under the lease, and, what that is for, by Delta's own commits without it.

    Whether two commits meet is chance: without the lease, up to three times until one is lost.
    """
    with s3_server(given.work / "s3-writers") as server:
        locked = two_writers(server, "leased", "locked")
        for tries in range(1, 4):
            together = two_writers(server, f"free-{tries}", "together")
            if together["lost"]:
                return {"locked": locked, "together": {**together, "tries": tries}}
    raise AssertionError("nothing was lost without the lease")


def two_writers(server: Server, folder: str, how: str) -> dict:
    """What they acknowledged, and what of it is lost."""
    found = writers.run_both(server.bucket / folder, writers.COMMITS, how, f"s3a://bucket/{folder}", **server.variables)
    assert found["passed"], found
    return {name: found[name] for name in ("acknowledged", "present", "lost", "seconds")}


def words(warehouse: str) -> list[str]:
    return curation("s3://bucket/in", "s3a://bucket/in", f"s3://bucket/{warehouse}")


def on_the_cluster(server: Server, given) -> dict:
    """The driver alone knows the keys; they are in no arguments, logs, files of workers, or objects."""
    secret = server.variables["AWS_SECRET_ACCESS_KEY"]
    seen: set[str] = set()
    with cluster() as on:
        command = submission(on, given.environment, "jobs/curate.py", *words("cluster"))
        ended = succeed(follow(command, server.variables, lambda _: seen.update(in_arguments(secret))))
        found = {*seen, *in_files(secret, on.state, server.bucket)}
    assert secret not in ended.said + str(ended.summary)
    assert not found, f"the secret key is in {found}"
    same = compare(given.tables, table_digests(server.bucket / "cluster"))
    return {"same_as_laptop": same, "places_with_the_secret_key": len(found)}


def on_this_machine(server: Server, given) -> dict:
    """Without a cluster; and the jobs that read: nothing to do, SQL, the page."""
    succeed(follow([BRICKYARD, "curate", *words("laptop")], server.variables))
    again = succeed(follow([BRICKYARD, "curate", *words("laptop")], server.variables))
    assert again.summary["status"] == "already_published", again
    query = [BRICKYARD, "sql", "SELECT count(*) AS n FROM brickyard.decisions", "--format", "json", *words("laptop")]
    counted = succeed(follow(query, server.variables))
    page = succeed(follow([BRICKYARD, "report", *words("laptop")], server.variables)).summary["path"]
    assert (server.bucket.parent / page.removeprefix("s3a://")).stat().st_size > 2**20, page
    same = compare(given.tables, table_digests(server.bucket / "laptop"))
    return {"same_as_laptop": same, "sql": counted.summary, "page": page.rpartition("/")[0]}


def one_at_a_time(server: Server, given) -> dict:
    """A second driver ends with 5; so does one after the first was killed, until its lease has run out; then all is well."""
    command = [BRICKYARD, "curate", *words("locked")]
    first = subprocess.Popen(
        command, env={**os.environ, **server.variables}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert any(line.startswith("read ") for line in first.stderr or ()), "the first driver has written records"
    beside = refused(follow(command, server.variables))
    os.killpg(first.pid, signal.SIGKILL)  # Python and Java
    first.wait()
    died = time.monotonic()
    after = refused(follow(command, server.variables))
    time.sleep(after)  # what the message says; nothing else to wait for
    succeed(follow(command, server.variables))
    waited = time.monotonic() - died
    same = compare(given.tables, table_digests(server.bucket / "locked"))
    return {
        "exit_code": 5,
        "lease_left": beside,
        "lease_left_after_kill": after,
        "published_after": round(waited),
        "same_as_laptop": same,
    }


def refused(ended: Ended) -> int:
    """Seconds until the lease runs out, as the message says."""
    assert ended.code == 5, ended
    assert "in use by another run" in ended.said
    found = re.search(r"its lease runs out in (\d+) s", ended.said)
    assert found, ended.said
    return int(found[1]) + 1
