"""One writer per warehouse: a lock that the operating system drops when its holder dies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brickyard.errors import ConflictError, StorageError


@contextmanager
def warehouse_lock(path: str, run_id: str) -> Iterator[None]:
    """Hold `<warehouse>/.lock`. Raises ConflictError if another run holds it, StorageError if it cannot be written.

    On an object store there is no such lock: run one job at a time there.
    """
    if "://" in path:
        yield
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
        yield


def _acquire(file, path: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        raise ConflictError(f"warehouse {path} is in use by another run: {file.read()}; wait for it, or stop it") from error
