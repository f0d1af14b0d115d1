"""One writer per warehouse: on a disk locks that the operating system drops when their holder dies, on S3 a lease.

A run is two processes. Its Java may outlive its Python for some moments, with a commit under way: each holds a lock.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from brickyard import s3
from brickyard.errors import ConflictError, StorageError


def not_needed() -> None:
    """The check of a lock that cannot be lost while its holder lives."""


@contextmanager
def warehouse_lock(path: str, run_id: str) -> Iterator[Callable[[], None]]:
    """Hold `<warehouse>/.lock`; gives a check to call before a commit, which raises ConflictError if the lock was lost.

    Raises ConflictError if another run holds it, StorageError if it cannot be written.
    """
    if s3.is_s3(path):
        from brickyard.lease import lease

        with lease(*s3.conditional_store(f"{path}/.lock"), run_id) as held:
            yield held.check
        return
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
        file = open(Path(path) / ".lock", "a+")  # noqa: SIM115 - closed below; here only its opening may fail
    except OSError as error:
        raise StorageError(f"warehouse {path}: {error.strerror}; name a folder that can be written") from error
    with file:
        _acquire(file, path)
        file.truncate(0)
        try:
            os.write(file.fileno(), json.dumps({"run_id": run_id, "pid": os.getpid()}).encode())  # unbuffered
        except OSError as error:
            raise StorageError(f"warehouse {path}: {error.strerror}") from error
        yield not_needed


def _acquire(file, path: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise ConflictError(f"warehouse {path} is in use by another run: {file.read()}; wait for it, or stop it") from error
    except OSError as error:
        raise StorageError(f"warehouse {path}: this file system has no locks (flock): {error.strerror}") from error


PATIENCE = 60.0
"""Seconds to wait for the Java process of a run whose Python is gone: it ends by itself when it notices."""


@contextmanager
def java_lock(jvm, path: str) -> Iterator[None]:
    """Let the Java process behind `jvm` hold `<warehouse>/.lock-java`. Raises ConflictError if another keeps it.

    Java's locks and those of `flock` do not see each other, hence a file of its own.
    """
    if "://" in path:
        yield
        return
    channel = jvm.java.io.RandomAccessFile(f"{path}/.lock-java", "rw").getChannel()
    try:
        _wait_for(channel, path)
        yield
    finally:
        _close(channel)


def _wait_for(channel, path: str) -> None:
    until = time.monotonic() + PATIENCE
    while channel.tryLock() is None:
        if time.monotonic() > until:
            raise ConflictError(f"warehouse {path} is in use by the Java process of a run whose Python has ended; stop it")
        time.sleep(0.1)


def _close(channel) -> None:
    """Java may be gone, and its lock with it."""
    with suppress(Exception):
        channel.close()


@contextmanager
def run_lock(jvm, path: str, run_id: str) -> Iterator[Callable[[], None]]:
    """Both locks of a run; gives the check of `warehouse_lock`."""
    with warehouse_lock(path, run_id) as check, java_lock(jvm, path):
        yield check
