"""What counts as a failure of storage (exit 6), in the words of Spark's errors as they come."""

from pickle import PicklingError

import pytest
from brickyard.errors import could_not_broadcast, first_line, is_storage, keep_words
from py4j.protocol import Py4JError

TASK = (
    "An error occurred while calling o3013.collectToPython.\n: org.apache.spark.SparkException: Job aborted due to stage"
    " failure: Task 0 in stage 31.0 failed 1 times, most recent failure: Lost task 0.0 in stage 31.0 (TID 26)"
    " (host executor driver): "
)


@pytest.mark.parametrize(
    ("cause", "storage"),
    [
        ('java.lang.NullPointerException: "repetition" is null\n\tat org.apache.parquet.format.converter.X.f(X.java:17)', True),
        ("org.apache.spark.SparkException: Encountered error while reading file file:///w/records/part-1.parquet.", True),
        ("java.io.IOException: No space left on device\n\tat java.base/java.io.FileOutputStream.write", True),
        ("java.lang.ArithmeticException: divide by zero\n\tat org.apache.spark.sql.catalyst.expressions.Divide", False),
        ("org.apache.spark.api.python.PythonException: no\n\tat org.apache.spark.api.python.BasePythonRunner", False),
    ],
)
def test_storage_is_told_from_other_faults(cause: str, storage: bool) -> None:
    assert is_storage(Py4JError(TASK + cause)) is storage


def test_a_broadcast_that_the_disk_had_no_room_for_is_told_from_one_that_cannot_be_pickled() -> None:
    said = "Could not serialize broadcast: "
    assert could_not_broadcast(PicklingError(f"{said}OSError: [Errno 28] No space left on device"))
    assert not could_not_broadcast(PicklingError(f"{said}TypeError: cannot pickle '_thread.lock' object"))


class Said:
    """What Java says of an error, as long as it is there."""

    gone = False

    def __str__(self) -> str:
        if self.gone:
            raise Py4JError("Answer from Java side is empty")
        return "java.lang.ArithmeticException: divide by zero\n\tat org.apache.spark.sql.catalyst.expressions.Divide"


def test_what_java_said_is_known_after_its_end() -> None:
    error = Py4JError("An error occurred while calling o1.collect")
    error.java_exception = said = Said()
    keep_words(error)
    said.gone = True
    assert first_line(error) == "java.lang.ArithmeticException: divide by zero"
    assert not is_storage(error)


def test_of_what_java_took_with_it_only_that_is_said() -> None:
    error = Py4JError("An error occurred while calling o1.collect")
    error.java_exception = said = Said()
    said.gone = True
    keep_words(error)
    assert "Java ended" in first_line(error)
    assert is_storage(error)
