"""The manifest: what an export is made of, and the digest of each of its files."""

import hashlib
import json
import os
from typing import Any

from brickyard.errors import ConfigError

MANIFEST = "manifest.json"


def read_manifest(folder: str) -> dict[str, Any] | None:
    """The manifest of an export, or None if the folder is not one."""
    try:
        with open(os.path.join(folder, MANIFEST), encoding="utf-8") as file:
            found = json.load(file)
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    return found if isinstance(found, dict) and "export_id" in found else None


def already_there(folder: str, export_id: str) -> dict[str, Any] | None:
    """The manifest of the same export in `folder`; None if the folder is free. Raises ConfigError if it holds other things."""
    if os.path.islink(folder) or os.path.ismount(folder):  # an export is written beside its place and renamed
        raise ConfigError(f"--out {folder}: is a link or where a file system is mounted; name a new folder in it")
    if not os.path.lexists(folder) or (os.path.isdir(folder) and not os.listdir(folder)):
        return None
    manifest = read_manifest(folder)
    if manifest is None:
        raise ConfigError(f"--out {folder}: is there, and is not an export; name a folder that is new or empty")
    if manifest["export_id"] != export_id:
        raise ConfigError(f"--out {folder}: holds another export ({manifest['export_id']}); name a folder that is new or empty")
    for file in manifest["files"]:
        path = os.path.join(folder, file["path"])
        if not os.path.isfile(path) or os.path.getsize(path) != file["bytes"]:
            raise ConfigError(f"--out {folder}: holds this export, but {file['path']} is damaged; remove the folder")
    return manifest


def write_manifest(folder: str, content: dict[str, Any]) -> dict[str, Any]:
    """Add every file of the folder with its size and SHA-256, and write it all as MANIFEST."""
    manifest = {**content, "files": [_described(folder, path) for path in sorted(_walk(folder))]}
    with open(os.path.join(folder, MANIFEST), "w", encoding="utf-8") as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return manifest


def _walk(folder: str) -> list[str]:
    found = ((os.path.relpath(root, folder), names) for root, _, names in os.walk(folder))
    return [os.path.normpath(os.path.join(root, name)) for root, names in found for name in names]


def _described(folder: str, path: str) -> dict[str, Any]:
    with open(os.path.join(folder, path), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": path, "bytes": os.path.getsize(os.path.join(folder, path)), "sha256": digest}
