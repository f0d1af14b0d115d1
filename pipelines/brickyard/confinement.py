"""Give up the right to write, for good: this process and all that it starts can change files below some folders only.

By Landlock, as Linux has it since 6.2: no privileges and no second user are needed, and nothing in the process can undo it,
whatever SQL makes Java or a shell do. (Python's standard library has no call for it.)
"""

import ctypes
import os
import sys
from collections.abc import Iterable

from brickyard.errors import ConfigError

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_NO_NEW_PRIVILEGES, _PATH_BENEATH, _ASK_VERSION = 38, 1, 1
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 15))
"""Writing; removing files and folders; making files, folders, links and devices; moving; cutting (linux/landlock.h)."""

_NEEDED = 3
"""The version of Landlock that knows all of these: cutting files came last."""

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
"""What a shell or Java writes to that keeps nothing."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def can_confine() -> bool:
    """Whether this machine has Landlock, of a version that knows all that changes a file's content."""
    return sys.platform == "linux" and _version() >= _NEEDED


def confine_writes(folders: Iterable[str]) -> None:
    """From now on only files that lie in the folders can be written, made, moved and removed.

    It holds for the calling thread and its children: raises RuntimeError if there is a second one already. Raises ConfigError
    if the system refuses.
    """
    if len(threads := os.listdir("/proc/self/task")) > 1:
        raise RuntimeError(f"{len(threads)} threads run already; those that are not this one could write on")
    asked = _Ruleset(_CHANGES)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(asked), ctypes.sizeof(asked), 0)
    for folder in folders:
        _allow(ruleset, folder, _CHANGES)
    for device in filter(os.path.exists, _DEVICES):
        _allow(ruleset, device, _WRITE_FILE | _TRUNCATE)
    _checked("prctl", _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, folder: str, rights: int) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights, descriptor)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _version() -> int:
    return int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments) -> int:
    libc = _libc()
    return _checked(f"system call {number}", libc.syscall(number, *arguments))


def _checked(what: str, result: int) -> int:
    if result < 0:
        raise ConfigError(f"this process cannot give up the right to write: {what}: {os.strerror(ctypes.get_errno())}")
    return result
