"""What can go wrong for the person who runs a job, and the exit code that each kind ends with."""


class BrickyardError(Exception):
    """A failure with a sentence for the user; `exit_code` is what the process ends with."""

    exit_code = 1


class ConfigError(BrickyardError):
    """The configuration, an argument or the environment is wrong."""

    exit_code = 2


class InputError(BrickyardError):
    """There is nothing to read, or a record is bad and `on_bad_record = "fail"`."""

    exit_code = 3


class GateFailed(BrickyardError):
    """An expectation failed; nothing was published."""

    exit_code = 4


class ConflictError(BrickyardError):
    """Another run holds the warehouse, or a known file has changed its bytes."""

    exit_code = 5


class StorageError(BrickyardError):
    """The warehouse cannot be read or written."""

    exit_code = 6
