"""What the logs of Delta tables say, read by delta-rs in milliseconds: without Spark, and without importing it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from brickyard.errors import StorageError, first_line
from brickyard.s3 import delta_options


class Column(NamedTuple):
    """A column; its type is as the Delta protocol writes it: a word, or a dictionary if it is nested."""

    name: str
    kind: Any
    comment: str


def is_table(location: str) -> bool:
    """Whether a table has been made there."""
    with _naming(location):
        return DeltaTable.is_deltatable(location, storage_options=delta_options(location))


def open_table(location: str, version: int | None = None) -> DeltaTable:
    """The table as delta-rs reads its log. Raises StorageError if it cannot."""
    with _naming(location if version is None else f"{location}, version {version}"):
        return DeltaTable(location, version, storage_options=delta_options(location))


@contextmanager
def _naming(what: str) -> Iterator[None]:
    try:
        yield
    except DeltaError as error:
        raise StorageError(f"table {what}: its log cannot be read: {first_line(error)}") from error


def commit_info(actions: list[dict[str, Any]]) -> dict[str, Any]:
    """Where a commit came from (Delta protocol, "Commit Provenance Information")."""
    return next((action["commitInfo"] for action in actions if "commitInfo" in action), {})


def told(actions: list[dict[str, Any]]) -> dict[str, Any]:
    """What a commit of ours says of itself: whose it is, the rows that it wrote, the files that the table then has."""
    return json.loads(commit_info(actions).get("userMetadata") or "{}")


def columns(location: str, version: int | None = None) -> list[Column]:
    """The columns of a table at a version, or as it is now."""
    schema = json.loads(open_table(location, version).schema().to_json())
    return [Column(field["name"], field["type"], field["metadata"].get("comment", "")) for field in schema["fields"]]
