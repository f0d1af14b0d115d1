"""A damaged Delta log is refused, with the name of what is damaged: never are there fewer rows in silence.

delta-rs takes an empty commit file for a commit without actions; and what a file loses at the end of a line goes
unnoticed. (A missing commit, a checksum without its commit, and JSON that is none, it refuses itself.)
"""

import json
import os
import re
from functools import lru_cache
from typing import Any

from deltalake import DeltaTable as RustTable
from deltalake.exceptions import DeltaError
from pyarrow import fs

from brickyard.errors import StorageError, first_line
from brickyard.logs import commit_info, told
from brickyard.reading.listing import open_filesystem
from brickyard.s3 import delta_options

_COMMIT = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\.parquet")


def open_table(location: str, version: int | None = None) -> RustTable:
    """The table as delta-rs reads its log. Raises StorageError if it cannot."""
    try:
        return RustTable(location, version, storage_options=delta_options(location))
    except DeltaError as error:
        wanted = "" if version is None else f", version {version}"
        raise StorageError(f"table {location}{wanted}: its log cannot be read: {first_line(error)}") from error


def check_log(location: str, version: int, files: int) -> None:
    """Raise StorageError if a commit that makes up `version` is damaged, or if it should not have just so many `files`."""
    filesystem, folder = open_filesystem(f"{location}/_delta_log")
    names = [info.base_name for info in filesystem.get_file_info(fs.FileSelector(folder))]
    since = max((found for found in _versions(_CHECKPOINT, names) if found <= version), default=-1)
    for commit in _versions(_COMMIT, names):
        if since < commit <= version:
            _check_commit(f"{location}/_delta_log/{commit:020d}.json")
    checked, newest = f"{version:020d}.crc", f"{version:020d}.json"
    wanted = _files_by_checksum(filesystem, f"{folder}/{checked}") if checked in names else None
    counted = told(read_actions(filesystem, f"{folder}/{newest}")).get("files") if newest in names else None
    if {wanted, counted} - {None, files}:
        wrong = counted if wanted in (None, files) else wanted
        raise StorageError(f"table {location}, version {version}: its log names {files} files instead of {wrong}")


def check_files(location: str, names: list[str], sizes: list[int]) -> None:
    """Raise StorageError if a file is not there, or has not as many bytes as the log says."""
    filesystem, _ = open_filesystem(location)
    for name, size, info in zip(names, sizes, filesystem.get_file_info(names) if names else [], strict=True):
        if info.size != size:
            found = "is missing" if info.type == fs.FileType.NotFound else f"has {info.size} bytes instead of {size}"
            raise StorageError(f"table {location}: {os.path.basename(name)} {found}")


def _versions(pattern: re.Pattern[str], names: list[str]) -> list[int]:
    return [int(match[1]) for match in map(pattern.fullmatch, names) if match]


def _files_by_checksum(filesystem: fs.FileSystem, path: str) -> int | None:
    """How many files a version has, as Spark wrote it down beside the commit; None if that cannot be read."""
    try:
        with filesystem.open_input_stream(path) as stream:
            return json.loads(stream.read())["numFiles"]
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=10_000)
def _check_commit(path: str) -> None:
    """Raise StorageError if rows that the commit says it has written are missing from it. Commits do not change."""
    filesystem, inner = open_filesystem(path)
    actions = read_actions(filesystem, inner)
    added = [json.loads(action["add"].get("stats") or "{}").get("numRecords") for action in actions if "add" in action]
    info = commit_info(actions)
    rows = told(actions).get("rows")
    if rows is None and info.get("operation") == "WRITE":
        rows = info.get("operationMetrics", {}).get("numOutputRows")
    if not info or (rows is not None and None not in added and sum(added) != int(rows)):
        raise StorageError(f"{path}: the commit is damaged: files of {sum(filter(None, added))} rows, but it wrote {rows}")


def read_actions(filesystem: fs.FileSystem, path: str) -> list[dict[str, Any]]:
    """The actions of a commit file. Raises StorageError if there is none, or not JSON."""
    with filesystem.open_input_stream(path) as stream:
        lines = stream.read().splitlines()
    try:
        actions = [json.loads(line) for line in lines if line.strip()]
    except ValueError as error:
        raise StorageError(f"{path}: the commit is damaged: {error}") from error
    if not actions:
        raise StorageError(f"{path}: the commit is damaged: it is empty")
    return actions
