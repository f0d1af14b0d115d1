"""One writer per warehouse: on a disk a lock that the operating system drops when its holder dies, on S3 a lease."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        file.write(json.dumps({"run_id": run_id, "pid": os.getpid()}))
        file.flush()
        yield not_needed


def _acquire(file, path: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        raise ConflictError(f"warehouse {path} is in use by another run: {file.read()}; wait for it, or stop it") from error
