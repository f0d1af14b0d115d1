"""Where a secret can be seen that should be nowhere."""

from collections.abc import Iterator
from pathlib import Path


def in_arguments(secret: str) -> Iterator[str]:
    """Processes whose arguments, which every user of a machine can read, hold it."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if secret.encode() in words:
            yield f"arguments of {words.split(bytes(1))[:3]}"


def in_files(secret: str, *folders: Path) -> Iterator[str]:
    """Files below the folders that hold it, by content or name."""
    for folder in folders:
        for path in folder.rglob("*"):
            if (
                path.is_file()
                and "environment" not in path.parts
                and (secret in str(path) or secret.encode() in path.read_bytes())
            ):
                yield str(path)
