"""A damaged Delta log is refused, with the name of what is damaged: never are there fewer rows in silence.

delta-rs takes an empty commit file for a commit without actions; and what a file loses at the end of a line goes
unnoticed. (A missing commit, a checksum without its commit, and JSON that is none, it refuses itself.) Arrow is needed for
object stores alone: a query by DuckDB, of half a second, does without.
"""

import json
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from deltalake import QueryBuilder

from brickyard.errors import StorageError
from brickyard.logs import columns, commit_info, open_table, told

_COMMIT = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\.parquet")


def whole_files(location: str, version: int | None = None) -> list[str]:
    """The Parquet files of a version, or of the table as it is now: absolute paths, or URIs of an object store.

    Raises StorageError if the log is damaged, or a file is not what it says. Spark passes over files of 0 bytes, and over
    names that it looks for and does not find, in silence.
    """
    names, sizes = named_files(location, version)
    _check_files(location, names, sizes)
    return names


def named_files(location: str, version: int | None = None) -> tuple[list[str], list[int]]:
    """The files of a version, with their bytes, as the log says. Raises StorageError if it is damaged."""
    opened = open_table(location, version)
    adds = opened.get_add_actions()
    paths, sizes = ([value.as_py() for value in adds.column(name)] for name in ("path", "size_bytes"))  # type: ignore[attr-defined]
    _check_log(location, opened.version(), len(paths))
    return [f"{location}/{unquote(path)}" for path in paths], sizes


def whole_rows(location: str) -> list[dict[str, Any]]:
    """All rows of a small table as it is now; maps as dictionaries, times with their zone. Raises StorageError as above."""
    whole_files(location)
    table = open_table(location)
    found = QueryBuilder().register("found", table).execute("SELECT * FROM found").read_all()
    values = {name: [value.as_py() for value in found.column(name)] for name in found.column_names}  # type: ignore[attr-defined]
    for column in columns(location, table.version()):
        if isinstance(column.kind, dict) and column.kind["type"] == "map":
            values[column.name] = [value if value is None else dict(value) for value in values[column.name]]
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _check_log(location: str, version: int, files: int) -> None:
    """Raise StorageError if a commit that makes up `version` is damaged, or if it should not have just so many `files`."""
    folder = f"{location}/_delta_log"
    names = list_names(folder)
    since = max((found for found in _versions(_CHECKPOINT, names) if found <= version), default=-1)
    for commit in _versions(_COMMIT, names):
        if since < commit <= version:
            _check_commit(f"{folder}/{commit:020d}.json")
    checked, newest = f"{version:020d}.crc", f"{version:020d}.json"
    wanted = _files_by_checksum(f"{folder}/{checked}") if checked in names else None
    counted = told(read_actions(f"{folder}/{newest}")).get("files") if newest in names else None
    if {wanted, counted} - {None, files}:
        wrong = counted if wanted in (None, files) else wanted
        raise StorageError(f"table {location}, version {version}: its log names {files} files instead of {wrong}")


def _check_files(location: str, names: list[str], sizes: list[int]) -> None:
    """Raise StorageError if a file is not there, or has not as many bytes as the log says."""
    for name, size, found in zip(names, sizes, _sizes_of(location, names), strict=True):
        if found != size:
            wrong = "is missing" if found is None else f"has {found} bytes instead of {size}"
            raise StorageError(f"table {location}: {os.path.basename(name)} {wrong}")


def _sizes_of(location: str, names: list[str]) -> list[int | None]:
    """The bytes of each file, None if it is not there. Of an object store by one listing, not by a question for each."""
    if "://" in location:
        listed = _list_store(location)
        return [listed.get(os.path.basename(name)) for name in names]
    return [_size_of(name) for name in names]


def _size_of(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return None


def list_names(folder: str) -> list[str]:
    """The names in a folder; none if it is not there. On a disk no file is looked at: others make and rename some meanwhile."""
    if "://" in folder:
        return list(_list_store(folder))
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def _list_store(folder: str) -> dict[str, int]:
    """Name -> bytes of the objects in a folder of an object store."""
    from pyarrow import fs

    from brickyard.reading.listing import open_filesystem

    filesystem, inner = open_filesystem(folder)
    infos = filesystem.get_file_info(fs.FileSelector(inner, allow_not_found=True))
    return {info.base_name: info.size for info in infos if info.type == fs.FileType.File}


def _content_of(path: str) -> bytes:
    if "://" not in path:
        return Path(path).read_bytes()
    from brickyard.reading.listing import open_filesystem

    filesystem, inner = open_filesystem(path)
    with filesystem.open_input_stream(inner) as stream:
        return bytes(stream.read())


def _versions(pattern: re.Pattern[str], names: Iterable[str]) -> list[int]:
    return [int(match[1]) for match in map(pattern.fullmatch, names) if match]


def _files_by_checksum(path: str) -> int | None:
    """How many files a version has, as Spark wrote it down beside the commit; None if that cannot be read."""
    try:
        return json.loads(_content_of(path))["numFiles"]
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=10_000)
def _check_commit(path: str) -> None:
    """Raise StorageError if rows that the commit says it has written are missing from it. Commits do not change."""
    actions = read_actions(path)
    added = [json.loads(action["add"].get("stats") or "{}").get("numRecords") for action in actions if "add" in action]
    info = commit_info(actions)
    rows = told(actions).get("rows")
    if rows is None and info.get("operation") == "WRITE":
        rows = info.get("operationMetrics", {}).get("numOutputRows")
    if not info or (rows is not None and None not in added and sum(added) != int(rows)):
        raise StorageError(f"{path}: the commit is damaged: files of {sum(filter(None, added))} rows, but it wrote {rows}")


def read_actions(path: str) -> list[dict[str, Any]]:
    """The actions of a commit file. Raises StorageError if there is none, or not JSON."""
    try:
        actions = [json.loads(line) for line in _content_of(path).splitlines() if line.strip()]
    except ValueError as error:
        raise StorageError(f"{path}: the commit is damaged: {error}") from error
    if not actions:
        raise StorageError(f"{path}: the commit is damaged: it is empty")
    return actions
