"""A secured cluster: the settings in force, who is refused, where its ports are, and the laptop's tables on it."""

import json
import stat
import urllib.request
from pathlib import Path

from tests.bench.laws import table_digests
from tests.cluster.on_cluster import compare
from tests.cluster.secrets_in import in_arguments, in_files
from tests.cluster.submit import ROOT, Cluster, cluster, curation, follow, submission, succeed

PROFILE, DEFAULTS = ROOT / "infra/spark-secure.conf", ROOT / "infra/spark-defaults.conf"
SETTING = "spark.authenticate.secret"


def run(given) -> dict:
    with cluster("--secure") as on:
        conf = on.state / "driver.conf"
        assert stat.S_IMODE(conf.stat().st_mode) == 0o600
        secret = settings(conf)[SETTING]
        seen: set[str] = set()
        told = succeed(
            follow(submission(on, given.environment, "tests/cluster/settings_of.py"), each_line=lambda _: None)
        ).summary
        in_force = {name: told["settings"].get(name) == value for name, value in settings(PROFILE).items()}
        assert all(in_force.values()), f"not in force: {[name for name, held in in_force.items() if not held]}"
        assert told["encrypted"] and secret not in told["executor"] + str(told["shown"])
        assert "spark.authenticate=true" in told["executor"], told["executor"]
        words = curation(str(given.corpus), str(given.corpus), str(given.work / "secure"))
        succeed(
            follow(
                submission(on, given.environment, "jobs/curate.py", *words),
                each_line=lambda _: seen.update(in_arguments(secret)),
            )
        )
        elsewhere = [place for place in (*seen, *in_files(secret, on.state, given.work / "secure")) if place != str(conf)]
        assert not elsewhere, f"the secret is in {elsewhere}"
        strangers = {name: refused(on, given, text) for name, text in strangers_settings(conf).items()}
        beyond = beyond_loopback(on)
        assert not beyond, f"open to other machines: {beyond}"
    return {
        "in_force": in_force,
        "refused": strangers,
        "ports_beyond_loopback": beyond,
        "same_as_laptop": compare(given.tables, table_digests(given.work / "secure")),
    }


def settings(file: Path) -> dict[str, str]:
    lines = (line.strip() for line in file.read_text().splitlines())
    return {name: value.strip() for name, value in (line.split(None, 1) for line in lines if line and not line.startswith("#"))}


def strangers_settings(conf: Path) -> dict[str, str]:
    """Settings of drivers that do not know the secret: without the profile, and with a secret of their own."""
    return {"no authentication": DEFAULTS.read_text(), "another secret": f"{conf.read_text()}\n{SETTING} guessed\n"}


def refused(on: Cluster, given, text: str) -> bool:
    """Whether the master takes no application from a driver with these settings."""
    (on.state / "stranger.conf").write_text(text)
    before = applications(on)
    command = submission(on, given.environment, "tests/cluster/where.py")
    command[command.index(str(on.state / "driver.conf"))] = str(on.state / "stranger.conf")
    ended = follow(command)
    assert ended.code != 0 and not ended.summary, ended
    assert applications(on) == before, "the master took the application"
    return True


def applications(on: Cluster) -> int:
    page = json.loads((on.state / "cluster.json").read_text())["page"]
    with urllib.request.urlopen(f"{page}/json/", timeout=30) as answer:
        known = json.load(answer)
    return len(known["activeapps"]) + len(known["completedapps"])


def beyond_loopback(on: Cluster) -> list[str]:
    """Listening ports of master and workers that are not on 127.0.0.1."""
    pids = [process["pid"] for process in json.loads((on.state / "cluster.json").read_text())["processes"]]
    ours = {
        target
        for pid in pids
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if (target := str(link.readlink())).startswith("socket:")
    }
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pids[0]}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in ours and not address.endswith("0100007F"):
                found.append(f"{address}:{int(port, 16)}")
    return found
