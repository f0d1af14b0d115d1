"""What needs no session; that a frame comes out in the table's order is seen where tables are written."""

from types import SimpleNamespace

import pytest
from brickyard.conform import conform
from brickyard.tables import Table
from pyspark.sql.types import LongType, StringType, StructType

TABLE = Table("bricks", "", ("a",), StructType().add("a", StringType()).add("b", LongType()).add("c", LongType()), ())


@pytest.mark.parametrize(
    ("columns", "problems"),
    [
        (["a string", "b bigint"], "missing column c"),
        (["a string", "b bigint", "c bigint", "_helper int"], "unknown column _helper"),
        (["a string", "b bigint", "c int"], "c is int, not bigint"),
        (["b string", "d int", "a string"], "missing column c; unknown column d; b is string, not bigint"),
    ],
)
def test_all_differences_are_said_at_once(columns: list[str], problems: str) -> None:
    kinds = (column.split() for column in columns)
    schema = StructType.fromJson(
        {
            "fields": [
                {"name": n, "type": {"bigint": "long", "int": "integer"}.get(k, k), "nullable": True, "metadata": {}}
                for n, k in kinds
            ]
        }
    )
    with pytest.raises(ValueError, match=f"^table bricks: {problems}$"):
        conform(SimpleNamespace(schema=schema), TABLE)
