"""Ask for known advisories on every locked package: python -m infra.audit [--where-possible], or make audit.

pip-audit, in an environment of its own, asks PyPI. Exit codes: 0 none but those of audit.toml; 1 others, or an entry of
audit.toml that holds no longer; 3 the service does not know our packages or does not answer (0 with --where-possible).
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from infra.setup import LOCKS, ROOT, create, pip_install, stamp_of

ALLOWED = ROOT / "infra" / "audit.toml"
AUDIT = ROOT / ".venv-audit"


def say(message: str) -> None:
    sys.stderr.write(f"audit: {message}\n")


@dataclass(frozen=True)
class Allowance:
    """An advisory that we live with: its id or an alias, `name==version`, why, and the last day."""

    id: str
    package: str
    reason: str
    expires: date


def read_allowances(path: Path = ALLOWED) -> list[Allowance]:
    """The entries of audit.toml. Raises TypeError for one with other keys than Allowance has."""
    return [Allowance(**entry) for entry in tomllib.loads(path.read_text()).get("allow", [])]


def locked(folder: Path = LOCKS) -> set[str]:
    """All `name==version` of all lock files."""
    return {found for path in folder.glob("*.txt") for found in re.findall(r"(?m)^([\w.-]+==[^\s;]+)", path.read_text())}


def faults_of(allowances: Iterable[Allowance], packages: set[str], today: date) -> list[str]:
    """What is wrong with the list itself."""
    found = []
    for one in allowances:
        if one.expires < today:
            found.append(f"{one.id}: was allowed until {one.expires}; look again: is there a version without it?")
        if one.package not in packages:
            found.append(f"{one.id}: no lock file has {one.package}; delete the entry")
        if not one.reason.strip():
            found.append(f"{one.id}: gives no reason")
    return found


def advisories_in(answer: dict[str, Any], allowances: Iterable[Allowance]) -> list[str]:
    """Advisories in pip-audit's answer that no entry allows, in words."""
    allowed = {(one.id, one.package) for one in allowances}
    found = []
    for dependency in answer["dependencies"]:
        package = f"{dependency['name']}=={dependency.get('version')}"
        for one in dependency.get("vulns", []):
            if not any((name, package) in allowed for name in (one["id"], *one["aliases"])):
                fixed = ", ".join(one["fix_versions"]) or "no version yet"
                found.append(f"{package}: {one['id']} ({', '.join(one['aliases'])}), fixed in {fixed}")
    return found


def unknown_in(answer: dict[str, Any]) -> list[str]:
    """Packages that the service said nothing about: a mirror without advisories answers so to all of them."""
    return [dependency["name"] for dependency in answer["dependencies"] if "skip_reason" in dependency]


def make_environment() -> None:
    """pip-audit in .venv-audit; nothing unless the lock changed."""
    stamp, wanted = AUDIT / ".brickyard-stamp", stamp_of("audit")
    if not stamp.exists() or stamp.read_text() != wanted:
        create(AUDIT)
        pip_install(AUDIT, "audit")
        stamp.write_text(wanted)


def ask(requirements: Path) -> dict[str, Any] | None:
    """pip-audit's answer on a file of pinned packages; None if there is none, or it is that nothing is known of any."""
    command = [str(AUDIT / "bin" / "pip-audit"), "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off",
               "--timeout", "10", "--requirement", str(requirements)]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(result.stdout)
    except json.JSONDecodeError:
        say(result.stderr.strip().splitlines()[-1] if result.stderr.strip() else "pip-audit said nothing")
        return None
    return answer if len(unknown_in(answer)) < len(answer["dependencies"]) else None


def ask_all(folder: Path = LOCKS) -> list[dict[str, Any]] | None:
    """The answers on all lock files, the shortest first; None as soon as one cannot be had."""
    answers = []
    for path in sorted(folder.glob("*.txt"), key=lambda path: path.stat().st_size):
        answer = ask(path)
        if answer is None:
            return None
        answers.append(answer)
    return answers


def main(words: list[str]) -> int:
    packages, allowances = locked(), read_allowances()
    make_environment()
    answers = ask_all()
    if answers is None:
        say("the service of advisories cannot be asked from here: nothing was audited")
        return 0 if "--where-possible" in words else 3
    found = faults_of(allowances, packages, datetime.now(UTC).date())
    found += sorted({one for answer in answers for one in advisories_in(answer, allowances)})
    for one in found:
        say(f"{one}")
    for name in sorted({name for answer in answers for name in unknown_in(answer)}):
        say(f"the service does not know {name}")
    say(f"{len(packages)} packages, {len(found)} to look at, {len(allowances)} allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
