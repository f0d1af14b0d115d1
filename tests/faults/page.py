"""docs/faults.md, made of docs/faults.json."""

from tests.faults import results

HEAD = """# Faults

Runs that were killed, writers that met, logs that were damaged, disks that were full: what came of it. Made by `make faults`,
which goes on where it was stopped; every case is in [faults.json](faults.json), with the digest of the code that it is of.
Where both numbers are 0, the cases have not been run with the code of today.

"""

KINDS = {
    "kill": "a run killed at a named point or at a random time, then the same command again: exit 0, and all tables as after an"
    " undisturbed run; the release before readable in between; every record with one verdict; every published version examined"
    " by the gate; no commit twice",
    "mutant": "the same test of a build that has forgotten how to resume: it must be noticed",
    "two writers": "two drivers that commit to one table at once",
    "reader": "a reader that polls the views while releases come, and runs are killed: no answer may mix two",
    "damages": "a table whose log or files are damaged in one way: all rows, or an error, by every way to read it (if the"
    " newest commit is gone, who asks for the newest state gets the one before: nothing tells but a release)",
    "disk": "a disk that is full or read-only: exit 6, the release before whole, and the same command again once there is room",
}
"""First word of a case's name -> what is done, and what must come of it."""


def write() -> None:
    """Write the page."""
    cases, code = results.load(), results.code_digest()
    facts = results.load_facts()
    lines = [f"- {name}: {value}" for name, value in sorted(facts.items())]
    lines += ["", "| what | passed | failed | of other code |", "|---|---|---|---|"]
    for kind, meaning in KINDS.items():
        own = [case for name, case in cases.items() if name.startswith(kind + " /")]
        now = [case for case in own if case["code"] == code]
        passed = sum(case["passed"] for case in now)
        lines.append(f"| {meaning} | {passed} | {len(now) - passed} | {len(own) - len(now)} |")
    results.PAGE.write_text(HEAD + "\n".join([*lines, "", *_figures(cases), ""]))


def _figures(cases: dict[str, dict]) -> list[str]:
    """A line for each case that is not one of many."""
    shown = {name: case for name, case in cases.items() if not name.startswith(("kill /", "disk /"))}
    hidden = ("code", "problem", "passed")
    return [
        f"- {name}: " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in case.items() if key not in hidden)
        for name, case in shown.items()
    ]
