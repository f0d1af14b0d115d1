"""What a table can let go of: files and commits that none of the versions to be kept needs."""

import re
import time
from dataclasses import dataclass, field

from deltalake import DeltaTable
from pyarrow import fs

from brickyard.logs import open_table
from brickyard.reading.listing import open_filesystem
from brickyard.storage import Warehouse
from brickyard.tables import Table

DAY = 24 * 60 * 60

COMMITS_WORTH_A_CHECKPOINT = 10
"""A checkpoint is made where it lets go of at least so many commits."""

_LOG_FILE = re.compile(r"\.?(\d{20})\.(json|crc|checkpoint\.parquet)(\.crc)?")


@dataclass
class LetGo:
    """Paths that go, with their bytes; `checkpoint_at`: the version that must get a checkpoint first."""

    data: dict[str, int] = field(default_factory=dict)
    log: dict[str, int] = field(default_factory=dict)
    checkpoint_at: int | None = None


def unneeded(warehouse: Warehouse, table: Table, versions: set[int], days: int) -> LetGo:
    """What goes if `versions` and the newest are kept: files of no use for `days` days, commits older than that."""
    newest = open_table(warehouse.location(table))
    kept = versions | {newest.version()}
    found = LetGo(data=_files_without_use(newest, warehouse.location(table), kept, days))
    _add_commits(warehouse, table, min(kept), days, found)
    return found


def purge(warehouse: Warehouse, table: Table) -> None:
    """Delete all files that the newest version does not need: earlier versions can no longer be read."""
    warehouse.check_lock()
    newest = open_table(warehouse.location(table))
    let_go(warehouse, table, LetGo(data=_files_without_use(newest, warehouse.location(table), {newest.version()}, 0)))


def _files_without_use(newest: DeltaTable, location: str, kept: set[int], days: int) -> dict[str, int]:
    """Path -> bytes of the files that no version in `kept` needs, nor any other has needed within so many days."""
    # with `full`, files that no commit names are found too: killed runs leave them behind
    names = newest.vacuum(24 * days, dry_run=True, enforce_retention_duration=False, full=True, keep_versions=sorted(kept))
    return _sizes([f"{location}/{name}" for name in names if not name.startswith("_delta_log/")])


def _sizes(paths: list[str]) -> dict[str, int]:
    """Path -> bytes, of files that are there; each with the checksum that Hadoop has put beside it."""
    beside = [re.sub(r"([^/]+)$", r".\1.crc", path) for path in paths]
    filesystem, _ = open_filesystem((paths or ["/"])[0])
    inner = [open_filesystem(path)[1] for path in (*paths, *beside)]
    infos = zip((*paths, *beside), filesystem.get_file_info(inner), strict=True)
    return {path: info.size for path, info in infos if info.type == fs.FileType.File}


def _add_commits(warehouse: Warehouse, table: Table, oldest: int, days: int, found: LetGo) -> None:
    """The commits before a checkpoint that is not later than the oldest version to be kept."""
    location = f"{warehouse.location(table)}/_delta_log"
    filesystem, folder = open_filesystem(location)
    infos = [(info, match) for info in filesystem.get_file_info(fs.FileSelector(folder))
             if (match := _LOG_FILE.fullmatch(info.base_name))]  # fmt: skip
    base = max((int(match[1]) for info, match in infos if info.base_name.endswith(".checkpoint.parquet")
                and int(match[1]) <= oldest), default=0)  # fmt: skip
    first = min((int(match[1]) for _, match in infos if match[2] == "json"), default=0)
    if oldest - max(base, first) >= COMMITS_WORTH_A_CHECKPOINT:
        base = found.checkpoint_at = oldest
    before = time.time() - days * DAY
    old = (info for info, match in infos if int(match[1]) < base and info.mtime.timestamp() < before)
    found.log = {f"{location}/{info.base_name}": info.size for info in old}


def let_go(warehouse: Warehouse, table: Table, found: LetGo) -> None:
    """Delete what was found. Commits go last to first: a table is read from its checkpoint on, or from all of them."""
    if found.checkpoint_at is not None and found.log:
        open_table(warehouse.location(table), found.checkpoint_at).create_checkpoint()
    filesystem, _ = open_filesystem(warehouse.path)
    for path in (*found.data, *sorted(found.log, reverse=True)):
        warehouse.check_lock()
        filesystem.delete_file(open_filesystem(path)[1])
