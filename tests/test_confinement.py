"""A confined process, and what it starts, can change nothing outside of its folder."""

import os
import subprocess
import sys
from pathlib import Path

import brickyard
import pytest
from brickyard.confinement import can_confine

PACKAGES = str(Path(brickyard.__file__).parents[1])

CODE = """
import subprocess, sys
from brickyard.confinement import confine_writes
inside, outside = sys.argv[1:]
confine_writes([inside])
for command in sys.stdin.read().splitlines():
    command = command.format(inside=inside, outside=outside)
    done = subprocess.run(command, shell=True, stderr=subprocess.DEVNULL)
    print(command.partition(' ')[0], done.returncode == 0)
"""

HARMFUL = ("echo x > {outside}/kept", "echo x >> {outside}/kept", "rm {outside}/kept", "mv {outside}/kept {inside}/kept",
           "truncate -s 0 {outside}/kept", "python3 -c 'import os; os.truncate(\"{outside}/kept\", 0)'",
           "touch {outside}/new", "mkdir {outside}/folder", "ln -s / {outside}/link",
           "ln {outside}/kept {outside}/other", "mv {inside}/mine {outside}/kept")  # fmt: skip


def confined(code: str, *words: str, commands: str = "") -> subprocess.CompletedProcess:
    environment = {"PYTHONPATH": PACKAGES, "PATH": os.environ["PATH"]}
    given = [sys.executable, "-c", code, *words]
    return subprocess.run(given, env=environment, input=commands, capture_output=True, text=True, check=False)


LATE = """
import sys, threading
from brickyard.confinement import confine_writes
threading.Thread(target=threading.Event().wait, daemon=True).start()
confine_writes(sys.argv[1:])
"""


def test_threads_that_run_already_would_not_be_confined(tmp_path):
    assert "RuntimeError: 2 threads run already" in confined(LATE, str(tmp_path)).stderr


@pytest.mark.skipif(not can_confine(), reason="this machine has no Landlock")
def test_nothing_outside_can_be_changed_and_everything_inside_can(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
    (outside / "kept").write_text("as it was")
    harmless = ("echo x > {inside}/mine", "cat {outside}/kept > {inside}/copy", "rm {inside}/copy", "echo x > /dev/null")
    commands = "\n".join([*harmless, *HARMFUL])
    process = confined(CODE, str(inside), str(outside), commands=commands)
    assert process.returncode == 0, process.stderr
    succeeded = [line.endswith("True") for line in process.stdout.splitlines()]
    assert succeeded == [True] * len(harmless) + [False] * len(HARMFUL)
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"kept": "as it was"}
