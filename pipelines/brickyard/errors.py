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


def first_line(error: BaseException) -> str:
    """What a library's error says in its first line; of an exception in Spark, the innermost cause's."""
    try:
        text = str(getattr(error, "java_exception", None) or error)
    except Exception:  # what the exception says is asked of Java, and Java is gone
        return f"{type(error).__name__}: Java ended; if its memory ran out, set spark.driver.memory in [spark]"
    causes = [line.strip() for line in text.splitlines() if line.strip().startswith("Caused by:")]
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    python = [line for line in lines if line.startswith(("OSError:", "FileNotFoundError:", "PermissionError:", "MemoryError"))]
    return (python or [cause.removeprefix("Caused by: ") for cause in causes[-1:]] or lines)[0]
