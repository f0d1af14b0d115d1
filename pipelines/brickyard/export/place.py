"""The folder of an export: it is made beside its place by one run at a time, and takes it when it is whole."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from brickyard.errors import ConfigError, ConflictError, StorageError


def local_folder(out: str) -> str:
    """Its absolute path. Raises ConfigError for an object store: files are renamed and mapped."""
    if "://" in out and not out.startswith("file://"):
        raise ConfigError(f"--out {out}: an export is written to a local (or mounted) folder; copy it to the store afterwards")
    return os.path.abspath(os.path.expanduser(out.removeprefix("file://")))


@contextmanager
def taking_its_place(folder: str, export_id: str) -> Iterator[str]:
    """A new folder beside `folder`, which becomes it in the end; on an error nothing is left.

    Raises ConflictError if the same export is being written there already.
    """
    partial = f"{folder}.partial-{export_id}"
    with _claimed(partial, folder):
        try:
            _empty(partial)
            yield partial
            os.rename(partial, folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


@contextmanager
def _claimed(partial: str, folder: str) -> Iterator[None]:
    """The folder, there and locked; a lock goes with the process that holds it."""
    try:
        os.makedirs(partial, exist_ok=True)
        held = os.open(partial, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"--out {folder}: cannot be written: {error.strerror}") from error
    try:
        _lock(held, folder)
        yield
    finally:
        os.close(held)


def _lock(held: int, folder: str) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConflictError(f"--out {folder}: the same export is being written there; wait for it, or stop it") from error
    except OSError as error:
        raise StorageError(f"--out {folder}: this file system has no locks (flock): {error.strerror}") from error


def _empty(folder: str) -> None:
    """Delete what an export that was killed has left."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
