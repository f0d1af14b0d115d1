"""One writer per warehouse on S3: an object that its holder renews, and that others may take over when it did not.

Every write is conditional (`If-None-Match: *`, `If-Match`), and time is told by the store's clock alone.
"""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

from brickyard.errors import ConfigError, ConflictError, StorageError, first_line

LEASE_SECONDS = 120.0
"""A holder that has not renewed its lease for so long has lost it: it stops, and another run may take over."""

_RENEWALS = 6  # in a lease: a store out of reach for a minute ends no run
_ROUNDING = 2.0  # seconds: stores tell the time of a write in whole ones
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while a machine sleeps


class Lease:
    """A lease that is held. A thread renews it; `check` says whether it still is."""

    def __init__(self, store: Any, key: str, run_id: str, seconds: float, version: dict, asked: float) -> None:
        """`asked`: when the write that got `version` was asked for, or earlier."""
        self._store, self._key, self._run_id, self._seconds, self._version = store, key, run_id, seconds, version
        self._renewals, self._lost, self._ended = 0, False, threading.Event()
        self._until = asked + seconds

    def check(self) -> None:
        """Raises ConflictError if the lease was lost."""
        if self._lost or _now() >= self._until:
            raise ConflictError(
                "this run lost its hold on the warehouse: it was stopped, or the store out of reach, for"
                f" {self._seconds:.0f} s, and another run may have taken over; run again"
            )

    def renew(self) -> None:
        """Write the object again; ETags are digests, so each time something else."""
        asked = _now()
        self._renewals += 1
        for _ in range(2):
            try:
                self._version = _put(self._store, self._key, self._body(), self._version)
                self._until = asked + self._seconds
                return
            except PreconditionError:
                if not self._is_ours():
                    return
            except BaseError:
                return  # out of reach: the next renewal may come in time

    def _is_ours(self) -> bool:
        """After a write was refused: whether that is because the answer to an earlier write of ours was lost."""
        try:
            found, meta = _read(self._store, self._key)
        except BaseError:
            return False
        self._lost = found["run_id"] != self._run_id
        self._version = self._version if self._lost else _version_of(meta)
        return not self._lost

    def keep_renewing(self) -> None:
        """Until the end, or until it is lost."""
        while not self._lost and not self._ended.wait(self._seconds / _RENEWALS):
            self.renew()

    def release(self, thread: threading.Thread) -> None:
        """Let the next run in at once."""
        self._ended.set()
        thread.join()
        with suppress(BaseError):  # lost, or out of reach: then it runs out by itself
            _put(self._store, self._key, {**self._body(), "released": True}, self._version)

    def _body(self) -> dict:
        return {"run_id": self._run_id, "host": socket.gethostname(), "pid": os.getpid(), "renewals": self._renewals}


@contextmanager
def lease(store: Any, key: str, run_id: str, seconds: float = LEASE_SECONDS) -> Iterator[Lease]:
    """Hold the object `key`, and renew it meanwhile.

    Raises ConflictError if another run holds it, ConfigError if the store knows no conditional writes, StorageError if it
    cannot be reached.
    """
    asked = _now()
    try:
        held = Lease(store, key, run_id, seconds, _acquire(store, key, run_id, seconds), asked)
    except BaseError as error:
        raise StorageError(f"{key}: the lock of the warehouse cannot be written: {first_line(error)}") from error
    thread = threading.Thread(target=held.keep_renewing, name="lease", daemon=True)
    thread.start()
    try:
        yield held
    finally:
        held.release(thread)


def _acquire(store: Any, key: str, run_id: str, seconds: float) -> dict:
    now = _time_of_store(store, f"{key}-{run_id}")
    body = {"run_id": run_id, "host": socket.gethostname(), "pid": os.getpid(), "renewals": 0}
    try:
        return _put(store, key, body, None)
    except AlreadyExistsError:
        pass
    found, meta = _read(store, key)
    if found["run_id"] == run_id:  # an answer was lost: it was our own write
        return _version_of(meta)
    left = (meta["last_modified"] - now).total_seconds() + seconds + _ROUNDING
    if left > 0 and not found.get("released"):
        raise _in_use(found, left)
    try:
        return _put(store, key, body, _version_of(meta))
    except PreconditionError as error:
        found, meta = _read(store, key)
        if found["run_id"] == run_id:
            return _version_of(meta)
        raise _in_use(found, seconds) from error


def _in_use(holder: dict, left: float) -> ConflictError:
    return ConflictError(
        f"the warehouse is in use by another run: {json.dumps(holder)}; wait for it, or stop it."
        f" If it died, its lease runs out in {left:.0f} s"
    )


def _time_of_store(store: Any, probe: str) -> Any:
    """The store's clock, read from an object of our own; which also shows that the store knows conditional writes."""
    _put(store, probe, {}, None)
    try:
        now = obstore.head(store, probe)["last_modified"]
        _put(store, probe, {}, None)
    except AlreadyExistsError:
        return now
    finally:
        obstore.delete(store, probe)
    raise ConfigError(
        "this store takes no notice of If-None-Match, so that two runs cannot be kept apart, nor commits: use one that does"
    )


def _put(store: Any, key: str, body: dict, version: dict | None) -> dict:
    """Write the object if it is still at `version`; None: if there is none yet."""
    mode: Any = version or "create"
    result = obstore.put(store, key, json.dumps(body).encode(), mode=mode)
    return _version_of(result)


def _read(store: Any, key: str) -> tuple[dict, Any]:
    found = obstore.get(store, key)
    return json.loads(bytes(found.bytes())), found.meta


def _version_of(meta: Any) -> dict:
    return {name: meta[name] for name in ("e_tag", "version") if meta.get(name)}


def _now() -> float:
    return time.clock_gettime(_CLOCK)
