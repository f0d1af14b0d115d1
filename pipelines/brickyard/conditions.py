"""A condition that somebody writes in SQL: an expression over the columns of one table, and nothing more."""

from collections.abc import Iterator

from py4j.java_gateway import JavaObject, is_instance_of
from pyspark.errors import PySparkException
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from brickyard.errors import ConfigError, first_line

_CALLS_JAVA = {"reflect", "java_method", "try_reflect"}
_PLAN = "org.apache.spark.sql.catalyst.expressions.PlanExpression"
_FUNCTION = "org.apache.spark.sql.catalyst.analysis.UnresolvedFunction"


def condition(spark: SparkSession, text: str) -> Column:
    """The condition as a column. Raises ConfigError for what Spark's parser does not take as one expression, for subqueries,
    which read other tables and files, and for functions that call any method of Java."""
    try:
        parsed = spark._jsparkSession.sessionState().sqlParser().parseExpression(text)
    except PySparkException as error:
        raise ConfigError(f"{text}: not a condition in SQL: {first_line(error)}") from error
    for part in _parts(parsed):
        if is_instance_of(spark.sparkContext._gateway, part, _PLAN):
            raise ConfigError(f"{text}: a condition may not read other tables: look the records up first, and name them")
        if is_instance_of(spark.sparkContext._gateway, part, _FUNCTION) and _name(part) in _CALLS_JAVA:
            raise ConfigError(f"{text}: {_name(part)} runs code, and is no part of a condition")
    return F.expr(text)


def _parts(expression: JavaObject) -> Iterator[JavaObject]:
    yield expression
    children = expression.children()
    for i in range(children.size()):
        yield from _parts(children.apply(i))


def _name(function: JavaObject) -> str:
    return function.nameParts().last().lower()
