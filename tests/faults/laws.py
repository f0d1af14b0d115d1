"""What must be true of a warehouse whatever was killed: read by delta-rs alone, not by our own code."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from brickyard.tables import DECISIONS, GATE_RESULTS, QUARANTINE, RECORDS, RELEASED, RELEASES, TABLES
from deltalake import DeltaTable

IGNORED = {"published_at", "run_id", "seconds", "release_id", "previous_release_id", "version"}
"""Columns that hold ids of runs, times and version numbers."""


def releases(warehouse: Path) -> list[dict]:
    """The releases in their order: each names the one before."""
    if not (warehouse / RELEASES.name / "_delta_log").exists():
        return []
    rows = {
        row["previous_release_id"]: row for row in DeltaTable(str(warehouse / RELEASES.name)).to_pyarrow_table().to_pylist()
    }
    ordered: list[dict] = []
    while row := rows.get(ordered[-1]["release_id"] if ordered else None):
        ordered.append({**row, "table_versions": dict(row["table_versions"])})
    return ordered


def rows_of(warehouse: Path, table: str, version: int) -> pa.Table:
    """The rows of a table at a version, by plain reading of the files that its log names."""
    opened = DeltaTable(str(warehouse / table), version)
    files = [warehouse / table / name for name in opened.file_uris()]
    return pa.concat_tables([pq.read_table(file) for file in files], promote_options="default") if files else pa.table({})


def digest(rows: pa.Table) -> str:
    """SHA-256 of the rows in whatever order: of each row's own digest, sorted."""
    kept = rows.select(sorted(name for name in rows.column_names if name not in IGNORED))
    hashed = sorted(hashlib.sha256(repr(row).encode()).digest() for row in kept.to_pylist())
    return hashlib.sha256(b"".join(hashed)).hexdigest()[:16]


def fingerprint(warehouse: Path, release: dict) -> dict[str, str]:
    """Released table -> digest of its rows, and what the gate observed."""
    versions = release["table_versions"]
    found = {table.name: digest(rows_of(warehouse, table.name, versions[table.name])) for table in RELEASED}
    checks = [(row["table"], row["expectation"], row["success"], row["observed"]) for row in gate_rows(warehouse, release)]
    return found | {"gate": hashlib.sha256(repr(sorted(checks, key=repr)).encode()).hexdigest()[:16]}


def gate_rows(warehouse: Path, release: dict) -> list[dict]:
    """What the gate wrote down of a release."""
    rows = DeltaTable(str(warehouse / GATE_RESULTS.name)).to_pyarrow_table().to_pylist()
    return [row for row in rows if row["release_id"] == release["release_id"]]


def broken(warehouse: Path, lines: int) -> list[str]:
    """Which laws the newest release breaks; `lines` are the records and refusals that an independent count finds."""
    *_, newest = releases(warehouse)
    problems = []
    records, decisions, quarantine = (
        rows_of(warehouse, table.name, newest["table_versions"][table.name]) for table in (RECORDS, DECISIONS, QUARANTINE)
    )
    ids, decided = (sorted(table["record_id"].to_pylist()) for table in (records, decisions))
    if ids != decided or len(set(ids)) != len(ids) or len(ids) + len(quarantine) != lines:
        problems.append(f"L1: {lines} lines, {len(ids)} records, {len(decided)} verdicts, {len(quarantine)} refused")
    checks = gate_rows(warehouse, newest)
    examined = {(row["table"], row["version"]) for row in checks if row["table"] != "release"}
    if not checks or not all(row["success"] for row in checks) or not examined <= set(newest["table_versions"].items()):
        problems.append("L5: the gate did not examine, or did not pass, what is published")
    return [*problems, *commits_twice(warehouse)]


def commits_twice(warehouse: Path) -> list[str]:
    """Commits that a stage of an attempt made more than once to a table. (What the gate found is replaced by a later run.)"""
    found = Counter(
        (table.name, owner["attempt"], owner["stage"])
        for table in TABLES
        if table is not GATE_RESULTS
        for log in (warehouse / table.name / "_delta_log").glob("0*.json")
        if "attempt" in (owner := owner_of(log))
    )
    return [f"{count} commits by {stage} to {table}" for (table, _, stage), count in found.items() if count > 1]


def owner_of(log: Path) -> dict:
    """Whose a commit is, as it says itself: nobody's, if it made or restored a table."""
    for line in log.read_text().splitlines():
        if info := json.loads(line).get("commitInfo"):
            return json.loads(info.get("userMetadata") or "{}")
    return {}


def count_lines(folder: Path) -> int:
    """Lines that are not blank, counted in bytes."""
    return sum(bool(line.strip()) for path in folder.rglob("*.jsonl") for line in path.read_bytes().split(b"\n"))
