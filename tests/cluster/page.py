"""The results as a page for people."""

HEAD = """# On a cluster and on object storage

Made by `make cluster-test`; do not edit. What each part shows is in the first lines of its file in `tests/cluster/`. "Same
tables" means: the rows of every released table are those of a run on the laptop (local[*]), by SHA-256 over all of them.
"""


def render(results: dict) -> str:
    """The page for what `docs/cluster.json` holds."""
    parts = [PARTS[name](result) for name, result in results.items()]
    facts = sorted({f"{result['machine']}, {result['date']}" for result in results.values()})
    return "\n".join([HEAD, *parts, "Measured on: " + "; ".join(facts) + ".", ""])


def _cluster(result: dict) -> str:
    return (
        "## Two workers of one core\n\n"
        f"{result['documents']:,} documents, all stages, environment shipped by `infra/pack_environment`: {_same(result)}, in"
        f" {result['seconds']} s.\nOf {result['modules_seen']:,} files that Python on the executors had loaded,"
        f" {len(result['from_the_checkout'])} were of the checkout.\n"
    )


def _killed(result: dict) -> str:
    rows = [
        f"| {kill['stage']} | {kill['killed_after']:.3f} s | {kill['stage_lasted']:.1f} s | {_same(kill)} |"
        for kill in result["kills"]
    ]
    table = "\n".join(["| stage | SIGKILL after | stage lasted | |", "|---|---|---|---|", *rows])
    return f"## An executor killed in each of four stages\n\n{table}\n"


def _s3(result: dict) -> str:
    return (
        "## Input and warehouse on S3\n\n"
        f"Server: {result['server']}, on loopback. On the cluster: {_same(result['cluster_and_s3'])}, the secret key in"
        f" {result['cluster_and_s3']['places_with_the_secret_key']} arguments, logs, files and objects. Without a cluster:"
        f" {_same(result['laptop_and_s3'])}.\n"
    )


def _lease(result: dict) -> str:
    return (
        "## One driver at a time on S3\n\n"
        f"A second driver ends with exit code {result['exit_code']}. After SIGKILL of the first, Python and Java, the next"
        f" is refused for {result['lease_left_after_kill']} s; then the same command takes over: {_same(result)}.\n"
    )


def _writers(result: dict) -> str:
    locked, together = result["locked"], result["together"]
    return (
        "## Two writers on S3\n\n"
        f"Two drivers commit to one table. Under the lease, as runs are: {locked['lost']} of {locked['acknowledged']}"
        f" acknowledged commits lost, {locked['seconds']} s. By Delta's own commits without it, both drivers starting at the"
        f" same seconds: {together['lost']} of {together['acknowledged']}, {together['seconds']} s.\n"
    )


def _secure(result: dict) -> str:
    return (
        "## A secured cluster\n\n"
        f"{sum(result['in_force'].values())} of {len(result['in_force'])} settings of `infra/spark-secure.conf` read back from"
        f" a live driver. Refused: a driver with {' and one with '.join(result['refused'])}. Ports of master and workers beyond"
        f" loopback: {len(result['ports_beyond_loopback'])}. The main job: {_same(result)}.\n"
    )


def _workers(result: dict) -> str:
    one, two = result["workers"]["1"], result["workers"]["2"]
    rows = [f"| {stage} | {seconds:.1f} | {two['stages'][stage]:.1f} |" for stage, seconds in one["stages"].items()]
    head = ["| stage | 1 worker, s | 2 workers, s |", "|---|---|---|"]
    table = "\n".join([*head, *rows, f"| all | {one['seconds']} | {two['seconds']} |"])
    return (
        f"## One worker of one core against two\n\n{result['corpus_documents']:,} documents, {result['corpus_megabytes']} MB of"
        f" text, all stages. The driver shares the machine's cores with them. {result['times_faster']} times as fast, same"
        f" tables.\n\n{table}\n"
    )


def _same(result: dict) -> str:
    held = result["same_as_laptop"]
    return f"same tables ({sum(held.values())} of {len(held)})"


PARTS = {"cluster": _cluster, "killed": _killed, "s3": _s3, "lease": _lease, "writers": _writers, "secure": _secure,
         "workers": _workers}  # fmt: skip
