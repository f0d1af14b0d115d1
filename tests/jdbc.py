"""A JDBC client in the tests' own Java: what DBeaver, and any program on the JVM, does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from py4j.protocol import Py4JJavaError


class Refused(Exception):
    """What the server said instead of an answer."""


class Client:
    """One connection."""

    def __init__(self, connection):
        self._connection = connection

    def ask(self, statement: str) -> list[tuple]:
        """The rows of the answer; none for a statement without one. Raises Refused."""
        with self._statement() as made:
            try:
                answered = made.execute(statement)
                return list(_rows(made.getResultSet())) if answered else []
            except Py4JJavaError as error:
                raise Refused(error.java_exception.toString()) from error

    def stream(self, statement: str) -> Iterator[tuple]:
        """The same, a row at a time, as the server goes on."""
        with self._statement() as made:
            made.setFetchSize(1)
            yield from _rows(made.executeQuery(statement))

    @contextmanager
    def _statement(self) -> Iterator:
        made = self._connection.createStatement()
        try:
            yield made
        finally:
            made.close()


@contextmanager
def connected(jvm, url: str) -> Iterator[Client]:
    """A client of the service at the URL."""
    jvm.java.lang.Class.forName("org.apache.hive.jdbc.HiveDriver")
    connection = jvm.java.sql.DriverManager.getConnection(url, "anybody", "")
    try:
        yield Client(connection)
    finally:
        connection.close()


def _rows(result) -> Iterator[tuple]:
    columns = range(1, result.getMetaData().getColumnCount() + 1)
    while result.next():
        yield tuple(_value(result.getObject(column)) for column in columns)


def _value(value):
    """A date of Java as one of Python; other values are as they come."""
    return date.fromisoformat(value.toString()) if hasattr(value, "toLocalDate") else value


def plain(rows: Sequence[Sequence]) -> list[tuple]:
    """Rows of Spark as a JDBC client gets them."""
    return [tuple(row) for row in rows]
