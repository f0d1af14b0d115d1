"""What `infra/cluster stop` ends, without a Spark; clusters that run are in tests/cluster."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CLUSTER = Path(__file__).parents[1] / "infra/cluster"


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen]:
    """A process that does nothing until it is ended."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def run(command: str, state: Path, pid: int, start: str) -> int:
    process = {"name": "master", "pid": pid, "started": start}
    (state / "cluster.json").write_text(json.dumps({"master": "spark://127.0.0.1:1", "processes": [process]}))
    return subprocess.run([sys.executable, CLUSTER, command, "--state", state], capture_output=True, check=False).returncode


def test_stop_ends_what_start_started(tmp_path: Path, bystander: subprocess.Popen) -> None:
    assert run("stop", tmp_path, bystander.pid, started(bystander.pid)) == 0
    assert bystander.wait(10) == -15
    assert not (tmp_path / "cluster.json").exists()


def test_a_process_that_got_the_pid_of_one_that_ended_is_left_alone(tmp_path: Path, bystander: subprocess.Popen) -> None:
    assert run("stop", tmp_path, bystander.pid, "1") == 0
    assert bystander.poll() is None


def test_start_does_nothing_if_the_cluster_runs(tmp_path: Path, bystander: subprocess.Popen) -> None:
    assert run("start", tmp_path, bystander.pid, started(bystander.pid)) == 0
    assert sorted(os.listdir(tmp_path)) == ["cluster.json"]


def test_a_cluster_with_other_settings_is_not_taken_for_the_one_asked_for(tmp_path: Path, bystander: subprocess.Popen) -> None:
    process = {"name": "master", "pid": bystander.pid, "started": started(bystander.pid)}
    running = {"master": "spark://127.0.0.1:1", "workers": 0, "secure": False, "processes": [process]}
    (tmp_path / "cluster.json").write_text(json.dumps(running))
    words = ["start", "--secure", "--workers", "0", "--state", tmp_path]
    again = subprocess.run([sys.executable, CLUSTER, *words], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout) == (2, "")
    assert "a cluster runs with another secure; stop it first" in again.stderr


def test_a_master_that_does_not_answer_is_said(tmp_path: Path, bystander: subprocess.Popen) -> None:
    process = {"name": "worker-1", "pid": bystander.pid, "started": started(bystander.pid)}
    running = {"master": "spark://127.0.0.1:1", "page": "http://127.0.0.1:1", "workers": 0, "processes": [process]}
    (tmp_path / "cluster.json").write_text(json.dumps(running))
    found = subprocess.run(
        [sys.executable, CLUSTER, "status", "--state", tmp_path], capture_output=True, text=True, check=False
    )
    assert found.returncode == 3
    assert "the master does not answer" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "my.log").write_text("mine")
    started = subprocess.run(
        [sys.executable, CLUSTER, "start", "--state", tmp_path], capture_output=True, text=True, check=False
    )
    assert (started.returncode, sorted(os.listdir(tmp_path))) == (2, ["my.log", "work"])
    assert "name an empty folder" in started.stderr


def test_a_start_that_was_interrupted_is_no_cluster(tmp_path: Path, bystander: subprocess.Popen) -> None:
    process = {"name": "master", "pid": bystander.pid, "started": started(bystander.pid)}
    (tmp_path / "cluster.json").write_text(json.dumps({"processes": [process], "workers": 2}))
    told = subprocess.run([sys.executable, CLUSTER, "status", "--state", tmp_path], capture_output=True, text=True, check=False)
    assert told.returncode == 3
    assert "its start did not come to an end" in told.stderr


def test_status_says_by_its_exit_code_that_nothing_runs(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, CLUSTER, "status", "--state", tmp_path], check=False).returncode == 3
