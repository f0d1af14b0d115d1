"""Break a copy of the library in each way of `changes.py`, and see the named tests fail: `make sabotage`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.sabotage.changes import SABOTAGES, Sabotage

ROOT = Path(__file__).parents[2]


def broken_copy(sabotage: Sabotage, folder: Path) -> Path:
    """A copy of `pipelines` with the fault in it; ValueError if the place is not found once."""
    copy = folder / "pipelines"
    shutil.copytree(ROOT / "pipelines", copy, ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / "brickyard" / sabotage.file
    text = path.read_text()
    if text.count(sabotage.old) != 1:
        raise ValueError(f"{sabotage.name}: {sabotage.file} holds the place {text.count(sabotage.old)} times, not once")
    path.write_text(text.replace(sabotage.old, sabotage.new))
    return copy


def is_caught(sabotage: Sabotage) -> bool:
    """Whether a test fails, and not for want of tests."""
    with tempfile.TemporaryDirectory() as folder:
        copy = broken_copy(sabotage, Path(folder))
        words = sabotage.tests.split(" -k ")
        chosen = ["-k", words[1].replace("_or_", " or ")] if len(words) > 1 else []
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={copy} ."]
        result = subprocess.run(
            [*command, words[0], *chosen],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            check=False,
        )
    return result.returncode == 1


def main() -> int:
    """Zero if every fault is caught."""
    missed = 0
    for sabotage in SABOTAGES:
        caught = is_caught(sabotage)
        missed += not caught
        sys.stdout.write(f"{'caught' if caught else 'MISSED'}  {sabotage.name}\n")
        sys.stdout.flush()
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
