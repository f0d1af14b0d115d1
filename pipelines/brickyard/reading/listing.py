"""Which files a configuration names, on local disks and object stores alike."""

import itertools
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyarrow import fs

from brickyard.errors import ConfigError, InputError
from brickyard.s3 import arrow_filesystem, is_s3


@dataclass(frozen=True)
class InputFile:
    """A file to read: `uri` is its name for ever (relative to the root), `path` where it is today."""

    uri: str
    path: str
    byte_length: int
    refused: str | None = None  # a quarantine reason that is known before the file is opened


@dataclass
class Listing:
    """What was found, and which directory links and hidden names were passed over."""

    files: list[InputFile] = field(default_factory=list)
    links_not_followed: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)


def open_filesystem(path: str) -> tuple[fs.FileSystem, str]:
    """The filesystem of a path or URI (`s3://bucket/key`), and the path within it."""
    if is_s3(path):
        return arrow_filesystem(path)
    if "://" in path:
        return fs.FileSystem.from_uri(path)
    return fs.LocalFileSystem(), path


def list_files(paths: tuple[str, ...], root: str, confined: bool) -> Listing:
    """All files under the given files, folders and globs (absolute, or URIs), sorted by uri, each once.

    `root` is what uris are relative to; a file outside it keeps its full path. A link must not lead out of `root`
    (`confined`) or, otherwise, out of the folder that was named. Raises InputError for a path that is not there.
    """
    listing = Listing()
    for path in paths:
        if "://" in path:
            listing.files += _remote_files(path, root, confined, listing)
        else:
            listing.files += _local_files(path, root, confined, listing)
    listing.files = sorted({file.path: file for file in listing.files}.values(), key=lambda file: file.uri)
    _refuse_equal_uris(listing.files)
    return listing


def _refuse_equal_uris(files: list[InputFile]) -> None:
    for one, other in itertools.pairwise(files):
        if one.uri == other.uri:
            raise ConfigError(f"{one.path} and {other.path} would both be called {one.uri}; set input.root above both")


def _local_files(pattern: str, root: str, confined: bool, listing: Listing) -> Iterator[InputFile]:
    base, rest = _split_glob(pattern)
    if not os.path.exists(base):
        raise InputError(f"{pattern}: there is no {base}")
    matches = _glob_matcher(rest) if rest else None
    allowed = os.path.realpath(root if confined else base if os.path.isdir(base) else os.path.dirname(base))
    for path in _walk(base, listing):
        if matches is None or matches(os.path.relpath(path, base)):
            yield _local_file(path, root, allowed)


def _local_file(path: str, root: str, allowed: str) -> InputFile:
    if (readable := path.encode("utf-8", "backslashreplace").decode()) != path:
        return InputFile(_relative(readable, root), readable, 0, refused="unreadable_file")  # no column can hold its name
    uri = _relative(path, root)
    resolved = os.path.realpath(path)
    if os.path.commonpath([resolved, allowed]) != allowed:
        return InputFile(uri, path, 0, refused="outside_root")
    try:
        status = os.stat(resolved)
    except OSError:
        return InputFile(uri, path, 0, refused="unreadable_file")
    if not stat.S_ISREG(status.st_mode):
        return InputFile(uri, path, 0, refused="unreadable_file")
    return InputFile(uri, path, status.st_size)


def _relative(path: str, root: str) -> str:
    prefix = root.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else path.lstrip("/")


def _walk(base: str, listing: Listing) -> Iterator[str]:
    if not os.path.isdir(base):
        yield base
        return
    for entry in sorted(_scan(base), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            listing.hidden.add(entry.path)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, listing)
        elif entry.is_symlink() and entry.is_dir():
            listing.links_not_followed.add(entry.path)
        else:
            yield entry.path


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed ({error.strerror})") from error


def _remote_files(pattern: str, root: str, confined: bool, listing: Listing) -> Iterator[InputFile]:
    base, rest = _split_glob(pattern)
    filesystem, folder = open_filesystem(base)
    scheme = base.split("://")[0]
    matches = _glob_matcher(rest) if rest else None
    for info in _remote_infos(filesystem, folder, pattern):
        path, below = f"{scheme}://{info.path}", os.path.relpath(info.path, folder)
        if not info.is_file:
            continue
        if below != "." and any(part.startswith(".") for part in below.split("/")):
            listing.hidden.add(path)
        elif matches is None or matches(below):
            yield _remote_file(path, info, root, confined)


def _remote_file(path: str, info: fs.FileInfo, root: str, confined: bool) -> InputFile:
    if path.startswith(root.rstrip("/") + "/"):
        return InputFile(_relative(path, root), path, info.size)
    return InputFile(info.path, path, 0, refused="outside_root") if confined else InputFile(info.path, path, info.size)


def _remote_infos(filesystem: fs.FileSystem, folder: str, pattern: str) -> list[fs.FileInfo]:
    try:
        found = filesystem.get_file_info(folder)
        if found.type == fs.FileType.NotFound:
            raise InputError(f"{pattern}: there is no {folder}")
        return [found] if found.is_file else filesystem.get_file_info(fs.FileSelector(folder, recursive=True))
    except OSError as error:
        raise InputError(f"{pattern}: cannot be listed ({error})") from error


def _split_glob(pattern: str) -> tuple[str, str]:
    """The leading folders without wildcards, and the rest: `/a/b/**/*.md` gives `/a/b` and `**/*.md`."""
    if Path(pattern).exists():
        return pattern, ""
    parts = pattern.split("/")
    first = next((i for i, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts))
    return "/".join(parts[:first]) or "/", "/".join(parts[first:])


_GLOB_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]")
_GLOB_PATTERNS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _glob_matcher(pattern: str):
    """A test for paths: `**` crosses folders, `*`, `?` and `[abc]` stay within one name."""
    translated, end = "", 0
    for token in _GLOB_TOKENS.finditer(pattern):
        translated += re.escape(pattern[end : token.start()])
        translated += _GLOB_PATTERNS.get(token[0]) or token[0].replace("\\", r"\\").replace("[!", "[^")
        end = token.end()
    return re.compile(translated + re.escape(pattern[end:]), re.DOTALL).fullmatch
