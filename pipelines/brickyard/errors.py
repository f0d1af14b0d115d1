"""What can go wrong for the person who runs a job, and the exit code that each kind ends with."""

import re


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


def could_not_broadcast(error: BaseException) -> bool:
    """Whether a disk kept Spark from writing a broadcast to a file: it calls whatever hinders it a PicklingError."""
    return type(error).__name__ == "PicklingError" and "OSError: " in str(error)


def keep_words(error: BaseException) -> None:
    """Note what Java says of an error, for it cannot be asked once it has ended."""
    if hasattr(error, "java_exception") and (text := _text_of(error)) is not None:
        error.add_note(text)


def _text_of(error: BaseException) -> str | None:
    """All that an error says; None if Java, which is to be asked for it, is gone."""
    if notes := getattr(error, "__notes__", None):
        return str(notes[0])
    try:
        return str(getattr(error, "java_exception", None) or error)
    except Exception:
        return None


_IN_TASK = re.compile(r"\(TID \d+\) \(.*? executor \w+\): (.*)")
"""Before what a task died of, in the sentence that Spark makes of it."""


def _causes(text: str) -> list[str]:
    """What led to an error, the innermost last."""
    lines = [line.strip() for line in text.splitlines()]
    return [found[1] for line in lines if (found := _IN_TASK.search(line))] + [
        line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by:")
    ]


def first_line(error: BaseException) -> str:
    """What a library's error says in its first line; of an exception in Spark, the innermost cause's."""
    text = _text_of(error)
    if text is None:
        return f"{type(error).__name__}: Java ended; if its memory ran out, set spark.driver.memory in [spark]"
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    python = [line for line in lines if line.startswith(("OSError:", "FileNotFoundError:", "PermissionError:", "MemoryError"))]
    return (python or _causes(text)[-1:] or lines)[0]


_STORAGE = (
    "java.io.", "java.nio.", "java.lang.OutOfMemoryError", "org.apache.hadoop.", "org.apache.parquet.", "io.delta.",
    "org.apache.spark.sql.delta.", "org.apache.spark.SparkFileNotFoundException", "[PATH_NOT_FOUND]",
    "[DELTA_", "OSError:", "FileNotFoundError:", "PermissionError:",
    "MemoryError", "org.apache.spark.SparkException: Encountered error while reading file", "at org.apache.parquet.",
)  # fmt: skip
"""How a line begins that tells of a disk, a file, a table or a lack of memory, in Java's words and in Python's.

A damaged file may make Parquet's reader, and then its trace, fail in any way: of a null, or of an index out of bounds.
"""


def is_storage(error: BaseException) -> bool:
    """Whether a library's error is about storage; one from Spark may as well be a fault in our own code."""
    if not type(error).__module__.startswith(("pyspark.", "py4j.")):
        return True
    text = _text_of(error)
    return text is None or any(line.strip().startswith(_STORAGE) for line in (*text.splitlines(), *_causes(text)))
