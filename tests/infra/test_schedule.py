"""What runs the job by the clock: units that systemd takes, a cron line that does what it says, a DAG that agrees with them."""

import ast
import configparser
import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest
from brickyard.errors import ConfigError, GateFailed, InputError

SCHEDULE = Path(__file__).parent.parent.parent / "infra" / "schedule"
FINAL = {error.exit_code for error in (ConfigError, InputError, GateFailed)}
"""After these, another try would end the same way."""


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parsed.optionxform = str
    parsed.read_string((SCHEDULE / name).read_text())
    return parsed


def test_systemd_knows_every_word_of_the_units(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    text = (SCHEDULE / "brickyard.service").read_text()
    text = text.replace("/opt/brickyard/.venv/bin/brickyard", "/bin/true").replace("=/opt/brickyard", "=/")
    (tmp_path / "brickyard.service").write_text(text.replace("User=brickyard", "User=root"))
    shutil.copy(SCHEDULE / "brickyard.timer", tmp_path)
    paths = [str(tmp_path / name) for name in ("brickyard.service", "brickyard.timer")]
    result = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_the_unit_does_not_try_again_what_needs_a_person():
    service = unit("brickyard.service")["Service"]
    assert {int(code) for code in service["RestartPreventExitStatus"].split()} == FINAL
    assert service["Restart"] == "on-failure"
    assert "SuccessExitStatus" not in service


def test_the_timer_catches_up_after_a_night_without_power():
    timer = unit("brickyard.timer")
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"


@pytest.fixture
def cron(tmp_path):
    """Run the line of the crontab below a folder of its own, with a job that ends with the given code."""
    (line,) = (line for line in (SCHEDULE / "crontab").read_text().splitlines() if line[0].isdigit())
    command = line.split(None, 5)[5]
    for root in ("/opt/brickyard", "/var/lib/brickyard"):
        (tmp_path / root[1:]).mkdir(parents=True)
        command = command.replace(root, f"{tmp_path}{root}")
    job = tmp_path / "opt" / "brickyard" / ".venv" / "bin" / "brickyard"
    job.parent.mkdir(parents=True)

    def run(code: int) -> str:
        job.write_text(f'#!/bin/sh\necho "$@"\nexit {code}\n')
        job.chmod(0o755)
        return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False).stdout

    return run


def test_cron_says_nothing_of_a_good_night(cron, tmp_path):
    assert cron(0) == ""
    assert (tmp_path / "var" / "lib" / "brickyard" / "cron.log").read_text() == "curate --config /etc/brickyard/curate.toml\n"


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6])
def test_cron_mails_an_exit_code_that_is_not_0(cron, code):
    assert cron(code).startswith(f"brickyard curate ended with {code}, see ")


def test_cron_says_nothing_while_the_night_before_goes_on(cron, tmp_path):
    with (tmp_path / "var" / "lib" / "brickyard" / "cron.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cron(4) == ""
    assert (tmp_path / "var" / "lib" / "brickyard" / "cron.log").read_text() == ""


def test_the_dag_does_not_try_again_what_needs_a_person():
    tree = ast.parse((SCHEDULE / "airflow" / "brickyard_dag.py").read_text())
    values = (node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and node.targets[0].id == "FINAL")
    assert set(ast.literal_eval(next(values))) == FINAL
