"""The disk of the warehouse, or of Spark's scratch files, is full or read-only.

    unshare -Urm python -m tests.faults.full_disk HOME CASE

does one case in a namespace of its own, in which it may mount, and prints what came of it.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.faults import kills, laws, processes
from tests.faults.kills import Reference

CASES = {f"room for {share:.0%} of what a run writes": share for share in (0, 0.02, 0.1, 0.3, 0.6, 0.9)}
CASES |= {"a read-only warehouse": -1, "2 MiB of scratch": -2}
SIZE, BLOCK = "64m", 4096


def can_mount() -> bool:
    """Whether this user may make a namespace and mount in it."""
    tried = subprocess.run(["unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return tried.returncode == 0


def run_case(case: str, reference: Reference) -> dict:
    """One case, in a process that may mount."""
    facts = {"fingerprints": reference.fingerprints, "lines": reference.lines, "start": str(reference.home)}
    words = ["unshare", "-Urm", sys.executable, "-m", "tests.faults.full_disk", str(reference.home.parent), case]
    ended = processes.finish(processes.start(words, FAULTS_REFERENCE=json.dumps(facts)), 0)
    return ended.summary or {"problem": ended.errors[-500:], "passed": False}


def mount(folder: Path, size: str = SIZE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Leave so many bytes free."""
    free = os.statvfs(folder)
    with open(folder / "ballast", "wb") as file:
        file.write(b"\0" * max(free.f_bavail * free.f_frsize - leave, 0))


def size_of(folder: Path) -> int:
    """The bytes that the files of a folder take on a disk."""
    return sum(-(-path.stat().st_size // BLOCK) * BLOCK for path in folder.rglob("*") if path.is_file())


def written_by_a_run(reference: Reference) -> int:
    """Bytes that the undisturbed run has added."""
    return size_of(reference.home.parent / "undisturbed/warehouse") - size_of(reference.home / "warehouse")


def _within(home: Path, case: str, reference: Reference) -> dict:
    """In the namespace: mount, copy, fill, run, look, make room, run again, look."""
    shutil.copytree(reference.home, home, ignore=shutil.ignore_patterns("warehouse"))
    warehouse, scratch = home / "warehouse", home / "scratch"
    mount(warehouse)
    shutil.copytree(reference.home / "warehouse", warehouse, dirs_exist_ok=True)
    words, environment = processes.command("brickyard", home), {}
    if CASES[case] >= 0:
        fill(warehouse, int(CASES[case] * written_by_a_run(reference)))
    elif "scratch" in case:
        mount(scratch, "2m")
        environment = {"SPARK_LOCAL_DIRS": str(scratch)}
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(warehouse)], check=True)
    ended = processes.run(words, **environment)
    sentence = ended.errors.strip().splitlines()[-1:]
    problems = [] if ended.code == 6 else [f"exit {ended.code}: {sentence}"]
    problems += ["a stack trace"] if ended.trace else []
    problems += kills.mixtures(home, laws.releases(warehouse), reference)
    subprocess.run(["mount", "-o", "remount,rw", str(warehouse)], check=True)
    (warehouse / "ballast").unlink(missing_ok=True)
    again = processes.run(words)
    problems += kills.after(home, again, reference) if again.code == 0 else [f"again: {again.code}: {again.errors[-300:]}"]
    return {"code": ended.code, "said": sentence, "problem": "; ".join(problems), "passed": not problems}


def main() -> None:
    base, case = sys.argv[1:]
    facts = json.loads(os.environ["FAULTS_REFERENCE"])
    reference = Reference(Path(facts["start"]), tuple(facts["fingerprints"]), facts["lines"], 0, {})
    home = Path(base) / "full"
    try:
        print(json.dumps(_within(home, case, reference)))  # noqa: T201
    finally:
        for folder in (home / "warehouse", home / "scratch"):
            subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
