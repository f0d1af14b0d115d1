"""What the logs of Delta tables say, read by delta-rs in milliseconds: without Spark, and without importing it."""

import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from deltalake import DeltaTable, QueryBuilder

from brickyard.errors import StorageError
from brickyard.s3 import delta_options


class Column(NamedTuple):
    """A column; its type is as the Delta protocol writes it: a word, or a dictionary if it is nested."""

    name: str
    kind: Any
    comment: str


def is_table(location: str) -> bool:
    """Whether a table has been made there."""
    return DeltaTable.is_deltatable(location, storage_options=delta_options(location))


def file_names(location: str, version: int | None = None) -> list[str]:
    """The Parquet files of a table at a version, or as it is now: absolute paths, or URIs of an object store.

    Raises StorageError if they are not as many as the version's commit says.
    """
    table = _open(location, version)
    names = [unquote(uri) for uri in table.file_uris()]
    wanted = _files_wanted(location, table.version())
    if wanted not in (None, len(names)):
        raise StorageError(f"table {location}, version {table.version()}: its log names {len(names)} files instead of {wanted}")
    return names


def _files_wanted(location: str, version: int) -> int | None:
    """How many files a version has, by its commit on a disk; None if that is gone, for a checkpoint, or does not say.

    Raises StorageError if the commit is empty, which delta-rs takes for one without actions.
    """
    path = Path(f"{location}/_delta_log/{version:020d}.json")
    if not path.is_file():
        return None
    actions = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    if not actions:
        raise StorageError(f"{path}: the commit is damaged: it is empty")
    return told(actions).get("files")


def commit_info(actions: list[dict[str, Any]]) -> dict[str, Any]:
    """Where a commit came from (Delta protocol, "Commit Provenance Information")."""
    return next((action["commitInfo"] for action in actions if "commitInfo" in action), {})


def told(actions: list[dict[str, Any]]) -> dict[str, Any]:
    """What a commit of ours says of itself: whose it is, the rows that it wrote, the files that the table then has."""
    return json.loads(commit_info(actions).get("userMetadata") or "{}")


def columns(location: str, version: int | None = None) -> list[Column]:
    """The columns of a table at a version, or as it is now."""
    schema = json.loads(_open(location, version).schema().to_json())
    return [Column(field["name"], field["type"], field["metadata"].get("comment", "")) for field in schema["fields"]]


def rows(location: str) -> list[dict[str, Any]]:
    """All rows of a small table as it is now; maps as dictionaries, times with their zone."""
    table = _open(location)
    found = QueryBuilder().register("found", table).execute("SELECT * FROM found").read_all()
    values = {name: [value.as_py() for value in found.column(name)] for name in found.column_names}  # type: ignore[attr-defined]
    for column in columns(location, table.version()):
        if isinstance(column.kind, dict) and column.kind["type"] == "map":
            values[column.name] = [value if value is None else dict(value) for value in values[column.name]]
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _open(location: str, version: int | None = None) -> DeltaTable:
    return DeltaTable(location, version, storage_options=delta_options(location))
