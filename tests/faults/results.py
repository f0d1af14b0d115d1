"""The file of results: one line a case, so that a run that was stopped goes on where it was; and the page made of it."""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE, PAGE = ROOT / "docs" / "faults.json", ROOT / "docs" / "faults.md"
RECOVERY = ("catalog", "data_files", "flow", "kill_points", "lock", "log_checks", "logs", "releases", "run", "stage", "storage")
"""The modules that decide what a crash leaves behind: a result is of their code."""


def code_digest() -> str:
    """Which code a result is of."""
    digest = hashlib.sha256()
    for name in RECOVERY:
        digest.update((ROOT / "pipelines" / "brickyard" / f"{name}.py").read_bytes())
    return digest.hexdigest()[:12]


def load(file: Path = FILE) -> dict[str, dict]:
    """Case -> what came of it."""
    return json.loads(file.read_text())["cases"] if file.exists() else {}


def load_facts(file: Path = FILE) -> dict:
    """Of what machine and day the results are."""
    return json.loads(file.read_text())["facts"] if file.exists() else {}


def is_done(cases: dict[str, dict], name: str) -> bool:
    """Whether a case has passed with this code."""
    case = cases.get(name, {})
    return case.get("code") == code_digest() and case.get("passed", False)


def save(cases: dict[str, dict], facts: dict, file: Path = FILE) -> None:
    """Write the results, a line a case, in the order of their names."""
    lines = [f"  {json.dumps(name)}: {json.dumps(case, sort_keys=True)}" for name, case in sorted(cases.items())]
    head = json.dumps(facts, sort_keys=True)
    file.write_text(f'{{"facts": {head},\n "cases": {{\n' + ",\n".join(lines) + "\n}}\n")
